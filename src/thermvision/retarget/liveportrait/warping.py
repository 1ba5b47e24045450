"""W, the warping network: the source's volume and two sets of keypoints -> features of the driven face."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor, nn

from thermvision.retarget.liveportrait.blocks import ConvBlock2d
from thermvision.retarget.liveportrait.dense_motion import DenseMotion, sample


class Warped(NamedTuple):
    """What the warping network says of one frame."""

    features: Float[Tensor, "n 256 h w"]  # input of the generator
    deformation: Float[Tensor, "n d h w 3"]  # x, y, z in the source volume, -1 to 1, for each place of the driving one
    occlusion: Float[Tensor, "n 1 h w"]  # 0 hidden, 1 visible in the source


class WarpingNetwork(nn.Module):
    """Dense motion, one sampling of the volume, two convolutions, times occlusion (Guo et al. 2024, 3.1)."""

    def __init__(self) -> None:
        super().__init__()
        self.dense_motion_network = DenseMotion()
        self.third = ConvBlock2d(512, 256, slope=0.01)
        self.fourth = nn.Conv2d(256, 256, 1)

    def forward(
        self,
        volume: Float[Tensor, "n 32 16 h w"],
        keypoints_driving: Float[Tensor, "n 21 3"],
        keypoints_source: Float[Tensor, "n 21 3"],
    ) -> Warped:
        """Features, deformation and occlusion; height and width are multiples of 32, published size 64x64."""
        deformation, occlusion = self.dense_motion_network(volume, keypoints_driving, keypoints_source)
        features = self.third(sample(volume, deformation).flatten(1, 2))
        return Warped(self.fourth(features) * occlusion, deformation, occlusion)
