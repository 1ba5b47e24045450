"""Cloth that frames the face and falls to the shoulders: hood and head scarf."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from scipy.ndimage import gaussian_filter, map_coordinates

from thermvision.head.envelope import SurfaceMap, direction_of, hull_radius, plane_of, radius_map
from thermvision.head.follow import followed_vertices
from thermvision.head.head_measures import HeadMeasures
from thermvision.head.sheets import grid_uv, sheet_triangles, smooth_step, soft_noise, turned_away_from
from thermvision.head.worn import WornMesh, worn_mesh

_COLUMNS, _ROWS = 66, 28
_LAID_ROWS = 64  # rows of directions before they are spaced evenly along the cloth
_HALF_WIDTH_MM, _BELOW_CHIN_MM = 124.0, 105.0  # where the cloth ends: on the shoulders, on chest and back
_UP = np.array([0.0, -1.0, 0.0])


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Directions of a sheet that spreads from a loop around the face (row 0) over the head to its hem (last row)."""

    share: Float[np.ndarray, " rows"]
    turn: Float[np.ndarray, " columns"]  # angle around the face, radians
    plane: Float[np.ndarray, "rows columns 2"]
    direction: Float[np.ndarray, "rows columns 3"]
    surface: SurfaceMap  # of the bare head
    hull_mm: Float[np.ndarray, "rows columns"]
    loop_mm: Float[np.ndarray, " columns"]  # distance of the loop around the face


def scarf(head: HeadMeasures, rng: np.random.Generator) -> list[WornMesh]:
    """A scarf wound around the face, closed below the chin: hair, ears and neck are covered."""
    loop = head.face_oval_mm.copy()
    middle = loop.mean(axis=0)
    # It leaves the oval a little: back at the sides, under the chin, up to the hairline.
    loop[:, :2] = middle[:2] + (loop[:, :2] - middle[:2]) * rng.uniform(1.02, 1.06)
    below = smooth_step(loop[:, 1], head.eye_y_mm + 60, head.chin_y_mm)
    loop[:, 2] += 10.0 * below
    loop[:, 1] += 3.0 * below
    sheet = _spread(head, loop, bulk_mm=8.0)  # the stuff's thickness rounds the hull's corners
    skin = sheet.surface.at(sheet.plane)
    bare = sheet.surface.at(sheet.plane, blur=0.05)
    close = 0.35 * smooth_step(sheet.direction[..., 1], 0.0, 0.5)  # below the chin it follows the neck a little
    cloth = np.maximum((1 - close) * sheet.hull_mm + close * np.minimum(bare, sheet.hull_mm), skin + 6.0)
    radius = _smooth(cloth, 1.4)
    edge = smooth_step(sheet.share, 0.0, 0.16)[:, None]
    radius = edge * radius + (1 - edge) * np.minimum(skin + 3.5, radius)
    folds = _folds(sheet, rng, along=5.0, across=0.16)
    radius += 2.6 * np.maximum(folds, -1.0) * smooth_step(sheet.share, 0.06, 0.3)[:, None] + 2.0 * edge
    # Hair gathered at the back of the head fills the cloth there.
    gathered = np.arccos(np.clip(sheet.direction @ np.array([0.0, -0.95, 0.31]), -1, 1))
    radius += rng.uniform(5.0, 14.0) * np.exp(-((gathered / 0.35) ** 2))
    radius = _clear_of(sheet, skin, radius, 3.5)
    return [_cloth(head, sheet, radius, tuck_mm=6.0, follow=True)]


def hood(head: HeadMeasures, rng: np.random.Generator) -> list[WornMesh]:
    """A hood up over the head, roomy, open from the forehead to the collar, with its lining near the opening."""
    loop = head.face_oval_mm.copy()
    middle = np.array([0.0, loop[:, 1].mean(), 0.0])
    down = smooth_step(loop[:, 1], head.eye_y_mm, head.chin_y_mm)
    loop[:, 0] *= 1.12 - 0.05 * down
    loop[:, 1] = middle[1] + (loop[:, 1] - middle[1]) * (1.05 + rng.uniform(0.15, 0.3) * down)
    loop[:, 2] += 18.0 * down - 4.0
    sheet = _spread(head, loop, bulk_mm=rng.uniform(9, 15))
    skin = sheet.surface.at(sheet.plane)
    room = rng.uniform(4, 9)
    loose = _smooth(np.maximum(sheet.hull_mm + room, skin + 8.0), 1.0)
    # The opening hangs close to the cheeks; from there the cloth widens to the tent between head and shoulders.
    edge = smooth_step(sheet.share, 0.0, 0.22)[:, None]
    radius = edge * loose + (1 - edge) * np.minimum(1.04 * sheet.loop_mm[None] + 6.0, loose)
    folds = _folds(sheet, rng, along=2.6, across=0.35)
    peak = 9.0 * smooth_step(sheet.direction[..., 1], -0.5, -0.95) * smooth_step(sheet.direction[..., 2], -0.3, 0.5)
    radius += 3.2 * np.maximum(folds, -1.2) * smooth_step(sheet.share, 0.02, 0.25)[:, None] + peak
    hem = np.exp(-(((sheet.share - 0.05) / 0.05) ** 2))[:, None]  # the opening's seam with its cord
    radius = _clear_of(sheet, skin, radius + 2.0 * hem, 6.0)
    return [_cloth(head, sheet, radius, tuck_mm=5.0, follow=False, lining_rows=7)]


def _spread(head: HeadMeasures, loop_mm: np.ndarray, bulk_mm: float) -> _Sheet:
    """Lay straight lines from the face's loop to the hem in a plane around the crown, where neither cuts the other."""
    used = np.unique(head.triangles)
    points = head.skin_mm[used]
    neck_z = points[(points[:, 1] > 30) & (points[:, 1] < 80) & ~head.is_ear[used], 2]
    centre = np.array([0.0, 0.95 * head.chin_y_mm, neck_z.max() - 36.0])
    surface = radius_map(head.skin_mm, head.triangles, centre, _UP)
    loop = plane_of((loop_mm - centre) @ surface.frame.T)
    hole = (loop.min(axis=0) + loop.max(axis=0)) / 2
    turn = np.linspace(-np.pi, np.pi, _COLUMNS + 1)  # 0 towards the chin; the seam runs over the crown
    around = np.arctan2((loop - hole)[:, 0], (loop - hole)[:, 1])
    order = np.argsort(around)
    reach = np.interp(turn, around[order], np.linalg.norm(loop - hole, axis=1)[order], period=2 * np.pi)
    reach = gaussian_filter(np.concatenate([reach[:-1]] * 3), 1.5)[_COLUMNS : 2 * _COLUMNS + 1]
    way = np.stack([np.sin(turn), np.cos(turn)], axis=1)
    distance = np.linalg.norm(loop_mm - centre, axis=1)
    loop_distance = np.interp(turn, around[order], distance[order], period=2 * np.pi)
    start = hole + reach[:, None] * way
    far = np.full(len(turn), 2.0)
    for _ in range(6):  # where each line meets the hem, whose angle depends on the direction it is met in
        there = hole + far[:, None] * way
        hem = _hem_angle(np.arctan2(there[:, 0], there[:, 1]))
        along = way @ hole
        far = -along + np.sqrt(along**2 + hem**2 - hole @ hole)
    end = hole + far[:, None] * way
    share = np.linspace(0, 1, _LAID_ROWS) ** 1.25
    plane = start[None] + share[:, None, None] * (end - start)[None]
    direction = direction_of(plane, surface.frame)
    chest = (points[:, 1] < head.chin_y_mm + 110) & (np.abs(points[:, 0]) < 95 + bulk_mm)
    normals = head.normals[used]
    hull = hull_radius((points + bulk_mm * normals)[chest], centre, direction)
    return _Sheet(share, turn, plane, direction, surface, hull, loop_distance)


def _hem_angle(azimuth: np.ndarray) -> np.ndarray:
    """How far down the hem lies by angle around the body, 0 in front: the shoulders end sooner than chest and back."""
    return np.radians(132.0 + 21.0 * np.cos(azimuth) ** 2)


def _smooth(radius: np.ndarray, cells: float) -> np.ndarray:
    """Blur over the grid, all around; the last column repeats the first."""
    wrapped = np.concatenate([radius[:, :-1]] * 3, axis=1)
    blurred = gaussian_filter(wrapped, (2 * cells if len(radius) > 1 else 0, cells), mode="nearest")[
        :, _COLUMNS : 2 * _COLUMNS
    ]
    return np.concatenate([blurred, blurred[:, :1]], axis=1)


def _folds(sheet: _Sheet, rng: np.random.Generator, along: float, across: float) -> np.ndarray:
    """Creases that run around the face: long `along` the loop (in its radius), narrow `across` it (in share)."""
    share = np.broadcast_to(sheet.share[:, None], sheet.plane.shape[:2])
    ring = np.stack(
        np.broadcast_arrays(np.cos(sheet.turn) / along, np.sin(sheet.turn) / along, share / across), axis=-1
    )
    return soft_noise(ring.reshape(-1, 3), rng, 1.6).reshape(share.shape)


def _clear_of(sheet: _Sheet, skin: np.ndarray, radius: np.ndarray, clearance_mm: float) -> np.ndarray:
    """Push cloth out to a clearance over the skin, more over the clothes of the torso, and round off the steps."""
    height = sheet.surface.centre_mm[1] + skin * sheet.direction[..., 1]
    clearance = clearance_mm + 11.0 * smooth_step(height, 95.0, 140.0)
    return np.maximum(_smooth(np.maximum(radius, skin + clearance), 0.8), skin + 0.7 * clearance)


def _cut(points: np.ndarray, lowest_mm: float) -> np.ndarray:
    """The sheet drawn together so that it ends on the shoulders and the chest, before the arms and the mesh's end."""
    rows = np.arange(len(points), dtype=float)
    # Between rows, not at one: where rays graze a shoulder rows lie far apart.
    on_shoulder = smooth_step(points[..., 1], lowest_mm - 90, lowest_mm - 70)
    over = np.maximum(on_shoulder * np.abs(points[..., 0]) / _HALF_WIDTH_MM, points[..., 1] / lowest_mm)
    first = np.maximum(np.where((over > 1).any(axis=0), (over > 1).argmax(axis=0), len(points) - 1), 1)
    inner, outer = (np.take_along_axis(over, k[None], axis=0)[0] for k in (first - 1, first))
    last = first - 1 + np.clip((1 - inner) / np.maximum(outer - inner, 1e-6), 0, 1)
    last = _smooth(last[None], 1.6)[0]
    step = np.linalg.norm(np.diff(points, axis=0), axis=-1)
    length = np.concatenate([np.zeros((1, points.shape[1])), np.cumsum(step, axis=0)])
    at = np.empty((_ROWS, points.shape[1]))
    for column, end in enumerate(last):
        whole = np.interp(end, rows, length[:, column])
        at[:, column] = np.interp(np.linspace(0, 1, _ROWS) ** 1.3 * whole, length[:, column], rows)
    at = _smooth(at, 0.4)
    columns = np.broadcast_to(np.arange(points.shape[1]), at.shape)
    return np.stack([map_coordinates(points[..., k], [at, columns], order=1) for k in range(3)], axis=-1)


def _off_body(head: HeadMeasures, points: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Push cloth off along the skin's normals, where a shoulder lies along the rays or a cell spans a curve."""
    from scipy.spatial import cKDTree

    used = np.unique(head.triangles)
    used = used[~head.is_ear[used]]
    tree = cKDTree(head.skin_mm[used])
    for blur in (0.8, 0.5, 0.0):
        _, nearest = tree.query(points, k=4)
        corner, normals = head.skin_mm[used[nearest]], head.normals[used[nearest]]
        height = ((points[..., None, :] - corner) * normals).sum(axis=-1)
        torso = smooth_step(corner[..., 0, 1], 90.0, 125.0)
        # Only there: beside the ears and under the jaw the nearest skin faces elsewhere than the cloth.
        simple = np.maximum(torso, smooth_step(corner[..., 0, 1], head.brow_y_mm - 20, head.brow_y_mm - 40))
        lacking = (
            np.maximum(3.2 + 9.0 * torso - height.min(axis=-1), 0) * smooth_step(share, 0.0, 0.1)[:, None] * simple
        )
        lacking = np.minimum(np.maximum(_smooth(lacking, blur), lacking) if blur else lacking, 14.0)
        normal = normals.mean(axis=-2)
        points = points + lacking[..., None] * normal
    points[-1] = _wrapped_blur(points[-1])
    return points, normal


def _wrapped_blur(loop: np.ndarray) -> np.ndarray:
    """A closed loop of points (its last repeats its first) without its jags."""
    ring = gaussian_filter(loop[:-1], (1.2, 0), mode="wrap")
    return np.concatenate([ring, ring[:1]])


def _cloth(
    head: HeadMeasures, sheet: _Sheet, radius: np.ndarray, *, tuck_mm: float, follow: bool, lining_rows: int = 0
) -> WornMesh:
    """The mesh of a sheet; its face edge is tucked in to the skin, or goes on inwards as a lining of some rows."""
    from scipy.spatial import cKDTree

    centre = sheet.surface.centre_mm
    outside, normal = _off_body(
        head,
        _cut(centre + radius[..., None] * sheet.direction, head.chin_y_mm + _BELOW_CHIN_MM),
        np.linspace(0, 1, _ROWS),
    )
    if lining_rows:
        inside = outside[:lining_rows][::-1] - tuck_mm * sheet.direction[:lining_rows][::-1]
    else:
        inside = outside[:1] - tuck_mm * sheet.direction[:1]
    rolled = (outside[0] + inside[-1]) / 2 - 0.35 * (outside[1] - outside[0])
    hem = outside[-1] - 16.0 * normal[-1]
    grid = np.concatenate([inside, rolled[None], outside, hem[None]])
    rows, columns = grid.shape[:2]
    vertices = grid.reshape(-1, 3)
    triangles = sheet_triangles(grid)
    outer = triangles[(triangles >= (rows - len(outside) - 1) * columns).all(axis=1)]
    if not np.array_equal(outer, turned_away_from(centre, vertices, outer)):
        triangles = triangles[:, [0, 2, 1]]
    used = np.unique(head.triangles)
    distance = cKDTree(head.skin_mm[used]).query(vertices)[0]
    follows = np.full(len(vertices), -1, np.int32)
    if follow:
        follows = followed_vertices(head.model, head.skin_mm, grid, used[~head.is_ear[used]], blur_cells=2.0).ravel()
    return worn_mesh(
        vertices, triangles, grid_uv(rows, columns), "cloth",
        segment_weights=_weights(head, vertices), contact=np.exp(-distance / 7.0), follows=follows,
    )  # fmt: skip


def _weights(head: HeadMeasures, vertices: np.ndarray) -> Float32[np.ndarray, "v 3"]:
    """The upper part rides the head, the hem lies on the torso, and between them the cloth twists with the neck."""
    from scipy.spatial import cKDTree

    torso = smooth_step(vertices[:, 1], head.chin_y_mm + 25.0, head.chin_y_mm + 115.0)
    ride = smooth_step(vertices[:, 1], head.chin_y_mm + 45.0, head.chin_y_mm - 25.0)
    own = np.stack([torso, np.maximum(1 - torso - ride, 0), ride], axis=1)
    # What lies on the shoulders moves exactly as they do, or they would come through.
    used = np.unique(head.triangles)
    skin = head.model.segment_weights[used[cKDTree(head.skin_mm[used]).query(vertices)[1]]]
    lies = smooth_step(vertices[:, 1], head.chin_y_mm + 35.0, head.chin_y_mm + 70.0)[:, None]
    return np.clip((1 - lies) * own + lies * skin, 0, 1).astype(np.float32)
