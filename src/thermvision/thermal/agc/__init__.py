"""From kelvin to the 8 bits people look at: automatic gain control and a fixed span."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from jaxtyping import UInt8
from numpy import ndarray

from thermvision.thermal.agc.damping import RangeDamper
from thermvision.thermal.agc.detail import DetailAgc
from thermvision.thermal.agc.linear import LinearAgc
from thermvision.thermal.agc.plateau import PlateauAgc
from thermvision.thermal.agc.span import MIN_SPAN_CK, middle, percentile_limits_ck, to_8bit
from thermvision.types import CentikelvinImage, InputError

__all__ = [
    "AGC_NAMES", "MIN_SPAN_CK", "Agc", "DetailAgc", "LinearAgc", "PlateauAgc", "RangeDamper", "make_agc", "middle",
    "percentile_limits_ck", "to_8bit",
]  # fmt: skip


class Agc(Protocol):
    """A gain control: centikelvin counts (h, w) of successive frames to 8-bit views. One object for one clip."""

    def __call__(self, counts: CentikelvinImage) -> UInt8[ndarray, "h w"]:
        """The 8-bit view of the next frame."""
        ...


_MAKERS: dict[str, Callable[[RangeDamper], Agc]] = {
    "linear": lambda damper: LinearAgc(damper=damper),
    "plateau": lambda damper: PlateauAgc(damper=damper),
    "detail": lambda damper: DetailAgc(damper=damper),
}
AGC_NAMES = tuple(_MAKERS)


def make_agc(name: str, rate_hz: float = 30.0) -> Agc:
    """A gain control by name (AGC_NAMES) for frames at this rate (> 0); its range expands fast and contracts slowly.

    Unknown names and rates that are not positive raise InputError.
    """
    if name not in _MAKERS:
        raise InputError(f"agc '{name}' is not known; choose one of {', '.join(AGC_NAMES)}")
    return _MAKERS[name](RangeDamper(rate_hz))
