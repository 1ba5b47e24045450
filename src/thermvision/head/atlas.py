"""The texture atlas: which point of the head each texel is, so that fields over the head become textures without seams."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numba as nb
import numpy as np
from jaxtyping import Float32, Int32

from thermvision.head.model import load_head_model
from thermvision.head.raster import rasterize

SIZE = 1024
_PADDING = 4  # texels beyond an island's border that repeat it, for bilinear reading

_AT_ONCE = 1 << 14  # texels whose double-precision corners are held at the same time


@dataclass(frozen=True, slots=True)
class Atlas:
    """Texels that lie on the mesh, as a flat list."""

    row: Int32[np.ndarray, " n"]
    column: Int32[np.ndarray, " n"]
    triangle: Int32[np.ndarray, " n"]
    barycentric: Float32[np.ndarray, "n 3"]
    nearest: Int32[np.ndarray, "size size"]  # for every texel, the listed texel it shows

    def interpolate(self, vertex_field: np.ndarray) -> np.ndarray:
        """A per-vertex field (v, ...) at the listed texels (n, ...)."""
        flat = np.ascontiguousarray(vertex_field.reshape(len(vertex_field), -1))
        result = np.empty((len(self.triangle), flat.shape[1]), np.result_type(flat, np.float32))
        _mix(flat, load_head_model().triangles, self.triangle, self.barycentric, result)
        return result.reshape(-1, *vertex_field.shape[1:])

    def image(self, texel_field: np.ndarray) -> np.ndarray:
        """A field over the listed texels as a (size, size, ...) image, islands padded."""
        return texel_field[self.nearest]


@lru_cache(maxsize=1)
def head_atlas() -> Atlas:
    """The atlas of the head mesh; the same for every person, worked out once a process."""
    model = load_head_model()
    flat = np.ones((len(model.uv), 3), np.float32)
    flat[:, :2] = model.uv * SIZE
    flat[:, 2] = 0.01
    seen = np.empty((SIZE, SIZE), np.int32)
    depth = np.empty((SIZE, SIZE), np.float32)
    rasterize(flat, model.triangle_uv, seen, depth)
    other = np.empty_like(seen)
    rasterize(flat, np.ascontiguousarray(model.triangle_uv[:, [0, 2, 1]]), other, depth)  # islands may be mirrored
    seen = np.where(seen >= 0, seen, other)
    row, column = np.nonzero(seen >= 0)
    triangle = seen[row, column]
    weights = np.empty((len(row), 3), np.float32)
    for start in range(0, len(row), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        corners = model.triangle_uv[triangle[some]]
        weights[some] = _weights(flat[:, :2], corners, column[some] + 0.5, row[some] + 0.5)
    listed = np.full((SIZE, SIZE), -1, np.int32)
    listed[row, column] = np.arange(len(row), dtype=np.int32)
    for _ in range(_PADDING):
        listed = _grow(listed)
    return Atlas(
        row.astype(np.int32),
        column.astype(np.int32),
        triangle.astype(np.int32),
        weights,
        np.maximum(listed, 0),
    )


def _weights(points: np.ndarray, triangles: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    a, b, c = (points[triangles[:, k]] for k in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    wb = ((x - a[:, 0]) * (c[:, 1] - a[:, 1]) - (y - a[:, 1]) * (c[:, 0] - a[:, 0])) / area
    wc = ((b[:, 0] - a[:, 0]) * (y - a[:, 1]) - (b[:, 1] - a[:, 1]) * (x - a[:, 0])) / area
    return np.stack([1 - wb - wc, wb, wc], axis=1)


@nb.njit(cache=True)
def _mix(field, triangles, triangle, weights, result):  # type: ignore[no-untyped-def]
    """Texel by texel: numpy would gather the corners of all texels first, hundreds of megabytes for the regions."""
    for i in range(len(result)):
        a, b, c = triangles[triangle[i], 0], triangles[triangle[i], 1], triangles[triangle[i], 2]
        wa, wb, wc = weights[i, 0], weights[i, 1], weights[i, 2]
        for k in range(field.shape[1]):
            result[i, k] = wa * field[a, k] + wb * field[b, k] + wc * field[c, k]


@nb.njit(cache=True)
def _grow(listed):  # type: ignore[no-untyped-def]
    grown = listed.copy()
    height, width = listed.shape
    for y in range(height):
        for x in range(width):
            if listed[y, x] >= 0:
                continue
            for dy in (-1, 0, 1):
                for dx in (-1, 0, 1):
                    u, v = y + dy, x + dx
                    if 0 <= u < height and 0 <= v < width and listed[u, v] >= 0:
                        grown[y, x] = listed[u, v]
    return grown
