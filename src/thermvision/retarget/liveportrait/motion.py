"""M, the motion extractor: a face picture -> head pose, scale, translation, canonical keypoints and expression deltas."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

KEYPOINTS, POSE_BINS = 21, 66
DEPTHS, WIDTHS = (3, 3, 9, 3), (96, 192, 384, 768)  # ConvNeXt-V2 tiny
HEADS = {  # outputs in published order, and their lengths
    "pitch": POSE_BINS, "yaw": POSE_BINS, "roll": POSE_BINS, "t": 3, "exp": 3 * KEYPOINTS, "scale": 1, "kp": 3 * KEYPOINTS,
}  # fmt: skip
EPSILON = 1e-6


class ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels of an image."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, eps=EPSILON)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Every pixel normalised by itself."""
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ResponseNorm(nn.Module):
    """Global response normalisation (Woo et al. 2023, ConvNeXt V2): x + gamma * x * share + beta, channels last.

    share = L2 norm over the image, divided by its mean over channels.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1, 1, 1, channels))
        self.beta = nn.Parameter(torch.zeros(1, 1, 1, channels))

    def forward(self, x: Float[Tensor, "n h w c"]) -> Float[Tensor, "n h w c"]:
        """Features of the same shape."""
        norm = torch.linalg.vector_norm(x, dim=(1, 2), keepdim=True)
        return self.gamma * (x * (norm / (norm.mean(-1, keepdim=True) + EPSILON))) + self.beta + x


class ConvNextBlock(nn.Module):
    """Depthwise 7x7 convolution, layer norm, linear to four times the width, GELU, response norm, linear back, residual."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm = nn.LayerNorm(channels, eps=EPSILON)
        self.pwconv1 = nn.Linear(channels, 4 * channels)
        self.grn = ResponseNorm(4 * channels)
        self.pwconv2 = nn.Linear(4 * channels, channels)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Features of the same shape."""
        y = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
        return x + self.pwconv2(self.grn(functional.gelu(self.pwconv1(y)))).permute(0, 3, 1, 2)


class MotionDetector(nn.Module):
    """ConvNeXt-V2 tiny with seven linear heads."""

    def __init__(self) -> None:
        super().__init__()
        stem = nn.Sequential(nn.Conv2d(3, WIDTHS[0], 4, stride=4), ChannelNorm(WIDTHS[0]))
        between = [
            nn.Sequential(ChannelNorm(a), nn.Conv2d(a, b, 2, stride=2))
            for a, b in zip(WIDTHS[:-1], WIDTHS[1:], strict=True)
        ]
        self.downsample_layers = nn.ModuleList([stem, *between])
        self.stages = nn.ModuleList(
            nn.Sequential(*(ConvNextBlock(width) for _ in range(depth)))
            for depth, width in zip(DEPTHS, WIDTHS, strict=True)
        )
        self.norm = nn.LayerNorm(WIDTHS[-1], eps=EPSILON)
        for name, length in HEADS.items():
            self.add_module(f"fc_{name}", nn.Linear(WIDTHS[-1], length))

    def forward(self, image: Float[Tensor, "n 3 h w"]) -> dict[str, Float[Tensor, "n _"]]:
        """Raw outputs of the heads by name."""
        x = image
        for downsample, stage in zip(self.downsample_layers, self.stages, strict=True):
            x = stage(downsample(x))
        x = self.norm(x.mean((2, 3)))
        return {name: self.get_submodule(f"fc_{name}")(x) for name in HEADS}


class MotionExtractor(nn.Module):
    """The detector under the name that the weights file gives it."""

    def __init__(self) -> None:
        super().__init__()
        self.detector = MotionDetector()

    def forward(self, image: Float[Tensor, "n 3 h w"]) -> dict[str, Float[Tensor, "n _"]]:
        """Raw outputs by name: bins of pitch, yaw and roll, and t, exp, scale, kp; RGB 0-1, published size 256x256."""
        return self.detector(image)


def degrees_from_bins(logits: Float[Tensor, "n 66"]) -> Float[Tensor, " n"]:
    """Angle in degrees, -97.5 to 97.5: three times the mean bin under the softmax, less 97.5 (reference 0; as Hopenet)."""
    bins = torch.arange(POSE_BINS, dtype=logits.dtype, device=logits.device)
    return 3 * (logits.softmax(-1) * bins).sum(-1) - 97.5
