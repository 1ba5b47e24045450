"""The span of counts that a view shows: where it is measured, and how a fixed span becomes 8 bits."""

from __future__ import annotations

from collections.abc import Callable

import numba as nb
import numpy as np
from jaxtyping import UInt8

from thermvision.types import CentikelvinImage

LOW_PERCENT, HIGH_PERCENT = 0.3, 99.7
COOLEST_PERCENT = 2.0  # of the whole frame
# Cameras let the user measure the gain in a region of interest. Ours is the middle of the frame, where a portrait's face is:
# measured over the whole frame, half of it cool wall, the face would get the upper third of the greys.
REGION_TOP, REGION_BOTTOM, REGION_LEFT, REGION_RIGHT = 0.22, 0.72, 0.30, 0.70
MIN_SPAN_CK = 200  # a scene flatter than 2 K is not stretched further: noise would fill the picture


def middle(counts: CentikelvinImage) -> CentikelvinImage:
    """The region of interest in which the gain is measured."""
    height, width = counts.shape
    return counts[
        int(REGION_TOP * height) : int(REGION_BOTTOM * height) + 1,
        int(REGION_LEFT * width) : int(REGION_RIGHT * width) + 1,
    ]


def whole(counts: CentikelvinImage) -> CentikelvinImage:
    """The whole frame as region of interest, for frames whose faces may be anywhere."""
    return counts


def limits_ck(counts: CentikelvinImage, region: Callable[[CentikelvinImage], CentikelvinImage]) -> tuple[float, float]:
    """Limits of a view: the hottest of the region of interest, and the coolest of it or of the whole frame.

    A face with long hair fills the region: measured there alone, hair would be the coolest thing and turn black.
    """
    low, high = percentile_limits_ck(region(counts))
    sample = counts[::4]
    return min(low, _percentiles(sample, COOLEST_PERCENT / 100 * sample.size, sample.size)[0]), high


def percentile_limits_ck(counts: CentikelvinImage) -> tuple[float, float]:
    """The counts at the lower and upper percentile, at least `MIN_SPAN_CK` apart."""
    low, high = _percentiles(counts, LOW_PERCENT / 100 * counts.size, HIGH_PERCENT / 100 * counts.size)
    short = max(0.0, MIN_SPAN_CK - (high - low))
    return low - short / 2, high + short / 2


def to_8bit(counts: CentikelvinImage, low_ck: float, high_ck: float) -> UInt8[np.ndarray, "h w"]:
    """Counts between two limits as 0-255, clipped; with fixed limits 8-bit values stay comparable between images."""
    return _scale(counts, np.float32(low_ck), np.float32(255.0 / max(high_ck - low_ck, 1e-6)))


@nb.njit(cache=True)
def _percentiles(counts, low_rank, high_rank):  # type: ignore[no-untyped-def]
    """The least count with more than `low_rank` pixels up to it, and the least with `high_rank` or more."""
    histogram = np.zeros(65536, np.int32)
    for y in range(counts.shape[0]):
        for x in range(counts.shape[1]):
            histogram[counts[y, x]] += 1
    low, high, total = -1, 65536, 0
    for value in range(65536):
        total += histogram[value]
        if low < 0 and total > low_rank:
            low = value
        if total >= high_rank:
            high = value
            break
    return float(low), float(high)


@nb.njit(cache=True)
def _scale(counts, low, gain):  # type: ignore[no-untyped-def]
    view = np.empty(counts.shape, np.uint8)
    for y in range(counts.shape[0]):
        for x in range(counts.shape[1]):
            value = (np.float32(counts[y, x]) - low) * gain + np.float32(0.5)
            view[y, x] = np.uint8(min(max(value, np.float32(0.0)), np.float32(255.0)))
    return view
