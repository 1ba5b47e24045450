"""How much of the surroundings a place on the head sees: in a fold it sees the head itself, as warm as it is.

Skin seen at a grazing angle sends out less of its own heat and mirrors more of what is around it. In the line between the
lips, in the fold of a nostril or below a lid that is other skin, so nothing is missing there.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float32

from thermvision.head.model import load_head_model
from thermvision.head.normals import vertex_normals
from thermvision.head.raster import rasterize

_DIRECTIONS = 96
_PX_PER_MM, _SIZE_PX = 1.2, 900
_TOLERANCE_MM = 1.5
_AWAY_MM = 2000.0


@lru_cache(maxsize=1)
def head_openness() -> Float32[np.ndarray, " v"]:
    """Share of what each vertex of the mean head would mirror, 0-1, that the head leaves open."""
    model = load_head_model()
    place = model.base_mm[: model.num_vertices].astype(np.float32)
    normals = np.empty_like(place)
    vertex_normals(place, model.triangles, normals)
    middle = 0.5 * (place.min(axis=0) + place.max(axis=0))
    seen, total = (np.zeros(len(place), np.float64) for _ in range(2))
    number, depth = np.empty((_SIZE_PX, _SIZE_PX), np.int32), np.empty((_SIZE_PX, _SIZE_PX), np.float32)
    for axes in _looks():
        turned = (place - middle) @ axes.T
        projected = (turned * np.float32(_PX_PER_MM) + np.float32(_SIZE_PX / 2)).astype(np.float32)
        away = turned[:, 2] + np.float32(_AWAY_MM)
        projected[:, 2] = 1 / away
        rasterize(projected, model.triangles, number, depth)
        column, row = (np.floor(projected[:, k]).astype(int).clip(0, _SIZE_PX - 1) for k in (0, 1))
        cosine = np.maximum(-(normals @ axes[2]), 0)
        slack = _TOLERANCE_MM + np.sqrt(1 - cosine**2) / np.maximum(cosine, 0.1) / _PX_PER_MM
        weight = cosine * (1 - cosine)  # what is mirrored at grazing angles
        seen += weight * (away - 1 / np.maximum(depth[row, column], 1e-9) < slack)
        total += weight
    return (seen / np.maximum(total, 1e-9)).astype(np.float32)


def _looks() -> list[np.ndarray]:
    """Axes (3, 3) of cameras evenly about the head (a Fibonacci lattice): right, down and the way they look."""
    k = np.arange(_DIRECTIONS) + 0.5
    height, turn = 1 - 2 * k / _DIRECTIONS, np.pi * (1 + np.sqrt(5)) * k
    radius = np.sqrt(1 - height**2)
    ahead = np.stack([radius * np.cos(turn), height, radius * np.sin(turn)], axis=1)
    right = np.cross([0.0, 1.0, 0.0], ahead)
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    return list(np.stack([right, np.cross(ahead, right), ahead], axis=1).astype(np.float32))
