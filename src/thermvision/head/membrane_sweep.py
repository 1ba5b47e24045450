"""Sweeps of Gauss and Seidel over the unknown pixels of a picture: each becomes the mean of its four neighbours."""

from __future__ import annotations

import numba as nb
import numpy as np


@nb.njit(cache=True)
def sweep(image, known, sweeps):  # type: ignore[no-untyped-def]
    """Work on `image` (h, w) float32 in place where `known` (h, w) is False; beyond the border it repeats."""
    height, width = image.shape
    for _ in range(sweeps):
        for y in range(height):
            up, down = max(y - 1, 0), min(y + 1, height - 1)
            for x in range(width):
                if not known[y, x]:
                    left, right = max(x - 1, 0), min(x + 1, width - 1)
                    image[y, x] = np.float32(0.25) * (image[up, x] + image[down, x] + image[y, left] + image[y, right])
