"""Convolution blocks that several of the networks share; attribute names are those of the published weights."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional


class ConvBlock2d(nn.Module):
    """3x3 convolution, batch normalisation, leaky ReLU of the given slope (0: ReLU), optionally averaged over 2x2."""

    def __init__(self, channels_in: int, channels_out: int, *, slope: float = 0.0, pooled: bool = False) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels_in, channels_out, 3, padding=1)
        self.norm = nn.BatchNorm2d(channels_out)
        self.slope, self.pooled = slope, pooled

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n o h2 w2"]:
        """Features of the block."""
        x = functional.leaky_relu(self.norm(self.conv(x)), self.slope)
        return functional.avg_pool2d(x, 2) if self.pooled else x


class DownBlock3d(nn.Module):
    """3x3x3 convolution, batch normalisation, ReLU, averaged over 2x2 in height and width only."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(channels_in, channels_out, 3, padding=1)
        self.norm = nn.BatchNorm3d(channels_out)

    def forward(self, x: Float[Tensor, "n c d h w"]) -> Float[Tensor, "n o d h2 w2"]:
        """Features of half the height and width."""
        return functional.avg_pool3d(functional.relu(self.norm(self.conv(x))), (1, 2, 2))


class UpBlock3d(nn.Module):
    """Nearest upsampling by 2 in height and width only, 3x3x3 convolution, batch normalisation, ReLU."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(channels_in, channels_out, 3, padding=1)
        self.norm = nn.BatchNorm3d(channels_out)

    def forward(self, x: Float[Tensor, "n c d h w"]) -> Float[Tensor, "n o d h2 w2"]:
        """Features of twice the height and width."""
        return functional.relu(self.norm(self.conv(functional.interpolate(x, scale_factor=(1, 2, 2)))))


class ResidualBlock3d(nn.Module):
    """Pre-activation residual block: x + conv(relu(norm(conv(relu(norm(x))))))."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv3d(channels, channels, 3, padding=1)
        self.norm1 = nn.BatchNorm3d(channels)
        self.norm2 = nn.BatchNorm3d(channels)

    def forward(self, x: Float[Tensor, "n c d h w"]) -> Float[Tensor, "n c d h w"]:
        """Features of the same shape."""
        y = self.conv1(functional.relu(self.norm1(x)))
        return x + self.conv2(functional.relu(self.norm2(y)))


class SpectralConv2d(nn.Module):
    """Convolution with spectral normalisation as the weights files state it: weight_orig, weight_u and weight_v.

    The effective weight is weight_orig / sigma with sigma = u . (W v), W = weight_orig as a matrix (Miyato et al. 2018).
    """

    weight_u: Tensor
    weight_v: Tensor

    def __init__(self, channels_in: int, channels_out: int, kernel_px: int, *, bias: bool = True) -> None:
        super().__init__()
        plain = nn.Conv2d(channels_in, channels_out, kernel_px)
        self.weight_orig = plain.weight
        self.bias = nn.Parameter(torch.zeros(channels_out)) if bias else None
        self.register_buffer("weight_u", functional.normalize(torch.randn(channels_out), dim=0))
        self.register_buffer("weight_v", functional.normalize(torch.randn(channels_in * kernel_px**2), dim=0))
        self.padding = kernel_px // 2

    def folded_weight(self) -> Float[Tensor, "o c k k"]:
        """The weight that the convolution uses."""
        # No matrix product: autocast would round it.
        sigma = (self.weight_u * (self.weight_orig.flatten(1) * self.weight_v).sum(1)).sum()
        return self.weight_orig / sigma

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n o h w"]:
        """Features of the same height and width."""
        return functional.conv2d(x, self.folded_weight(), self.bias, padding=self.padding)
