"""Add the landmark sets to the head asset: MediaPipe's 478 points carried back to the mesh from shaded renders.

Face Landmarker looks at several people, views and mouth openings; each point it finds on visible skin names a triangle and
weights; their consensus over all looks, put back on the symmetric mesh, is the landmark. The smaller sets follow from it.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision

from bake_head import ASSET
from head_bake import sets
from head_bake.shading import VIEW, barycentric, look_at, render
from head_bake.surface import closest_on_surface
from thermvision.head.identity import draw_identity, neutral_mesh
from thermvision.head.model import HeadModel, load_head_model
from thermvision.rng import rng

YAWS, PITCHES, NUM_PEOPLE = (-50, -35, -20, -8, 8, 20, 35, 50), (-12, 4), 6
EXPRESSIONS = (
    {"eyeWideLeft": 0.4, "eyeWideRight": 0.4},
    {"jawOpen": 0.35, "eyeWideLeft": 0.2, "eyeWideRight": 0.2},
)
# Thin borders are found where they stand apart: inner lips in the open mouth.
_INNER_LIPS = (191, 80, 81, 82, 13, 312, 311, 310, 415, 95, 88, 178, 87, 14, 317, 402, 318, 324)
_LID_EDGES = (
    246, 161, 160, 159, 158, 157, 173, 155, 154, 153, 145, 144, 163, 7,
    466, 388, 387, 386, 385, 384, 398, 382, 381, 380, 374, 373, 390, 249,
)  # fmt: skip
IRIS_RADIUS_MM = 5.9  # half of the horizontal visible iris diameter, 11.7 +- 0.5 mm (Ruefer et al. 2005)


def paint(model: HeadModel, vertices: np.ndarray) -> np.ndarray:
    """Albedo per vertex: pale skin, white eyes with a dark iris."""
    albedo = np.full(model.num_vertices, 0.85)
    for name in ("eye_left", "eye_right"):
        ball, centre = eyeball(model, vertices, name)
        sideways = np.linalg.norm(vertices[ball, :2] - centre[:2], axis=1)
        albedo[ball] = np.where(sideways < IRIS_RADIUS_MM, 0.15, 1.0)
    return albedo


def eyeball(model: HeadModel, vertices: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Vertices of an eyeball and its centre."""
    ball = np.unique(model.triangles[model.triangle_part == model.part_names.index(name)])
    return ball, (vertices[ball].min(axis=0) + vertices[ball].max(axis=0)) / 2


def looks(model: HeadModel, model_file: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions on the base mesh (looks, 478, 3) of every point found, nan where grazing; yaw and expression of each look."""
    options = vision.FaceLandmarkerOptions(base_options=BaseOptions(model_asset_path=str(model_file)))
    base, found, yaws, shown = model.base_mm[: model.num_vertices], [], [], []
    with vision.FaceLandmarker.create_from_options(options) as landmarker:
        for person, yaw, pitch, expression in itertools.product(range(NUM_PEOPLE), YAWS, PITCHES, EXPRESSIONS):
            identity = draw_identity(rng(0, "bake", person), ("female", "male")[person % 2], model)
            neutral = neutral_mesh(model, identity)[: model.num_vertices]
            albedo = paint(model, neutral)
            units = sum(value * model.unit_mm[model.unit_names.index(name)] for name, value in expression.items())
            vertices = look_at(neutral + units[: model.num_vertices], yaw, pitch)
            picture, seen = render(model, vertices, albedo)
            result = landmarker.detect(mp.Image(image_format=mp.ImageFormat.SRGB, data=picture))
            if not result.face_landmarks:
                continue
            points = np.array([[p.x * VIEW.width_px, p.y * VIEW.height_px] for p in result.face_landmarks[0]])
            found.append(carry_back(model, base, vertices, seen, points))
            yaws.append(yaw)
            shown.append(EXPRESSIONS.index(expression))
    print(f"{len(found)} looks with a face")
    return np.array(found), np.array(yaws), np.array(shown)


def consensus(found: np.ndarray, yaws: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Medoid (478, 3) of the looks that see a point's own side: a hidden outline point is drawn on the visible outline."""
    side = np.nanmedian(found[abs(yaws) < 25, :468, 0], axis=0)  # the iris points are set by geometry
    chosen = np.empty((found.shape[1], 3))
    for i in range(len(side)):
        own_side = (side[i] * yaws < 0) | (abs(yaws) < 10) | (abs(side[i]) < 15)
        clear = (shown == 1) | (i not in _INNER_LIPS)
        candidates = found[own_side & clear & np.isfinite(found[:, i, 0]), i]
        apart = np.linalg.norm(candidates[:, None] - candidates[None], axis=2)
        chosen[i] = candidates[apart.sum(axis=1).argmin()]
    return chosen


def carry_back(
    model: HeadModel, base: np.ndarray, vertices: np.ndarray, seen: np.ndarray, points: np.ndarray
) -> np.ndarray:
    """Base-mesh positions (478, 3) of image points through the triangle each falls on; nan off the skin or at a grazing angle."""
    column = np.clip(points[:, 0].astype(int), 0, VIEW.width_px - 1)
    row = np.clip(points[:, 1].astype(int), 0, VIEW.height_px - 1)
    triangle = seen[row, column]
    corners = vertices[model.triangles[triangle]]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    facing = -normal[:, 2] / (np.linalg.norm(normal, axis=1) + 1e-9)
    projected = VIEW.project(vertices)[model.triangles[triangle]]
    weights = barycentric(points, projected[:, :, :2], projected[:, :, 2])
    positions = np.einsum("nc,ncd->nd", weights, base[model.triangles[triangle]])
    skin = model.triangle_part[triangle] == model.part_names.index("skin")
    positions[(triangle < 0) | ~skin | (facing < 0.3) | (abs(weights - 0.5) > 0.8).any(axis=1)] = np.nan
    return positions


def main() -> None:
    """Find, symmetrise, snap to the skin, derive the smaller sets and store all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="face_landmarker.task")
    model = load_head_model()
    base = model.base_mm[: model.num_vertices]
    positions = consensus(*looks(model, parser.parse_args().model))
    positions[468:] = iris_points(model, base)
    positions[list(_LID_EDGES)] = onto_lid_edges(model, base, positions[list(_LID_EDGES)])
    partner = sets.mirror_partners(positions)
    positions = (positions + positions[partner] * [-1, 1, 1]) / 2
    skin = np.flatnonzero(model.triangle_part == model.part_names.index("skin"))
    eyes = np.flatnonzero(model.triangle_part != model.part_names.index("skin"))
    triangle, weights = closest_on_surface(
        positions, base, model.triangles, np.where(np.arange(478) < 468, 0, 1), (skin, eyes)
    )
    arrays = dict(np.load(ASSET))
    for name, (members, blend) in sets.from_478().items():
        blended = np.einsum("nk,nkd->nd", blend, positions[members])
        on_eye = np.array([min(m) >= 468 for m in members]).astype(int)
        if name == "478":
            arrays[f"landmark_triangle_{name}"], arrays[f"landmark_barycentric_{name}"] = triangle, weights
        else:
            t, w = closest_on_surface(blended, base, model.triangles, on_eye, (skin, eyes))
            arrays[f"landmark_triangle_{name}"], arrays[f"landmark_barycentric_{name}"] = t, w
    np.savez_compressed(ASSET, **arrays)


def onto_lid_edges(model: HeadModel, base: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points moved to the nearest point, as seen from the front, of the lids' front edges.

    Face Landmarker sees an open eye's lid some millimetres off, which a closing lid would stretch to many. The front edge
    runs three rings of vertices outside the line where the face's texture island meets the eye socket's.
    """
    skin = model.triangles[model.triangle_part == 0]
    socket = model.uv[model.triangle_uv[model.triangle_part == 0, 0], 1] > 0.57  # the face lies at the top of the atlas
    near_eyes = (abs(base[:, 0]) > 10) & (base[:, 1] < 0) & (base[:, 1] > -60)
    ring = np.intersect1d(skin[socket], skin[~socket])
    ring = ring[near_eyes[ring]]
    inside = np.union1d(ring, skin[socket])
    for _ in range(3):
        grown = np.unique(skin[~socket][np.isin(skin[~socket], inside).any(axis=1)])
        ring, inside = np.setdiff1d(grown, inside), np.union1d(inside, grown)
    ring = ring[near_eyes[ring]]
    pairs = np.concatenate([skin[:, [i, (i + 1) % 3]] for i in range(3)])
    edges = pairs[np.isin(pairs, ring).all(axis=1)]
    start, end = base[edges[:, 0]], base[edges[:, 1]]
    moved = np.empty_like(points)
    for i, point in enumerate(points):
        along = np.clip(
            ((point - start)[:, :2] * (end - start)[:, :2]).sum(1) / ((end - start)[:, :2] ** 2).sum(1), 0, 1
        )
        spots = start + along[:, None] * (end - start)
        moved[i] = spots[np.linalg.norm((spots - point)[:, :2], axis=1).argmin()]
    return moved


def iris_points(model: HeadModel, base: np.ndarray) -> np.ndarray:
    """MediaPipe's ten iris points: centre, then the rim at image right, top, left, bottom; image-left eye first."""
    points = []
    for name in ("eye_right", "eye_left"):
        ball, centre = eyeball(model, base, name)
        front = base[ball, 2].min()
        points.append([centre[0], centre[1], front])
        depth = centre[2] - np.sqrt((centre[2] - front) ** 2 - IRIS_RADIUS_MM**2)
        offsets = ((1, 0), (0, -1), (-1, 0), (0, 1))
        points += [[centre[0] + IRIS_RADIUS_MM * x, centre[1] + IRIS_RADIUS_MM * y, depth] for x, y in offsets]
    return np.array(points)


if __name__ == "__main__":
    main()
