"""Detail enhancement: the picture is split at its edges into base and detail, and detail gets a gain of its own.

The base is a guided filter of the picture with itself (He, Sun & Tang 2010): flat parts are smoothed, edges higher than
`edge_k` stay in the base and get no halo. Speed: 1.9 ms for 512 x 512.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numba as nb
import numpy as np
from jaxtyping import Float32, UInt8

from thermvision.thermal.agc.damping import RangeDamper
from thermvision.thermal.agc.span import middle, percentile_limits_ck
from thermvision.types import CentikelvinImage, InputError


@dataclass(slots=True)
class DetailAgc:
    """Linear gain for the base, `detail_gain` times as much for the detail, limits as LinearAgc.

    detail_gain: 1 is a linear view. radius_px: of the box, 1-64. edge_k: what counts as an edge, kelvin > 0.
    """

    detail_gain: float = 3.0
    radius_px: int = 12
    edge_k: float = 0.8
    damper: RangeDamper = field(default_factory=RangeDamper)
    region: Callable[[CentikelvinImage], CentikelvinImage] = middle
    scratch: Float32[np.ndarray, "6 h w"] | None = (
        None  # kept: asking the system for 6 MB a frame costs more than the filter
    )

    def __post_init__(self) -> None:
        for name, least, most in (("detail_gain", 0.0, 100.0), ("radius_px", 1, 64), ("edge_k", 1e-3, 100.0)):
            value = getattr(self, name)
            if not least <= value <= most:
                raise InputError(f"{name} of the detail gain control is {value:g}; expected {least:g} to {most:g}")

    def __call__(self, counts: CentikelvinImage) -> UInt8[np.ndarray, "h w"]:
        """The 8-bit view of one frame of centikelvin counts."""
        low, high = self.damper.follow(*percentile_limits_ck(self.region(counts)))
        if self.scratch is None or self.scratch.shape[1:] != counts.shape:
            self.scratch = np.empty((6, *counts.shape), np.float32)
        picture = self.scratch[5]
        _in_kelvin(counts, np.float32(low), picture)
        base = guided_base(picture, self.radius_px, self.edge_k, self.scratch[:5])
        return _combine(picture, base, np.float32(25500 / (high - low)), np.float32(self.detail_gain))


def guided_base(
    picture_k: Float32[np.ndarray, "h w"],
    radius_px: int,
    edge_k: float,
    scratch: Float32[np.ndarray, "5 h w"] | None = None,
) -> Float32[np.ndarray, "h w"]:
    """The edge-preserving base of a picture in kelvin (offset removed: within some 100 K of 0), by a self-guided box filter.

    The result lies in `scratch` if that is given.
    """
    first, second, third, fourth, base = np.empty((5, *picture_k.shape), np.float32) if scratch is None else scratch
    np.multiply(picture_k, picture_k, out=first)
    _box_mean(picture_k, radius_px, second)
    _box_mean(first, radius_px, third)
    _fit(second, third, np.float32(edge_k**2), first, fourth)  # slope and offset
    _box_mean(first, radius_px, second)
    _box_mean(fourth, radius_px, third)
    np.multiply(second, picture_k, out=base)
    base += third
    return base


def box_mean(image: Float32[np.ndarray, "h w"], radius_px: int) -> Float32[np.ndarray, "h w"]:
    """Mean over a square of 2 radius + 1 pixels (radius >= 1), edges repeated."""
    result = np.empty_like(image)
    _box_mean(image, radius_px, result)
    return result


@nb.njit(cache=True, fastmath=True, error_model="numpy")
def _in_kelvin(counts, low, picture):  # type: ignore[no-untyped-def]
    for y in range(counts.shape[0]):
        for x in range(counts.shape[1]):
            picture[y, x] = (np.float32(counts[y, x]) - low) * np.float32(0.01)


@nb.njit(cache=True, fastmath=True, error_model="numpy")
def _fit(mean, square, ridge, slope, offset):  # type: ignore[no-untyped-def]
    for y in range(mean.shape[0]):
        for x in range(mean.shape[1]):
            variance = max(square[y, x] - mean[y, x] * mean[y, x], np.float32(0.0))
            share = variance / (variance + ridge)
            slope[y, x] = share
            offset[y, x] = (np.float32(1.0) - share) * mean[y, x]


@nb.njit(cache=True, fastmath=True, error_model="numpy")
def _box_mean(image, radius, result):  # type: ignore[no-untyped-def]
    """Down the columns a running sum of rows; along a row a sum of shifted rows, which vectorises and a running sum does not."""
    height, width = image.shape
    column = np.zeros(width, np.float32)
    padded = np.empty(width + 2 * radius, np.float32)
    weight = np.float32(1.0) / np.float32((2 * radius + 1) * (2 * radius + 1))
    for k in range(-radius, radius + 1):
        row = image[min(max(k, 0), height - 1)]
        for x in range(width):
            column[x] += row[x]
    for y in range(height):
        for x in range(width):
            padded[radius + x] = column[x]
        for k in range(radius):
            padded[k] = column[0]
            padded[radius + width + k] = column[width - 1]
        line = result[y]
        for x in range(width):
            line[x] = padded[x]
        for k in range(1, 2 * radius + 1):
            shifted = padded[k:]
            for x in range(width):
                line[x] += shifted[x]
        for x in range(width):
            line[x] *= weight
        entering, leaving = image[min(y + radius + 1, height - 1)], image[max(y - radius, 0)]
        for x in range(width):
            column[x] += entering[x] - leaving[x]


@nb.njit(cache=True, fastmath=True, error_model="numpy")
def _combine(picture, base, gain, detail_gain):  # type: ignore[no-untyped-def]
    view = np.empty(picture.shape, np.uint8)
    for y in range(picture.shape[0]):
        for x in range(picture.shape[1]):
            value = (base[y, x] + detail_gain * (picture[y, x] - base[y, x])) * gain + np.float32(0.5)
            view[y, x] = np.uint8(np.int32(min(max(value, np.float32(0.0)), np.float32(255.0))))
    return view
