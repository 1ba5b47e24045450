"""Fast twins of the blocks: normalisation folded, every convolution in the form that has the least arithmetic."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from thermvision.retarget.liveportrait.blocks import ConvBlock2d, DownBlock3d, ResidualBlock3d, UpBlock3d
from thermvision.retarget.liveportrait.folding import Folded, batch_norm_line, fold_batch_norm
from thermvision.retarget.liveportrait.upsampled_conv import UpsampledConv
from thermvision.retarget.liveportrait.winograd import WinogradConv

# Below this height and width at the published size, Winograd's larger weights cost more to read than they save.
WINOGRAD_LEAST_PX = 16


class DirectConv(nn.Module):
    """The library's own convolution with same zero padding and leaky ReLU (`slope` None: none); products in `dtype`, result float32."""

    weight: Tensor
    bias: Tensor

    def __init__(self, folded: Folded, *, slope: float | None = None, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.register_buffer("weight", folded.weight.detach().to(dtype))
        self.register_buffer("bias", folded.bias.detach().to(dtype))
        self.slope = slope
        self.convolve = functional.conv3d if folded.weight.ndim == 5 else functional.conv2d

    def forward(self, x: Float[Tensor, "n c *dhw"]) -> Float[Tensor, "n o *dhw"]:
        """Features of the same size."""
        x = self.convolve(x.to(self.weight.dtype), self.weight, self.bias, padding=self.weight.shape[-1] // 2).float()
        return x if self.slope is None else functional.leaky_relu_(x, self.slope)


def fast_conv(
    folded: Folded, size_px: int, *, slope: float | None = None, dtype: torch.dtype = torch.float32
) -> WinogradConv | DirectConv:
    """The faster form of a 3x3 or 3x3x3 convolution whose images are `size_px` wide at the published size."""
    if size_px >= WINOGRAD_LEAST_PX:
        return WinogradConv(folded.weight, folded.bias, slope=slope, dtype=dtype)
    return DirectConv(folded, slope=slope, dtype=dtype)


class FastConvBlock2d(nn.Module):
    """Twin of ConvBlock2d."""

    def __init__(self, block: ConvBlock2d, dtype: torch.dtype) -> None:
        super().__init__()
        folded = fold_batch_norm(block.conv, block.norm)
        few = folded.weight.shape[1] < WINOGRAD_LEAST_PX  # channels: the transforms would cost more than they save
        make = DirectConv(folded, slope=block.slope, dtype=dtype) if few else None
        self.conv = make or WinogradConv(folded.weight, folded.bias, slope=block.slope, dtype=dtype)
        self.pooled = block.pooled

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n o h2 w2"]:
        """Features of the block."""
        x = self.conv(x)
        return functional.avg_pool2d(x, 2) if self.pooled else x


class FastDownBlock3d(nn.Module):
    """Twin of DownBlock3d."""

    def __init__(self, block: DownBlock3d, size_px: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.conv = fast_conv(fold_batch_norm(block.conv, block.norm), size_px, slope=0.0, dtype=dtype)

    def forward(self, x: Float[Tensor, "n c d h w"]) -> Float[Tensor, "n o d h2 w2"]:
        """Features of half the height and width."""
        return functional.avg_pool3d(self.conv(x), (1, 2, 2))


class FastUpBlock3d(nn.Module):
    """Twin of UpBlock3d; small images are convolved before they are upsampled."""

    def __init__(self, block: UpBlock3d, size_px: int, dtype: torch.dtype) -> None:
        super().__init__()
        folded = fold_batch_norm(block.conv, block.norm)
        self.upsample_first = size_px >= WINOGRAD_LEAST_PX
        if self.upsample_first:
            self.conv: nn.Module = WinogradConv(folded.weight, folded.bias, slope=0.0, dtype=dtype)
        else:
            self.conv = UpsampledConv(folded.weight, folded.bias, 2, dtype=dtype)

    def forward(self, x: Float[Tensor, "n c d h w"]) -> Float[Tensor, "n o d h2 w2"]:
        """Features of twice the height and width."""
        return self.conv(functional.interpolate(x, scale_factor=(1, 2, 2)) if self.upsample_first else x)


class FastResidualBlock3d(nn.Module):
    """Twin of ResidualBlock3d; its first norm stands before a convolution and stays a line, its second one is folded."""

    factor: Tensor
    offset: Tensor

    def __init__(self, block: ResidualBlock3d, dtype: torch.dtype) -> None:
        super().__init__()
        line = batch_norm_line(block.norm1)
        self.register_buffer("factor", line.weight.view(-1, 1, 1, 1))
        self.register_buffer("offset", line.bias.view(-1, 1, 1, 1))
        folded = fold_batch_norm(block.conv1, block.norm2)
        self.conv1 = WinogradConv(folded.weight, folded.bias, slope=0.0, dtype=dtype)
        self.conv2 = WinogradConv(block.conv2.weight, block.conv2.bias, dtype=dtype)

    def forward(self, x: Float[Tensor, "n c d h w"]) -> Float[Tensor, "n c d h w"]:
        """Features of the same shape."""
        y = torch.addcmul(self.offset, x, self.factor).relu_()
        return self.conv2(self.conv1(y)).add_(x)
