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

    `slope` 0 is ReLU. Each phase is one matrix product in `dtype` over its taps and channels; the result is float32.
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
        kernel = weight.detach().double()
        kernel = kernel[:, :, None] if kernel.ndim == 4 else kernel
        self.depth_taps = kernel.shape[2]
        self.kernels: list[tuple[Phase, Phase, str]] = []
        for down in phases(factor):
            for across in phases(factor):
                name = f"kernel_{down.places[0]}_{across.places[0]}"
                joined = _joined(_joined(kernel, down, 3), across, 4)
                self.register_buffer(name, joined.permute(0, 3, 4, 2, 1).flatten(1).to(dtype))  # o, taps and channels
                self.kernels.append((down, across, name))
        self.register_buffer("bias", bias.detach().to(dtype))

    def forward(self, x: Float[Tensor, "n c *d h w"]) -> Float[Tensor, "n o *d h2 w2"]:
        """Features of `factor` times the height and width."""
        h, w = x.shape[-2:]
        out = x.new_empty(len(x), len(self.bias), *x.shape[2:-2], h, self.factor, w, self.factor)
        for sample, target in zip(x, out, strict=True):
            for down, across, result in self.phases(sample):
                for i in down.places:
                    for j in across.places:
                        target[..., i, :, j] = result
        return out.flatten(-2).flatten(-3, -2)

    def phases(self, x: Float[Tensor, "c *d h w"]) -> Iterator[tuple[Phase, Phase, Float[Tensor, "o *d h w"]]]:
        """Down, across, and the result of one sample at their places within every pixel."""
        volume = x if x.ndim == 4 else x[:, None]
        d, h, w = volume.shape[1:]
        border = self.depth_taps // 2
        padded = functional.pad(volume, (1, 1, 1, 1, border, border)).to(self.dtype)
        for down, across, name in self.kernels:
            seen = [
                padded[:, depth : depth + d, 1 + down.first + i : 1 + down.first + i + h, left : left + w].flatten(1)
                for i in range(len(down.joined))
                for left in range(1 + across.first, 1 + across.first + len(across.joined))
                for depth in range(self.depth_taps)
            ]
            result = torch.addmm(self.bias[:, None], self.get_buffer(name), torch.cat(seen)).float()
            yield down, across, functional.leaky_relu_(result, self.slope).view(-1, *x.shape[1:])


def _joined(weight: Tensor, phase: Phase, axis: int) -> Tensor:
    """Kernel of a phase along one axis."""
    return torch.cat(
        [weight.index_select(axis, torch.tensor(taps)).sum(axis, keepdim=True) for taps in phase.joined], axis
    )
