"""Masks over nose, mouth and chin: the pleated surgical mask and the N95 cup."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from scipy.ndimage import gaussian_filter

from thermvision.head.envelope import direction_of, hull_radius, plane_of, radius_map
from thermvision.head.follow import followed_vertices
from thermvision.head.head_measures import HeadMeasures, measure_head
from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.model import HeadModel
from thermvision.head.sheets import grid_uv, sheet_triangles, smooth_step, soft_noise, tube, turned_away_from
from thermvision.head.worn import WornMesh, worn_mesh


@dataclass(frozen=True, slots=True)
class MaskStyle:
    """How a mask is cut: as shares of the face, and mm off the skin."""

    side_share: float  # how far towards the ear the side edge lies: 1 is the face oval
    bulge_mm: float  # of the middle over the hull of the face
    pleats: int
    ear_loops: bool
    corner_down_mm: float = 0.0  # how much lower than a surgical mask's the upper corners lie


MASK_STYLES = {"surgical": MaskStyle(0.84, 4.5, 3, True), "n95": MaskStyle(0.72, 9.0, 0, False, corner_down_mm=16.0)}
_ROWS, _COLUMNS = 34, 33
_LIPS = (61, 291, 0, 17, 13, 14, 37, 267, 84, 314, 39, 269, 181, 405, 40, 270, 91, 321, 78, 308)


def build_face_mask(
    style: str, model: HeadModel, neutral_mm: Float32[np.ndarray, "v 3"], rng: np.random.Generator
) -> list[WornMesh]:
    """A mask of a style named in `MASK_STYLES` on a neutral head, from the bridge of the nose to under the chin.

    neutral_mm: the head's vertices without joints, mm, head frame. Its vertices follow the face units of the skin under
    them (the lips' own excepted), so it goes along when the jaw opens. Raises KeyError for an unknown style.
    """
    shape = MASK_STYLES[style]
    head = measure_head(model, neutral_mm)
    points = landmark_positions_mm(model, neutral_mm, "478").astype(float)
    centre = np.array([points[1, 0], 0.5 * (points[2, 1] + points[152, 1]), points[152, 2] + 62.0])
    bald = head.triangles[~head.is_ear[head.triangles].any(axis=1)]
    surface = radius_map(head.skin_mm, bald, centre, np.array([0.0, 0.0, -1.0]))
    top, bottom = _edges(points, shape, rng)
    down = np.linspace(0, 1, _ROWS)[:, None, None]
    local = [plane_of((edge - centre) @ surface.frame.T) for edge in (top, bottom)]
    plane = local[0][None] * (1 - down) + local[1][None] * down
    direction = direction_of(plane, surface.frame)
    skin = surface.at(plane)
    wide = np.abs(points[:468, 0] - centre[0]) < 0.8 * np.abs(points[454, 0] - points[234, 0]) / 2
    low = (points[:468, 1] > points[195, 1]) & wide
    under_chin = points[152] + [[-12, 4, 22], [12, 4, 22]]
    hull = np.maximum(hull_radius(np.concatenate([points[:468][low], under_chin]), centre, direction), skin)
    u, v = np.linspace(-1, 1, _COLUMNS)[None], np.linspace(0, 1, _ROWS)[:, None]
    inner = smooth_step(1 - np.abs(u), 0.0, 0.42) * smooth_step(v, 0.0, 0.16) * smooth_step(1 - v, 0.0, 0.22)
    bulge = shape.bulge_mm * (1 if shape.pleats else inner**0.4) + 0.6 * soft_noise(
        np.stack(np.broadcast_arrays(u, v), -1).reshape(-1, 2), rng, 0.9
    ).reshape(skin.shape)
    off_edge = 2.0 + 2.0 * smooth_step(v, 0.7, 1.0)  # the chin comes forward when the jaw opens
    radius = (1 - inner) * (skin + off_edge) + inner * (gaussian_filter(hull, 1.6) + bulge)
    if shape.pleats:
        step = (v * (shape.pleats + 1.5) - 0.55) % 1.0
        band = (v > 0.14) & (v < 0.86)
        radius = radius + 2.2 * (smooth_step(step, 0.0, 0.75) - smooth_step(step, 0.78, 0.98) - 0.4) * band * inner
    radius = np.maximum(gaussian_filter(radius, 0.7, mode="nearest"), skin + 1.6 + 1.6 * inner)
    # Cloth follows the mean of what moves under it: over the chin, which moves most, it needs room.
    chin = smooth_step(v, 0.42, 0.68) * smooth_step(1 - v, 0.0, 0.14) * smooth_step(1 - np.abs(u), 0.1, 0.6)
    radius = radius + 3.5 * chin
    outside = centre + radius[..., None] * direction
    sheet = _closed(outside, centre, model, neutral_mm, points, head)
    loops = [_ear_loop(outside, side, head, model, neutral_mm) for side in (0, -1)] if shape.ear_loops else []
    return [sheet, *loops]


def _edges(points: np.ndarray, shape: MaskStyle, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Upper and lower edge, (columns, 3) near the skin, from image left to image right."""
    from scipy.interpolate import PchipInterpolator

    middle, share = points[1], shape.side_share
    nose = points[197] + rng.uniform(0.3, 0.8) * (points[195] - points[197])
    chin = points[152] + np.array([0.0, 6.0, 20.0])
    edges = []
    for nodes in (
        [(234, 93, 0.4), (50, 50, 0.0), (47, 126, 0.55), None, (277, 355, 0.55), (280, 280, 0.0), (454, 323, 0.4)],
        [(58, 172, 0.5), (136, 150, 0.5), (176, 148, 0.5), None, (400, 377, 0.5), (365, 379, 0.5), (288, 397, 0.5)],
    ):
        lower = nodes[0] == (58, 172, 0.5)
        path = []
        for node in nodes:
            if node is None:
                path.append(chin if lower else nose)
                continue
            first, second, mix = node
            at = points[first] * (1 - mix) + points[second] * mix
            if lower:
                at = at + np.array([0.0, 4.0, 8.0])
            path.append(at)
        line = np.stack(path)
        if not lower:
            line[[0, -1], 1] += shape.corner_down_mm
            line[[1, -2], 1] += 0.35 * shape.corner_down_mm
        ends = np.array([share, 1, 1, 1, 1, 1, share])[:, None]
        line[:, [0]] = middle[0] + (line[:, [0]] - middle[0]) * ends
        back = 1 - ends[:, 0]
        line[:, 2] += (middle[2] - line[:, 2]) * back * 0.6
        length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
        edges.append(PchipInterpolator(length / length[-1], line)(np.linspace(0, 1, _COLUMNS)))
    return edges[0], edges[1]


def _closed(
    outside: np.ndarray,
    centre: np.ndarray,
    model: HeadModel,
    neutral: np.ndarray,
    points: np.ndarray,
    head: HeadMeasures,
) -> WornMesh:
    """The sheet with its edge turned in to the skin all around, following the jaw."""
    from scipy.spatial import cKDTree

    padded = np.pad(outside, ((1, 1), (1, 1), (0, 0)), mode="edge")
    inwards = np.ones(padded.shape[:2])
    inwards[1:-1, 1:-1] = 0
    padded = padded + inwards[..., None] * 4.0 * _towards(centre, padded)
    rows, columns = padded.shape[:2]
    vertices = padded.reshape(-1, 3)
    triangles = turned_away_from(centre, vertices, sheet_triangles(padded))
    used = np.unique(head.triangles)
    lips = cKDTree(points[list(_LIPS)]).query(neutral[used])[0] < 9.0
    outer = used[~lips & (head.normals[used, 2] < 0.6) & ~head.is_ear[used]]
    follows = followed_vertices(model, neutral.astype(float), padded, outer, blur_cells=1.8).ravel()
    distance = cKDTree(neutral[outer]).query(vertices)[0]
    return worn_mesh(
        vertices, triangles, grid_uv(rows, columns), "mask",
        segment_weights=model.segment_weights[follows], contact=np.exp(-np.maximum(distance - 1, 0) / 5.0), follows=follows,
    )  # fmt: skip


def _towards(centre: np.ndarray, points: np.ndarray) -> Float[np.ndarray, "*n 3"]:
    way = centre - points
    return way / np.linalg.norm(way, axis=-1, keepdims=True)


def _ear_loop(outside: np.ndarray, column: int, head: HeadMeasures, model: HeadModel, neutral: np.ndarray) -> WornMesh:
    """An elastic from the mask's upper corner over the ear and back to its lower corner."""
    from scipy.interpolate import PchipInterpolator
    from scipy.spatial import cKDTree

    side = np.sign(outside[0, column, 0])
    ear = head.skin_mm[head.is_ear & (head.skin_mm[:, 0] * side > 0)]
    back, top = np.quantile(ear[:, 2], 0.75), head.ear_top_y_mm
    root_x = side * np.quantile(np.abs(ear[:, 0]), 0.15)
    upper, lower = outside[3, column], outside[-6, column]
    nodes = np.array(
        [
            upper,
            [root_x, top + 6.0, np.quantile(ear[:, 2], 0.35)],
            [root_x, top + 22.0, back],
            [root_x, top + 44.0, back - 4.0],
            lower,
        ]
    )
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(nodes, axis=0), axis=1))])
    path = PchipInterpolator(length, nodes)(np.linspace(0, length[-1], 40))
    bald = np.unique(head.triangles[~head.is_ear[head.triangles].any(axis=1)])
    at = cKDTree(head.skin_mm[bald]).query(path)[1]
    normal = head.normals[bald[at]]
    gap = ((path - head.skin_mm[bald[at]]) * normal).sum(axis=1)
    path = path + normal * np.clip(1.6 - gap, 0, 12)[:, None]
    path = gaussian_filter(path, (1.2, 0), mode="nearest")
    thick = np.full(len(path), 1.3)
    up = np.tile(np.array([side, 0.0, 0.0]), (len(path), 1))
    vertices, triangles, uv = tube(path, 0.6 * thick, thick, up, sides=6)
    return worn_mesh(vertices, triangles, uv, "mask", contact=0.7)
