"""Fast twin of the dense motion: candidate motions are translations, and those need no volumetric sampling (reference 4, rewrite A)."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from thermvision.retarget.liveportrait.dense_motion import HEAT_VARIANCE, MOTIONS, DenseMotion, identity_grid
from thermvision.retarget.liveportrait.fast_blocks import DirectConv, FastDownBlock3d, FastUpBlock3d, fast_conv
from thermvision.retarget.liveportrait.fft_conv import FftConv3d
from thermvision.retarget.liveportrait.folding import fold_batch_norm

FINEST_PX = 64  # published height and width of the volume
# Gaussians fall below the smallest normal float32 within the volume, and matrix products of subnormal numbers take many times longer.
SMALLEST_HEAT = 1e-20


class FastHourglass(nn.Module):
    """Encoder and decoder in one."""

    def __init__(self, plain: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        down, up = plain.encoder.down_blocks, plain.decoder.up_blocks
        self.down = nn.ModuleList(FastDownBlock3d(block, FINEST_PX >> i, dtype) for i, block in enumerate(down))
        self.up = nn.ModuleList(FastUpBlock3d(block, FINEST_PX >> 4 - i, dtype) for i, block in enumerate(up))
        self.last = fast_conv(
            fold_batch_norm(plain.decoder.conv, plain.decoder.norm), FINEST_PX, slope=0.0, dtype=dtype
        )

    def forward(self, x: Float[Tensor, "n 110 d h w"]) -> Float[Tensor, "n 142 d h w"]:
        """As Hourglass."""
        features = [x]
        for block in self.down:
            features.append(block(features[-1]))
        x = features.pop()
        for block in self.up:
            x = torch.cat((block(x), features.pop()), 1)
        return self.last(x)


class SingleOutputConv(nn.Module):
    """Convolution to one channel as one matrix product over channels for all taps, whose results are then shifted and added."""

    weight: Tensor
    bias: Tensor

    def __init__(self, plain: nn.Conv2d) -> None:
        super().__init__()
        self.kernel = plain.kernel_size
        # `fold` adds where a convolution reads: taps in reverse.
        self.register_buffer(
            "weight", plain.weight.detach()[0].flip(1, 2).flatten(1).t().contiguous()
        )  # taps, channels
        self.register_buffer("bias", plain.bias.detach())

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n 1 h w"]:
        """The channel, of the same height and width."""
        taps = self.weight @ x.flatten(2)
        return functional.fold(taps, x.shape[2:], self.kernel, padding=self.kernel[0] // 2) + self.bias


class FastDenseMotion(nn.Module):
    """Built from the plain network, whose weights it does not keep."""

    def __init__(self, plain: DenseMotion, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.compress = DirectConv(fold_batch_norm(plain.compress, plain.norm), slope=0.0)
        self.hourglass = FastHourglass(plain.hourglass, dtype)
        self.mask = FftConv3d(plain.mask.weight, plain.mask.bias)
        self.occlusion = SingleOutputConv(plain.occlusion)

    def forward(
        self,
        volume: Float[Tensor, "n 32 d h w"],
        keypoints_driving: Float[Tensor, "n 21 3"],
        keypoints_source: Float[Tensor, "n 21 3"],
    ) -> tuple[Float[Tensor, "n d h w 3"], Float[Tensor, "n 1 h w"]]:
        """As DenseMotion."""
        shift = functional.pad(keypoints_source - keypoints_driving, (0, 0, 1, 0))
        candidates = [
            candidate_channels(*sample)
            for sample in zip(self.compress(volume), keypoints_driving, keypoints_source, strict=True)
        ]
        features = self.hourglass(torch.stack(candidates))
        share = self.mask(features).softmax(1)
        moved = (shift.transpose(1, 2) @ share.flatten(2)).unflatten(2, share.shape[2:]).permute(0, 2, 3, 4, 1)
        return identity_grid(volume) + moved, self.occlusion(features.flatten(1, 2)).sigmoid()


def candidate_channels(
    compressed: Float[Tensor, "c d h w"], driving: Float[Tensor, "21 3"], source: Float[Tensor, "21 3"]
) -> Float[Tensor, "_ d h w"]:
    """Heat map and moved volume of the 22 candidate motions, as channels of the hourglass's input."""
    c, d, h, w = compressed.shape
    shift = functional.pad(source - driving, (0, 0, 1, 0))
    x, y, z = (translation(shift[:, axis], size) for axis, size in enumerate((w, h, d)))
    moved = y.flatten(0, 1) @ compressed.permute(2, 1, 0, 3).flatten(1)  # motions * h, d * c * w
    moved = moved.view(MOTIONS, h * d * c, w) @ x.transpose(1, 2)
    moved = z[:, None] @ moved.view(MOTIONS, h, d, c * w)
    out = compressed.new_zeros(MOTIONS, 1 + c, d, h, w)
    out[:, 1:] = moved.view(MOTIONS, h, d, c, w).permute(0, 3, 2, 1, 4)
    out[1:, 0] = gaussians(driving, (d, h, w)) - gaussians(source, (d, h, w))
    return out.flatten(0, 1)


def translation(shift: Float[Tensor, " k"], size: int) -> Float[Tensor, "k size size"]:
    """Matrices that sample one axis of `size` cells linearly at the identity's places moved by `shift`, zero outside.

    The identity grid has -1 and 1 in the outer cells, sampling has them on the outer faces: place i lies at
    i N / (N - 1) - 1/2 + shift N / 2.
    """
    cell = torch.arange(size, dtype=shift.dtype, device=shift.device)
    place = cell * (size / (size - 1)) - 0.5 + shift[:, None] * (size / 2)
    return (1 - (place[:, :, None] - cell).abs()).clamp_(min=0)


def gaussians(keypoints: Float[Tensor, "k 3"], size: tuple[int, int, int]) -> Float[Tensor, "k d h w"]:
    """A Gaussian around every keypoint as a product of one a axis; `size` is depth, height, width."""
    z, y, x = (
        torch.exp(-0.5 / HEAT_VARIANCE * (torch.linspace(-1, 1, n, device=keypoints.device) - at[:, None]).square())
        for n, at in zip(size, keypoints.flip(1).unbind(1), strict=True)
    )
    product = (z[:, :, None] * y[:, None, :])[..., None] * x[:, None, None, :]
    return torch.threshold_(product, SMALLEST_HEAT, 0.0)
