"""Fast twin of F: the same function of the picture."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from thermvision.retarget.liveportrait.appearance import VOLUME_CHANNELS, VOLUME_DEPTH, AppearanceExtractor
from thermvision.retarget.liveportrait.fast_blocks import DirectConv, FastConvBlock2d, FastResidualBlock3d
from thermvision.retarget.liveportrait.folding import Folded


class FastAppearanceExtractor(nn.Module):
    """Built from the plain network, whose weights it does not keep."""

    def __init__(self, plain: AppearanceExtractor, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            FastConvBlock2d(plain.first, dtype),
            *(FastConvBlock2d(block, dtype) for block in plain.down_blocks),
            DirectConv(Folded(plain.second.weight, plain.second.bias), dtype=dtype),
            nn.Unflatten(1, (VOLUME_CHANNELS, VOLUME_DEPTH)),
            *(FastResidualBlock3d(block, dtype) for block in plain.resblocks_3d),
        )

    def forward(self, image: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n 32 16 h4 w4"]:
        """As AppearanceExtractor."""
        return self.layers(image)
