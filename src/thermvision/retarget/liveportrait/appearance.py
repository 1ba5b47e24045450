"""F, the appearance extractor: a face picture -> a volume of features that says what the face looks like."""

from __future__ import annotations

from collections import OrderedDict

from jaxtyping import Float
from torch import Tensor, nn

from thermvision.retarget.liveportrait.blocks import ConvBlock2d, ResidualBlock3d

VOLUME_CHANNELS, VOLUME_DEPTH = 32, 16


class AppearanceExtractor(nn.Module):
    """Two pooled 2-D blocks, a 1x1 convolution seen as a volume, and six residual 3-D blocks (Guo et al. 2024, 3.1)."""

    def __init__(self) -> None:
        super().__init__()
        self.first = ConvBlock2d(3, 64)
        self.down_blocks = nn.ModuleList([ConvBlock2d(64, 128, pooled=True), ConvBlock2d(128, 256, pooled=True)])
        self.second = nn.Conv2d(256, VOLUME_CHANNELS * VOLUME_DEPTH, 1)
        self.resblocks_3d = nn.Sequential(OrderedDict((f"3dr{i}", ResidualBlock3d(VOLUME_CHANNELS)) for i in range(6)))

    def forward(self, image: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n 32 16 h4 w4"]:
        """Volume of a quarter of the picture's height and width; RGB 0-1, published size 256x256."""
        x = self.first(image)
        for block in self.down_blocks:
            x = block(x)
        return self.resblocks_3d(self.second(x).unflatten(1, (VOLUME_CHANNELS, VOLUME_DEPTH)))
