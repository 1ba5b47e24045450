"""Kelvin to the grey picture that the networks see, and back, over one span for both ways."""

from __future__ import annotations

import logging

import numpy as np
from jaxtyping import Float32

from thermvision.flux.span import Span

_LOG = logging.getLogger(__name__)
_NOTED_SHARE = 0.001


def to_grey(temperature_k: Float32[np.ndarray, "*n"], span: Span) -> Float32[np.ndarray, "*n"]:
    """0 (cold end of the span) to 1 (warm end); what lies outside is cut off."""
    return (span.to_unit(temperature_k) + np.float32(1)) * np.float32(0.5)


def to_kelvin(grey: Float32[np.ndarray, "*n"], span: Span) -> Float32[np.ndarray, "*n"]:
    """Back to kelvin; nothing is cut off."""
    return span.to_kelvin(grey * np.float32(2) - np.float32(1))


def warn_outside(temperature_k: Float32[np.ndarray, "h w"], span: Span, what: str) -> float:
    """Share of the pixels that the span cuts off; more than one in a thousand is told in the log."""
    unit = span.to_unit(temperature_k)
    share = float(np.mean(np.abs(span.to_kelvin(unit) - temperature_k) > 0.01))
    if share > _NOTED_SHARE:
        low, high = (float(np.quantile(temperature_k, q)) - 273.15 for q in (0.001, 0.999))
        _LOG.warning(
            "%.1f %% of %s lie outside the span of %g to %g C and are cut off where the networks draw (the picture has %.1f to %.1f C): widen span_c",
            100 * share, what, span.low_c, span.high_c, low, high,
        )  # fmt: skip
    return share
