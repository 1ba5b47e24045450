"""Fewer pixels: small detectors, far people, pictures that were shrunk and enlarged."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch.nn import functional

_WAYS = ("bilinear", "nearest", "bicubic")


def fewer_pixels(x: Float[torch.Tensor, "b 1 s s"], least: int, stream: torch.Generator) -> torch.Tensor:
    """Square pictures, all shrunk to between `least` and all pixels a side, made a little noisy, and enlarged again."""
    size = x.shape[-1]
    small = int(math.exp(math.log(least) + float(torch.rand(1, generator=stream)) * math.log(size / least)))
    way = _WAYS[int(torch.randint(0, 3, (1,), generator=stream))]
    down = functional.interpolate(x, size=(small, small), mode="area")
    noisy = down + 0.03 * torch.rand(1, generator=stream) * torch.randn(down.shape, generator=stream)
    return functional.interpolate(
        noisy, size=(size, size), mode=way, **({} if way == "nearest" else {"align_corners": False})
    )


def through_detector(
    x: Float[torch.Tensor, "b 1 h w"],
    height_px: int,
    width_px: int,
    way: str,
    add_noise: Callable[[torch.Tensor], torch.Tensor],
) -> torch.Tensor:
    """Pictures as a detector of height_px x width_px sees them (areas averaged, then `add_noise`), enlarged again to their size.

    way: bilinear, bicubic or nearest. A detector with as many pixels as the picture only adds its noise.
    """
    height, width = x.shape[-2:]
    if height_px >= height and width_px >= width:
        return add_noise(x)
    down = add_noise(functional.interpolate(x, size=(min(height_px, height), min(width_px, width)), mode="area"))
    return functional.interpolate(
        down, size=(height, width), mode=way, **({} if way == "nearest" else {"align_corners": False})
    )
