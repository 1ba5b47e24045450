"""From kelvin to the 8 bits people look at: automatic gain control and a fixed span."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from jaxtyping import UInt8
from numpy import ndarray

from thermvision.thermal.agc.damping import RangeDamper
from thermvision.thermal.agc.detail import DetailAgc
from thermvision.thermal.agc.linear import LinearAgc
from thermvision.thermal.agc.plateau import PlateauAgc
from thermvision.thermal.agc.span import MIN_SPAN_CK, middle, percentile_limits_ck, to_8bit, whole
from thermvision.types import CentikelvinImage, InputError

__all__ = [
    "AGC_NAMES", "MIN_SPAN_CK", "Agc", "DetailAgc", "LinearAgc", "PlateauAgc", "RangeDamper", "make_agc", "middle",
    "percentile_limits_ck", "to_8bit",
]  # fmt: skip


@runtime_checkable
class Agc(Protocol):
    """A gain control: centikelvin counts (h, w) of successive frames to 8-bit views. One object for one clip."""

    def __call__(self, counts: CentikelvinImage) -> UInt8[ndarray, "h w"]:
        """The 8-bit view of the next frame."""
        ...


_Region = Callable[[CentikelvinImage], CentikelvinImage]
_MAKERS: dict[str, Callable[[RangeDamper, _Region], Agc]] = {
    "linear": lambda damper, region: LinearAgc(damper=damper, region=region),
    "plateau": lambda damper, _: PlateauAgc(damper=damper),
    "detail": lambda damper, region: DetailAgc(damper=damper, region=region),
}
AGC_NAMES = tuple(_MAKERS)


def make_agc(name: str, rate_hz: float = 30.0, *, whole_frame: bool = False) -> Agc:
    """A gain control by name (AGC_NAMES) for frames at this rate (> 0); its range expands fast and contracts slowly.

    whole_frame: measure the range over all of the frame in place of its middle (the plateau always does).

    Unknown names and rates that are not positive raise InputError.
    """
    if name not in _MAKERS:
        raise InputError(f"agc '{name}' is not known; choose one of {', '.join(AGC_NAMES)}")
    return _MAKERS[name](RangeDamper(rate_hz), whole if whole_frame else middle)
