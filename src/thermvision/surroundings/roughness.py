"""Uneven surfaces of floors, walls and crowns: noise with detail at all sizes, read from one periodic tile."""

from __future__ import annotations

from functools import lru_cache

import numba as nb
import numpy as np
from jaxtyping import Float32

from thermvision.rng import rng as stream_of

_TILE, _WAVES = 512, 24.0  # texels a side, and wavelengths that fit in
_RATIO = 2.7  # between the sizes of detail


def rough(
    points_mm: Float32[np.ndarray, "n 3"],
    depth_mm: Float32[np.ndarray, " n"],
    focal_px: float,
    rng: np.random.Generator,
    finest_mm: float,
    coarsest_mm: float,
) -> Float32[np.ndarray, " n"]:
    """A field of about unit variance over flat upright or level surfaces; what is finer than a pixel is left out."""
    first, second = np.argsort(np.ptp(points_mm[:: max(1, len(points_mm) // 999)], axis=0))[[2, 1]]
    sizes = [coarsest_mm]
    while sizes[-1] / _RATIO >= finest_mm:
        sizes.append(sizes[-1] / _RATIO)
    steps = _TILE / _WAVES / np.array(sizes)  # texels for each mm
    turn = rng.uniform(0, 2 * np.pi, len(sizes))
    field = np.empty(len(points_mm), np.float32)
    _read(
        np.ascontiguousarray(points_mm[:, [first, second]], np.float32), np.ascontiguousarray(depth_mm, np.float32),
        _tile(), (steps * np.cos(turn)).astype(np.float32), (steps * np.sin(turn)).astype(np.float32),
        rng.uniform(0, _TILE, (len(sizes), 2)).astype(np.float32), np.array(sizes, np.float32), np.float32(focal_px / 6),
        field,
    )  # fmt: skip
    return field


@lru_cache(maxsize=1)
def _tile() -> Float32[np.ndarray, "size size"]:
    """Periodic noise of unit variance round one wavelength, the same for everybody."""
    white = np.fft.rfft2(stream_of(0, "roughness").standard_normal((_TILE, _TILE)))
    waves = np.hypot(np.fft.fftfreq(_TILE)[:, None], np.fft.rfftfreq(_TILE)[None]) * _TILE
    image = np.fft.irfft2(white * np.exp(-(((waves - _WAVES) / (0.5 * _WAVES)) ** 2)))
    return (image / image.std()).astype(np.float32)


@nb.njit(cache=True, fastmath=True)
def _read(points, depth, tile, cosine, sine, shift, sizes, focal, field):  # type: ignore[no-untyped-def]
    mask = tile.shape[0] - 1
    for i in range(len(points)):
        total = np.float32(0.0)
        x, y = points[i, 0], points[i, 1]
        for k in range(len(sizes)):
            seen = min(sizes[k] * focal / max(depth[i], np.float32(1.0)) - np.float32(0.5), np.float32(1.0))
            if seen <= 0:
                break
            u = x * cosine[k] - y * sine[k] + shift[k, 0]
            v = x * sine[k] + y * cosine[k] + shift[k, 1]
            fu, fv = np.floor(u), np.floor(v)
            column, row = int(fu) & mask, int(fv) & mask
            right, down = (column + 1) & mask, (row + 1) & mask
            u, v = u - fu, v - fv
            upper = tile[row, column] * (np.float32(1.0) - u) + tile[row, right] * u
            lower = tile[down, column] * (np.float32(1.0) - u) + tile[down, right] * u
            weight = (sizes[k] / sizes[0]) ** np.float32(0.3) * np.float32(0.6)
            total += seen * weight * (upper + (lower - upper) * v)
        field[i] = total
