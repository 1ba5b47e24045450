"""Full-range grey as the luma of video, 16-235."""

from __future__ import annotations

import numba as nb
import numpy as np


@nb.njit(cache=True)
def to_video_range(grey, luma):  # type: ignore[no-untyped-def]
    """Fill `luma` from `grey` (both (h, w) uint8), rounded."""
    for y in range(grey.shape[0]):
        row, out = grey[y], luma[y]
        for x in range(len(row)):
            out[x] = np.uint8((np.uint32(row[x]) * np.uint32(219) + np.uint32(127)) // np.uint32(255) + np.uint32(16))
