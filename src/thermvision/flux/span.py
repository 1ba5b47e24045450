"""The fixed temperature span between which a painted picture's black and white lie, so that its greys are kelvin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from thermvision.types import ZERO_CELSIUS_K, InputError

NARROWEST_K, WIDEST_K = 2.0, 400.0
COLDEST_C, HOTTEST_C = -60.0, 382.0


@dataclass(frozen=True, slots=True)
class Span:
    """Temperatures in C that black (-1) and white (+1) stand for; the same for every picture of a model.

    Raises InputError for a span that is no span: NaN, upside down, narrower than 2 K or beyond what a camera reads.
    """

    low_c: float
    high_c: float

    def __post_init__(self) -> None:
        if not (
            self.low_c >= COLDEST_C and self.high_c <= HOTTEST_C and NARROWEST_K <= self.high_c - self.low_c <= WIDEST_K
        ):
            raise InputError(
                f"span is {self.low_c:g} to {self.high_c:g} C; expected LOW then HIGH within {COLDEST_C:g} to {HOTTEST_C:g} C,"
                f" at least {NARROWEST_K:g} K apart: give the temperatures that black and white stand for, as in --span 10 42"
            )

    def to_unit(self, temperature_k: Float32[np.ndarray, "*n"]) -> Float32[np.ndarray, "*n"]:
        """Kelvin to -1 (black) .. +1 (white); what lies outside the span is cut off."""
        share = (temperature_k - np.float32(self.low_c + ZERO_CELSIUS_K)) / np.float32(self.high_c - self.low_c)
        return np.clip(2 * share - 1, -1, 1).astype(np.float32)

    def to_kelvin(self, unit: Float32[np.ndarray, "*n"]) -> Float32[np.ndarray, "*n"]:
        """Back to kelvin; nothing is cut off, a decoder may overshoot a little."""
        low_k = np.float32(self.low_c + ZERO_CELSIUS_K)
        return (low_k + (unit + 1) * np.float32(0.5 * (self.high_c - self.low_c))).astype(np.float32)


MICRO_SPAN = Span(10.0, 42.0)  # rooms to the hottest skin; what the shipped model was trained with
ASSUMED_SPAN = Span(20.0, 38.0)  # black and white of an 8-bit picture of which nothing is known: a room, and hot skin
