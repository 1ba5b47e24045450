"""Linear gain control: the span between two percentiles becomes 0-255."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from thermvision.thermal.agc.damping import RangeDamper
from thermvision.thermal.agc.span import limits_ck, middle, to_8bit
from thermvision.types import CentikelvinImage


@dataclass(slots=True)
class LinearAgc:
    """Linear percentile AGC on a region of interest (the middle of the frame), with a memory: its limits glide instead of jump.

    `damping` is the share of the old limits kept at each frame; 0 makes every frame stand alone. A `damper` takes the
    place of `damping`.
    """

    damping: float = 0.9
    low_ck: float = float("nan")
    high_ck: float = float("nan")
    damper: RangeDamper | None = None
    region: Callable[[CentikelvinImage], CentikelvinImage] = middle

    def __call__(self, counts: CentikelvinImage) -> UInt8[np.ndarray, "h w"]:
        """The 8-bit view of one frame of centikelvin counts."""
        low, high = limits_ck(counts, self.region)
        if self.damper is not None:
            low, high = self.damper.follow(low, high)
        elif not np.isnan(self.low_ck):
            low, high = (
                self.damping * self.low_ck + (1 - self.damping) * low,
                self.damping * self.high_ck + (1 - self.damping) * high,
            )
        self.low_ck, self.high_ck = low, high
        return to_8bit(counts, low, high)
