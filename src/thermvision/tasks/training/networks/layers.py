"""What the networks have in common: convolutions, residual blocks, and local contrast beside the picture."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Conv(nn.Sequential):
    """Convolution, batch norm, ReLU."""

    def __init__(self, inside: int, outside: int, size: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inside, outside, size, stride, size // 2, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(inplace=True),
        )


class Block(nn.Module):
    """Two convolutions round which the picture may pass."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = Conv(width, width)
        norm = nn.BatchNorm2d(width)
        nn.init.zeros_(norm.weight)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), norm)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """Maps of the same shape."""
        return torch.relu(x + self.second(self.first(x)))


def stage(inside: int, width: int, blocks: int) -> nn.Sequential:
    """Half the size, another width, and residual blocks."""
    return nn.Sequential(Conv(inside, width, stride=2), *(Block(width) for _ in range(blocks)))


def around(x: Float[Tensor, "b c h w"], radius: int) -> Float[Tensor, "b c h w"]:
    """Mean over a square, rows first and then columns, which is faster than at once."""
    size = 2 * radius + 1
    x = nn.functional.pad(x, [radius] * 4, mode="replicate")
    return nn.functional.avg_pool2d(nn.functional.avg_pool2d(x, (1, size), 1), (size, 1), 1)


def with_local_contrast(x: Float[Tensor, "b 1 h w"], radius: int = 12) -> Float[Tensor, "b 2 h w"]:
    """The picture, and beside it how each pixel differs from its surroundings, in their deviations."""
    mean = around(x, radius)
    spread = (around(x * x, radius) - mean * mean).clamp(min=0)
    return torch.cat([x, 0.5 * (x - mean) / (spread + 0.0025).sqrt()], dim=1)
