"""How the span of a view follows the scene: out fast, so that nothing hot is clipped for long; back in slowly."""

from __future__ import annotations

import math
from dataclasses import dataclass

from thermvision.types import InputError

EXPAND_S, CONTRACT_S = 0.1, 1.3
DEAD_BAND_SHARE = (
    0.03  # of the span: a limit that would move in by less stays, so noise does not make the picture breathe
)


@dataclass(slots=True)
class RangeDamper:
    """Two limits with a memory. `rate_hz`: frames per second, > 0; times in seconds, >= 0, else InputError."""

    rate_hz: float = 30.0
    expand_s: float = EXPAND_S
    contract_s: float = CONTRACT_S
    dead_band_share: float = DEAD_BAND_SHARE
    low_ck: float = math.nan
    high_ck: float = math.nan

    def __post_init__(self) -> None:
        for field, least in (("rate_hz", 1e-3), ("expand_s", 0.0), ("contract_s", 0.0), ("dead_band_share", 0.0)):
            value = getattr(self, field)
            if not least <= value < math.inf:
                raise InputError(f"{field} of the gain control is {value:g}; expected {least:g} or more")

    def follow(self, low_ck: float, high_ck: float) -> tuple[float, float]:
        """The limits to use for a frame whose own limits are these; the first frame's are taken as they are."""
        if math.isnan(self.low_ck):
            self.low_ck, self.high_ck = low_ck, high_ck
        else:
            band = self.dead_band_share * (self.high_ck - self.low_ck)
            self.low_ck -= self._step(self.low_ck - low_ck, band)
            self.high_ck += self._step(high_ck - self.high_ck, band)
        return self.low_ck, self.high_ck

    def _step(self, outwards_ck: float, band_ck: float) -> float:
        if outwards_ck >= 0:
            return outwards_ck * self._share(self.expand_s)
        return outwards_ck * self._share(self.contract_s) if -outwards_ck > band_ck else 0.0

    def _share(self, time_s: float) -> float:
        return 1 - math.exp(-1 / (self.rate_hz * time_s)) if time_s > 0 else 1.0
