"""The one-stage face detector: a map of middles at a quarter of the picture's size, and the boxes about them."""

from __future__ import annotations

import torch
from jaxtyping import Float32
from torch import Tensor, nn

from thermvision.tasks.training.networks.layers import Conv, stage, with_local_contrast

FINDER_OUT = ("maps",)


class Finder(nn.Module):
    """A whole picture (b, 1, h, w) in -1..1, sides multiples of 32, to maps at a quarter of its size (CenterNet, Zhou et al. 2019)."""

    def __init__(
        self,
        widths: tuple[int, int, int, int, int] = (12, 24, 40, 64, 96),
        blocks: tuple[int, int, int, int] = (1, 2, 6, 6),
        lateral: int = 32,
    ) -> None:
        super().__init__()
        stem, *outs = widths
        stages = [stage(i, o, n) for i, o, n in zip(widths[:-1], outs, blocks, strict=True)]
        self.down = nn.ModuleList([nn.Sequential(Conv(2, stem, 5, 2), stages[0]), *stages[1:]])
        self.side = nn.ModuleList([nn.Conv2d(width, lateral, 1) for width in outs])
        self.mix = nn.ModuleList([Conv(lateral, lateral) for _ in range(3)])
        self.out = nn.Conv2d(lateral, 5, 1)
        nn.init.constant_(self.out.bias, 0.0)
        with torch.no_grad():
            self.out.bias[0] = -4.0

    def forward(self, x: Float32[Tensor, "b 1 h w"]) -> Float32[Tensor, "b 5 _ _"]:
        """Maps (b, 5, h / 4, w / 4): logit of a face's middle; from the cell's middle to the face's, in 8 px; log of width and height in 16 px."""
        levels, x = [], with_local_contrast(x)
        for down in self.down:
            x = down(x)
            levels.append(x)
        up = self.side[3](levels[3])
        for level in (2, 1, 0):
            up = nn.functional.interpolate(up, scale_factor=2.0, mode="nearest")
            up = self.mix[level](up + self.side[level](levels[level]))
        return self.out(up)
