"""The dense motion of W: sparse keypoint moves -> where each place of the driving volume lies in the source volume."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from thermvision.retarget.liveportrait.appearance import VOLUME_CHANNELS, VOLUME_DEPTH
from thermvision.retarget.liveportrait.blocks import DownBlock3d, UpBlock3d
from thermvision.retarget.liveportrait.motion import KEYPOINTS

COMPRESSED = 4  # channels
MOTIONS = KEYPOINTS + 1  # the identity, then one translation a keypoint
CANDIDATES = MOTIONS * (COMPRESSED + 1)  # channels: a heat map and the moved volume for each motion
HEAT_VARIANCE = 0.01  # of the Gaussian around a keypoint, in units of half the volume
WIDTHS = (64, 128, 256, 512, 1024)


class HourglassEncoder(nn.Module):
    """Five blocks, each of half the height and width."""

    def __init__(self) -> None:
        super().__init__()
        self.down_blocks = nn.ModuleList(
            DownBlock3d(a, b) for a, b in zip((CANDIDATES, *WIDTHS[:-1]), WIDTHS, strict=True)
        )

    def forward(self, x: Float[Tensor, "n c d h w"]) -> list[Tensor]:
        """The input and the output of every block, finest first."""
        features = [x]
        for block in self.down_blocks:
            features.append(block(features[-1]))
        return features


class HourglassDecoder(nn.Module):
    """Five blocks of twice the height and width, each joined with the encoder's features, and a last convolution."""

    def __init__(self) -> None:
        super().__init__()
        inputs = (WIDTHS[4], 2 * WIDTHS[3], 2 * WIDTHS[2], 2 * WIDTHS[1], 2 * WIDTHS[0])
        outputs = (*WIDTHS[3::-1], WIDTHS[0] // 2)
        self.up_blocks = nn.ModuleList(UpBlock3d(a, b) for a, b in zip(inputs, outputs, strict=True))
        channels = outputs[-1] + CANDIDATES
        self.conv = nn.Conv3d(channels, channels, 3, padding=1)
        self.norm = nn.BatchNorm3d(channels)

    def forward(self, features: list[Tensor]) -> Float[Tensor, "n 142 d h w"]:
        """Features of the finest size."""
        x = features[-1]
        for block, skip in zip(self.up_blocks, features[-2::-1], strict=True):
            x = torch.cat((block(x), skip), 1)
        return functional.relu(self.norm(self.conv(x)))


class Hourglass(nn.Module):
    """Encoder and decoder."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = HourglassEncoder()
        self.decoder = HourglassDecoder()

    def forward(self, x: Float[Tensor, "n 110 d h w"]) -> Float[Tensor, "n 142 d h w"]:
        """Features of the same size; height and width are multiples of 32."""
        return self.decoder(self.encoder(x))


class DenseMotion(nn.Module):
    """22 candidate motions, weighted place by place (Guo et al. 2024, 3.1; after Wang et al. 2021, face-vid2vid)."""

    def __init__(self) -> None:
        super().__init__()
        self.hourglass = Hourglass()
        channels = WIDTHS[0] // 2 + CANDIDATES
        self.mask = nn.Conv3d(channels, MOTIONS, 7, padding=3)
        self.compress = nn.Conv3d(VOLUME_CHANNELS, COMPRESSED, 1)
        self.norm = nn.BatchNorm3d(COMPRESSED)
        self.occlusion = nn.Conv2d(channels * VOLUME_DEPTH, 1, 7, padding=3)

    def forward(
        self,
        volume: Float[Tensor, "n 32 d h w"],
        keypoints_driving: Float[Tensor, "n 21 3"],
        keypoints_source: Float[Tensor, "n 21 3"],
    ) -> tuple[Float[Tensor, "n d h w 3"], Float[Tensor, "n 1 h w"]]:
        """Deformation (x, y, z of the source volume, -1 to 1) and occlusion (0 hidden, 1 visible)."""
        compressed = functional.relu(self.norm(self.compress(volume)))
        grids = candidate_grids(volume, keypoints_driving, keypoints_source)
        moved = torch.stack([sample(compressed, grid) for grid in grids.unbind(1)], 1)
        heat = heat_maps(volume, keypoints_driving) - heat_maps(volume, keypoints_source)
        heat = functional.pad(heat, (0, 0, 0, 0, 0, 0, 1, 0))  # the identity has no heat
        features = self.hourglass(torch.cat((heat[:, :, None], moved), 2).flatten(1, 2))
        share = self.mask(features).softmax(1)
        deformation = (share[..., None] * grids).sum(1)
        return deformation, self.occlusion(features.flatten(1, 2)).sigmoid()


def identity_grid(volume: Float[Tensor, "n c d h w"]) -> Float[Tensor, "d h w 3"]:
    """x, y, z of every place, -1 in the first and 1 in the last cell of an axis.

    The sampling has -1 and 1 half a cell further out; that mismatch is part of the trained behaviour.
    """
    z, y, x = (torch.linspace(-1, 1, n, dtype=volume.dtype, device=volume.device) for n in volume.shape[2:])
    return torch.stack(torch.meshgrid(z, y, x, indexing="ij")[::-1], -1)


def candidate_grids(
    volume: Float[Tensor, "n c d h w"], driving: Float[Tensor, "n 21 3"], source: Float[Tensor, "n 21 3"]
) -> Float[Tensor, "n 22 d h w 3"]:
    """The identity and, for each keypoint, the identity moved by source - driving."""
    shift = functional.pad(source - driving, (0, 0, 1, 0))
    return identity_grid(volume) + shift[:, :, None, None, None]


def heat_maps(volume: Float[Tensor, "n c d h w"], keypoints: Float[Tensor, "n k 3"]) -> Float[Tensor, "n k d h w"]:
    """A Gaussian around every keypoint, 1 at its middle."""
    away = identity_grid(volume) - keypoints[:, :, None, None, None]
    return torch.exp(-0.5 / HEAT_VARIANCE * away.square().sum(-1))


def sample(volume: Float[Tensor, "n c d h w"], grid: Float[Tensor, "n d2 h2 w2 3"]) -> Float[Tensor, "n c d2 h2 w2"]:
    """Trilinear samples at x, y, z of `grid`, zero outside; -1 and 1 are the outer faces of the volume's cells."""
    return functional.grid_sample(volume, grid, padding_mode="zeros", align_corners=False)
