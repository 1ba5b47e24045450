"""Smooth random fields over the head: sums of plane waves in three dimensions, so they know no seams."""

from __future__ import annotations

import numba as nb
import numpy as np
from jaxtyping import Float32


def smooth_field(
    points_mm: Float32[np.ndarray, "n 3"], rng: np.random.Generator, *, wavelength_mm: float, num_waves: int = 14
) -> Float32[np.ndarray, " n"]:
    """A random field of zero mean and unit variance at points; features are about half `wavelength_mm` across.

    Random Fourier features (Rahimi and Recht, 2007) with wave numbers spread by +-40 % about the given one.
    """
    direction = rng.standard_normal((num_waves, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    cycles_per_mm = rng.uniform(0.6, 1.4, (num_waves, 1)) / wavelength_mm
    phase = rng.uniform(0, 1, num_waves)
    across = np.ascontiguousarray(points_mm.T, dtype=np.float32)
    return _sum_of_waves(across, (direction * cycles_per_mm).astype(np.float32), phase.astype(np.float32))


@nb.njit(cache=True, fastmath=True)
def _sum_of_waves(across, waves, phase):  # type: ignore[no-untyped-def]
    """across: (3, n) coordinates, so that the compiler takes many points at once."""
    x, y, z = across[0], across[1], across[2]
    field = np.zeros(across.shape[1], np.float32)
    for k in range(len(waves)):
        wx, wy, wz, start = waves[k, 0], waves[k, 1], waves[k, 2], phase[k]
        for i in range(len(field)):
            turns = x[i] * wx + y[i] * wy + z[i] * wz + start
            turns -= np.floor(turns + np.float32(0.5))
            q = turns * turns  # cos(2 pi turns), Taylor, within 5e-4
            field[i] += np.float32(1.0) + q * (
                np.float32(-19.739209)
                + q
                * (
                    np.float32(64.939394)
                    + q * (np.float32(-85.456817) + q * (np.float32(60.244641) + q * np.float32(-25.0)))
                )
            )
    return field * np.float32(np.sqrt(2.0 / len(waves)))
