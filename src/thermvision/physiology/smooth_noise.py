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
    number = 2 * np.pi / wavelength_mm * rng.uniform(0.6, 1.4, (num_waves, 1))
    phase = rng.uniform(0, 2 * np.pi, num_waves)
    return _sum_of_waves(points_mm, (direction * number).astype(np.float32), phase.astype(np.float32))


@nb.njit(cache=True, fastmath=True)
def _sum_of_waves(points, waves, phase):  # type: ignore[no-untyped-def]
    field = np.empty(len(points), np.float32)
    scale = np.float32(np.sqrt(2.0 / len(waves)))
    for i in range(len(points)):
        total = np.float32(0.0)
        for k in range(len(waves)):
            angle = points[i, 0] * waves[k, 0] + points[i, 1] * waves[k, 1] + points[i, 2] * waves[k, 2] + phase[k]
            total += np.cos(angle)
        field[i] = total * scale
    return field
