"""Shapes of training pictures: near each picture's own, with about the asked number of pixels; nothing is enlarged unasked."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from thermvision.types import InputError


@dataclass(frozen=True, slots=True)
class BucketRule:
    """Which sizes there are, px."""

    resolutions: tuple[int, ...]
    step: int  # sides are multiples of it
    min_side: int
    max_side: int
    upscale: bool = False


def bucket_sizes(resolution: int, rule: BucketRule) -> list[tuple[int, int]]:
    """All (width, height) of one resolution: the square, and for each width the greatest height within its area; sorted."""
    square = resolution // rule.step * rule.step
    found = {(square, square)} if square else set()
    for width in range(_up(rule.min_side, rule.step), rule.max_side + 1, rule.step):
        height = min(rule.max_side, resolution**2 // width) // rule.step * rule.step
        if height >= rule.min_side:
            found |= {(width, height), (height, width)}
    return sorted(found)


def sizes_for(width: int, height: int, rule: BucketRule) -> list[tuple[int, int]]:
    """The (width, height) at which a picture is used: one a resolution, each once; empty if it is too small for any.

    A picture too small for a resolution is used at the largest multiple of the step inside its own size.
    """
    found = []
    for resolution in rule.resolutions:
        table = bucket_sizes(resolution, rule)
        if not table:
            continue
        size = min(table, key=lambda one: (abs(math.log(one[0] / one[1] / (width / height))), -one[0] * one[1]))
        if not rule.upscale and (size[0] > width or size[1] > height):
            size = (min(size[0], width) // rule.step * rule.step, min(size[1], height) // rule.step * rule.step)
        if min(size) >= min(rule.min_side, *table[0]) and size not in found:
            found.append(size)
    return found


def fit(unit: Float32[np.ndarray, "..."], width: int, height: int) -> Float32[np.ndarray, "c h w"]:
    """A picture (h, w) or (h, w, 3) scaled to cover width x height and cut in the middle: (3, height, width) in -1..1.

    Shrinking averages over areas, enlarging is bicubic.
    """
    rows, columns = unit.shape[:2]
    scale = max(width / columns, height / rows)
    wide, high = min(width / scale, columns), min(height / scale, rows)  # what of the picture is kept
    left, top = (columns - wide) / 2, (rows - high) / 2
    layers = np.asarray(unit[None] if unit.ndim == 2 else np.moveaxis(unit, 2, 0), np.float32)
    if scale <= 1:
        down, across = _overlap(rows, top, high, height), _overlap(columns, left, wide, width)
        scaled = np.stack([down @ layer @ across.T for layer in layers])
    else:
        scaled = _enlarged(layers, (left, top, left + wide, top + high), width, height)
    return np.clip(np.repeat(scaled, 3 // len(scaled), axis=0), -1, 1).astype(np.float32)


def _overlap(pixels: int, start: float, length: float, wanted: int) -> Float32[np.ndarray, "m n"]:
    """Row by row, which share of a wanted pixel lies on each pixel: (wanted, pixels)."""
    edges = start + length * np.arange(wanted + 1) / wanted
    low, high = edges[:-1, None], edges[1:, None]
    place = np.arange(pixels)
    shared = np.clip(np.minimum(high, place + 1) - np.maximum(low, place), 0, None)
    return (shared / shared.sum(axis=1, keepdims=True)).astype(np.float32)


def _enlarged(
    layers: Float32[np.ndarray, "c h w"], box: tuple[float, ...], width: int, height: int
) -> Float32[np.ndarray, "c m n"]:
    from PIL import Image

    size, method = (width, height), Image.Resampling.BICUBIC
    return np.stack([np.asarray(Image.fromarray(layer).resize(size, method, box)) for layer in layers])  # type: ignore[arg-type]


def bucket_rule(
    resolutions: tuple[int, ...],
    multiple: int,
    *,
    step: int | None,
    min_side: int | None,
    max_side: int | None,
    upscale: bool,
) -> BucketRule:
    """The rule for a model whose sides are multiples of `multiple` px: steps of 64 px from 512 px on, as FluxTrainer has them."""
    if step is not None and step % multiple:
        raise InputError(f"bucket_step is {step}; the model needs a multiple of {multiple}")
    smallest, largest = min(resolutions), max(resolutions)
    large = smallest >= 512
    chosen = step or (math.lcm(64, multiple) if large else multiple)
    if chosen > smallest:
        raise InputError(f"resolution is {smallest}; the model needs at least {chosen} px")
    shortest, longest = max(chosen, smallest // 2), max(1024, largest) if large else 2 * largest
    return BucketRule(resolutions, chosen, min_side or shortest, max_side or longest, upscale)


def _up(value: int, step: int) -> int:
    return -(-value // step) * step
