"""Fast twin of W: the same function of volume and keypoints."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from thermvision.retarget.liveportrait.dense_motion import sample
from thermvision.retarget.liveportrait.fast_blocks import DirectConv, FastConvBlock2d
from thermvision.retarget.liveportrait.fast_dense_motion import FastDenseMotion
from thermvision.retarget.liveportrait.folding import Folded
from thermvision.retarget.liveportrait.warping import Warped, WarpingNetwork


class FastWarpingNetwork(nn.Module):
    """Built from the plain network, whose weights it does not keep."""

    def __init__(self, plain: WarpingNetwork, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.dense_motion = FastDenseMotion(plain.dense_motion_network, dtype)
        self.third = FastConvBlock2d(plain.third, dtype)
        self.fourth = DirectConv(Folded(plain.fourth.weight, plain.fourth.bias), dtype=dtype)

    def forward(
        self,
        volume: Float[Tensor, "n 32 16 h w"],
        keypoints_driving: Float[Tensor, "n 21 3"],
        keypoints_source: Float[Tensor, "n 21 3"],
    ) -> Warped:
        """As WarpingNetwork."""
        deformation, occlusion = self.dense_motion(volume, keypoints_driving, keypoints_source)
        features = self.third(sample(volume, deformation).flatten(1, 2))
        return Warped(self.fourth(features).mul_(occlusion), deformation, occlusion)
