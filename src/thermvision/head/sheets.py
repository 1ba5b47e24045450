"""Building blocks of worn meshes: grids, tubes, soft folds, and which side is out."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int


def grid_triangles(rows: int, columns: int) -> Int[np.ndarray, "t 3"]:
    """Two triangles for every cell of a (rows, columns) grid of vertices, all wound the same way."""
    grid = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = grid[:-1, :-1].ravel(), grid[:-1, 1:].ravel(), grid[1:, :-1].ravel(), grid[1:, 1:].ravel()
    return np.concatenate([np.stack([a, b, c], 1), np.stack([b, d, c], 1)])


def sheet_triangles(points_mm: Float[np.ndarray, "rows columns 3"]) -> Int[np.ndarray, "t 3"]:
    """Like `grid_triangles`, each cell cut along its shorter diagonal: a long one would dip into what lies below."""
    rows, columns = points_mm.shape[:2]
    grid = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = grid[:-1, :-1].ravel(), grid[:-1, 1:].ravel(), grid[1:, :-1].ravel(), grid[1:, 1:].ravel()
    flat = points_mm.reshape(-1, 3)
    falling = np.linalg.norm(flat[a] - flat[d], axis=1) < np.linalg.norm(flat[b] - flat[c], axis=1)
    first = np.stack([a, b, np.where(falling, d, c)], axis=1)
    second = np.where(falling[:, None], np.stack([a, d, c], axis=1), np.stack([b, d, c], axis=1))
    return np.concatenate([first, second])


def grid_uv(rows: int, columns: int) -> Float[np.ndarray, "v 2"]:
    """Texture coordinates of a grid: u along its columns, v down its rows."""
    u, v = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, rows))
    return np.stack([u.ravel(), v.ravel()], axis=1)


def turned_away_from(
    centre_mm: Float[np.ndarray, " 3"], vertices_mm: Float[np.ndarray, "v 3"], triangles: Int[np.ndarray, "t 3"]
) -> Int[np.ndarray, "t 3"]:
    """The triangles, all flipped if needed, so that by area most of them face away from a centre."""
    corners = vertices_mm[triangles] - centre_mm
    volume = np.einsum("ti,ti->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2]))
    return triangles if volume > 0 else triangles[:, [0, 2, 1]]


def sheet_normals(points_mm: Float[np.ndarray, "rows columns 3"]) -> Float[np.ndarray, "rows columns 3"]:
    """Unit normals of a grid of points by central differences; which side they point to depends on the grid."""
    normal = np.cross(np.gradient(points_mm, axis=1), np.gradient(points_mm, axis=0))
    length = np.linalg.norm(normal, axis=-1, keepdims=True)
    return normal / np.maximum(length, 1e-9)


def tube(
    path_mm: Float[np.ndarray, "n 3"],
    half_height_mm: Float[np.ndarray, " n"],
    half_width_mm: Float[np.ndarray, " n"],
    up: Float[np.ndarray, "n 3"],
    *,
    sides: int = 8,
    roundness: float = 2.0,
) -> tuple[Float[np.ndarray, "v 3"], Int[np.ndarray, "t 3"], Float[np.ndarray, "v 2"]]:
    """A closed tube along a path: vertices, outward triangles and texture coordinates.

    half_height_mm lies along `up` (made perpendicular to the path), half_width_mm across it. roundness 2 is an ellipse,
    more is boxier. The ends are capped; of a path that returns to its start they meet inside the tube.
    """
    tangent = np.gradient(path_mm, axis=0)
    if np.allclose(path_mm[0], path_mm[-1]):
        tangent[0] = tangent[-1] = path_mm[1] - path_mm[-2]
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    vertical = up - (up * tangent).sum(axis=1, keepdims=True) * tangent
    vertical /= np.linalg.norm(vertical, axis=1, keepdims=True)
    across = np.cross(vertical, tangent)
    turn = np.linspace(0, 2 * np.pi, sides + 1)
    cosine, sine = (np.sign(f) * np.abs(f) ** (2 / roundness) for f in (np.cos(turn), np.sin(turn)))
    ring = (
        path_mm[:, None]
        + (half_height_mm[:, None] * cosine[None])[..., None] * vertical[:, None]
        + (half_width_mm[:, None] * sine[None])[..., None] * across[:, None]
    )
    count = len(path_mm)
    vertices = np.concatenate([ring.reshape(-1, 3), path_mm[[0, -1]]])
    body = grid_triangles(count, sides + 1)
    first, last = np.arange(sides), (count - 1) * (sides + 1) + np.arange(sides)
    hub = count * (sides + 1)
    caps = np.concatenate(
        [
            np.stack([np.full(sides, hub), first + 1, first], 1),
            np.stack([np.full(sides, hub + 1), last, last + 1], 1),
        ]
    )
    middle = path_mm[body[:, 0] // (sides + 1)]
    corners = vertices[body]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    triangles = np.concatenate([body, caps])
    if (normal * (corners.mean(axis=1) - middle)).sum() < 0:
        triangles = triangles[:, [0, 2, 1]]
    uv = np.concatenate([grid_uv(count, sides + 1), [[0.5, 0.0], [0.5, 1.0]]])
    return vertices, triangles, uv


def soft_noise(
    points: Float[np.ndarray, "n d"], rng: np.random.Generator, wavelength: float
) -> Float[np.ndarray, " n"]:
    """A smooth random field of unit variance at points of any dimension; the wavelength is in the points' unit."""
    waves = rng.standard_normal((16, points.shape[1]))
    waves *= (2 * np.pi / wavelength) / np.linalg.norm(waves, axis=1, keepdims=True)
    return np.cos(points @ waves.T + rng.uniform(0, 2 * np.pi, 16)).sum(axis=1) * np.sqrt(2 / 16)


def smooth_step(x: Float[np.ndarray, "*shape"], low: float, high: float) -> Float[np.ndarray, "*shape"]:
    """0 below `low`, 1 above `high`, smooth between; `high` below `low` makes it fall."""
    share = np.clip((x - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)
