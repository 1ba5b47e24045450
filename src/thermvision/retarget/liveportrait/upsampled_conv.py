"""3x3 convolution of a nearest-upsampled image, computed on the image before upsampling.

Pixels of one source pixel are equal, so a 3x3 window sees at most 2x2 different ones: where it lies within the pixel decides which
taps fall together (reference 4, rewrite B).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional


class Phase(NamedTuple):
    """Which places within a source pixel share a kernel, and which source pixels they see."""

    places: tuple[int, ...]
    first: int  # source pixel of the first tap, from the pixel's own (-1, 0)
    joined: tuple[tuple[int, ...], ...]  # for every tap, the taps of the 3-tap kernel that fall together


def phases(factor: int) -> tuple[Phase, ...]:
    """The phases of one axis for upsampling by `factor` (2 or more)."""
    start = Phase((0,), -1, ((0,), (1, 2)))
    end = Phase((factor - 1,), 0, ((0, 1), (2,)))
    middle = Phase(tuple(range(1, factor - 1)), 0, ((0, 1, 2),))
    return (start, middle, end) if factor > 2 else (start, end)


class UpsampledConv(nn.Module):
    """Equals leaky_relu(conv(upsample(x))): nearest by `factor` in height and width, kernel 3 and zero padding 1 in every axis.

    `slope` 0 is ReLU. Products are computed in `dtype`, the result is float32.
    """

    bias: Tensor

    def __init__(
        self,
        weight: Float[Tensor, "o c 3 3"] | Float[Tensor, "o c 3 3 3"],
        bias: Float[Tensor, " o"],
        factor: int,
        *,
        slope: float = 0.0,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.factor, self.slope, self.dtype = factor, slope, dtype
        self.convolve = functional.conv3d if weight.ndim == 5 else functional.conv2d
        self.depth_padding = (1,) if weight.ndim == 5 else ()
        self.kernels: list[tuple[Phase, Phase, str]] = []
        for down in phases(factor):
            for across in phases(factor):
                name = f"kernel_{down.places[0]}_{across.places[0]}"
                kernel = _joined(_joined(weight.detach().double(), down, -2), across, -1)
                self.register_buffer(name, kernel.to(dtype))
                self.kernels.append((down, across, name))
        self.register_buffer("bias", bias.detach().to(dtype))

    def forward(self, x: Float[Tensor, "n c *d h w"]) -> Float[Tensor, "n o *d h2 w2"]:
        """Features of `factor` times the height and width."""
        h, w = x.shape[-2:]
        out = x.new_empty(len(x), len(self.bias), *x.shape[2:-2], h, self.factor, w, self.factor)
        for down, across, result in self.phases(x):
            for i in down.places:
                for j in across.places:
                    out[..., i, :, j] = result
        return out.flatten(-2).flatten(-3, -2)

    def phases(self, x: Float[Tensor, "n c *d h w"]) -> Iterator[tuple[Phase, Phase, Float[Tensor, "n o *d h w"]]]:
        """Down, across, and the result at their places within every pixel."""
        h, w = x.shape[-2:]
        padded = functional.pad(x, (1, 1, 1, 1)).to(self.dtype)
        for down, across, name in self.kernels:
            kernel = self.get_buffer(name)
            top, left = 1 + down.first, 1 + across.first
            seen = padded[..., top : top + h + kernel.shape[-2] - 1, left : left + w + kernel.shape[-1] - 1]
            result = self.convolve(seen, kernel, self.bias, padding=(*self.depth_padding, 0, 0))
            yield down, across, functional.leaky_relu_(result.float(), self.slope)


def _joined(weight: Tensor, phase: Phase, axis: int) -> Tensor:
    """Kernel of a phase along one axis."""
    return torch.cat(
        [weight.index_select(axis, torch.tensor(taps)).sum(axis, keepdim=True) for taps in phase.joined], axis
    )
