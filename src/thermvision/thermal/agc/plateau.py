"""Plateau histogram equalisation: greys go where the pixels are, but no wall may take them all.

Silverman 1987 (plateau); the blend with a linear view, the cap of the gain and the damping as microbolometer cores offer
them. Speed: 0.45 ms for 512 x 512.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numba as nb
import numpy as np
from jaxtyping import Float64, UInt8

from thermvision.thermal.agc.damping import RangeDamper
from thermvision.thermal.agc.span import MIN_SPAN_CK, percentile_limits_ck
from thermvision.types import CentikelvinImage

BINS = 128


@dataclass(slots=True)
class PlateauAgc:
    """Plateau equalisation of the whole frame; the curve and its span glide from frame to frame.

    plateau: the most a histogram bin may count, in mean bin counts, > 0. linear_share: of a linear view blended in, 0-1.
    max_gain: steepest slope in grey levels per centikelvin, > 0; where it bites, the view has less contrast than 0-255.
    """

    plateau: float = 2.0
    linear_share: float = 0.2
    max_gain: float = 255 / MIN_SPAN_CK
    damper: RangeDamper = field(default_factory=RangeDamper)
    curve: Float64[np.ndarray, " 129"] | None = None  # grey at the bins' edges

    def __call__(self, counts: CentikelvinImage) -> UInt8[np.ndarray, "h w"]:
        """The 8-bit view of one frame of centikelvin counts; monotone: a warmer pixel is never darker."""
        sample = counts[::2]  # every other row tells as much
        low, high = self.damper.follow(*percentile_limits_ck(sample))
        histogram = _histogram(sample, np.float32(low), np.float32(BINS / (high - low)))
        curve = equalising_curve(histogram, high - low, self.plateau, self.linear_share, self.max_gain)
        # As slowly as the span contracts: an object that enters must not make the picture flicker.
        share = (
            1.0 if self.curve is None else 1 - np.exp(-1 / (self.damper.rate_hz * max(self.damper.contract_s, 1e-6)))
        )
        self.curve = curve if self.curve is None else self.curve + share * (curve - self.curve)
        first = int(max(np.floor(low), 0))
        levels = np.arange(first, int(min(np.ceil(high), 65535)) + 1)
        greys = np.interp(levels, np.linspace(low, high, BINS + 1), self.curve)
        return _look_up(counts, first, (greys + 0.5).astype(np.uint8))


def equalising_curve(
    histogram: np.ndarray, span_ck: float, plateau: float, linear_share: float, max_gain: float
) -> Float64[np.ndarray, " edges"]:
    """Grey levels 0-255 at the edges of equal bins over `span_ck` centikelvin: rising, centred when the gain cap bites."""
    clipped = np.minimum(histogram, plateau * max(histogram.mean(), 1e-9)).astype(np.float64)
    share = clipped / clipped.sum() if clipped.sum() > 0 else np.full(len(histogram), 1 / len(histogram))
    steps = 255 * ((1 - linear_share) * share + linear_share / len(histogram))
    steps = np.minimum(steps, max_gain * span_ck / len(histogram))
    curve = np.concatenate(([0.0], np.cumsum(steps)))
    return curve + (255 - curve[-1]) / 2


@nb.njit(cache=True)
def _histogram(counts, low, scale):  # type: ignore[no-untyped-def]
    histogram = np.zeros(BINS, np.int64)
    top = np.int32(BINS - 1)
    for y in range(counts.shape[0]):
        for x in range(counts.shape[1]):
            place = np.int32((np.float32(counts[y, x]) - low) * scale)
            histogram[min(max(place, np.int32(0)), top)] += 1
    return histogram


@nb.njit(cache=True)
def _look_up(counts, first, greys):  # type: ignore[no-untyped-def]
    view = np.empty(counts.shape, np.uint8)
    last = np.int32(len(greys) - 1)
    start = np.int32(first)
    for y in range(counts.shape[0]):
        for x in range(counts.shape[1]):
            place = np.int32(counts[y, x]) - start
            view[y, x] = greys[min(max(place, np.int32(0)), last)]
    return view
