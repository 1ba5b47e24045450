"""G, the generator: features of the driven face -> the picture, through spatially adaptive normalisation (SPADE)."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from thermvision.retarget.liveportrait.blocks import SpectralConv2d

CONDITION, HIDDEN = 256, 128  # channels
SLOPE = 0.2
MIDDLE_BLOCKS = 6
EPSILON = 1e-5  # of the instance normalisation


class Spade(nn.Module):
    """Instance normalisation, scaled and shifted place by place by what the condition says (Park et al. 2019)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mlp_shared = nn.Sequential(nn.Conv2d(CONDITION, HIDDEN, 3, padding=1), nn.ReLU())
        self.mlp_gamma = nn.Conv2d(HIDDEN, channels, 3, padding=1)
        self.mlp_beta = nn.Conv2d(HIDDEN, channels, 3, padding=1)

    def forward(self, x: Float[Tensor, "n c h w"], condition: Float[Tensor, "n 256 h0 w0"]) -> Float[Tensor, "n c h w"]:
        """Features of the same shape; the condition is resized to it by nearest neighbour."""
        hidden = self.mlp_shared(functional.interpolate(condition, size=x.shape[2:]))
        return functional.instance_norm(x, eps=EPSILON) * (1 + self.mlp_gamma(hidden)) + self.mlp_beta(hidden)


class SpadeBlock(nn.Module):
    """Residual block of two SPADE-normalised convolutions; a third one carries x across where the channels change."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        middle = min(channels_in, channels_out)
        self.conv_0 = SpectralConv2d(channels_in, middle, 3)
        self.conv_1 = SpectralConv2d(middle, channels_out, 3)
        self.norm_0 = Spade(channels_in)
        self.norm_1 = Spade(middle)
        self.changes = channels_in != channels_out
        if self.changes:
            self.conv_s = SpectralConv2d(channels_in, channels_out, 1, bias=False)
            self.norm_s = Spade(channels_in)

    def forward(self, x: Float[Tensor, "n c h w"], condition: Float[Tensor, "n 256 h0 w0"]) -> Float[Tensor, "n o h w"]:
        """Features of the same height and width."""
        carried = self.conv_s(self.norm_s(x, condition)) if self.changes else x
        y = self.conv_0(functional.leaky_relu(self.norm_0(x, condition), SLOPE))
        return carried + self.conv_1(functional.leaky_relu(self.norm_1(y, condition), SLOPE))


class Generator(nn.Module):
    """Six middle blocks, two of twice the size each, and a convolution whose channels become 2x2 pixels (Guo et al. 2024, 3.1)."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Conv2d(CONDITION, 512, 3, padding=1)
        for i in range(MIDDLE_BLOCKS):
            self.add_module(f"G_middle_{i}", SpadeBlock(512, 512))
        self.up_0 = SpadeBlock(512, 256)
        self.up_1 = SpadeBlock(256, 64)
        self.conv_img = nn.Sequential(nn.Conv2d(64, 12, 3, padding=1), nn.PixelShuffle(2))

    def forward(self, features: Float[Tensor, "n 256 h w"]) -> Float[Tensor, "n 3 h8 w8"]:
        """RGB 0-1 of eight times the height and width; published size 64x64 -> 512x512."""
        x = self.fc(features)
        for i in range(MIDDLE_BLOCKS):
            x = self.get_submodule(f"G_middle_{i}")(x, features)
        x = self.up_0(functional.interpolate(x, scale_factor=2), features)
        x = self.up_1(functional.interpolate(x, scale_factor=2), features)
        return self.conv_img(functional.leaky_relu(x, SLOPE)).sigmoid()
