"""Fast twin of M: channels last throughout, so that norms and linear layers read memory in order."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from thermvision.retarget.liveportrait.motion import EPSILON, HEADS, ConvNextBlock, MotionExtractor


class FastConvNextBlock(nn.Module):
    """Twin of ConvNextBlock; the response norm becomes one factor a channel, its beta goes into the last layer's bias."""

    bias: Tensor
    gamma: Tensor

    def __init__(self, block: ConvNextBlock) -> None:
        super().__init__()
        self.dwconv = block.dwconv.to(memory_format=torch.channels_last)
        self.norm, self.pwconv1 = block.norm, block.pwconv1
        self.weight = block.pwconv2.weight
        beta = block.grn.beta.detach().flatten().double()
        bias = block.pwconv2.bias.detach().double() + block.pwconv2.weight.detach().double() @ beta
        self.register_buffer("bias", bias.float())
        self.register_buffer("gamma", block.grn.gamma.detach())

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Features of the same shape, in channels-last memory."""
        y = functional.gelu(self.pwconv1(self.norm(self.dwconv(x).permute(0, 2, 3, 1))))
        norm = torch.linalg.vector_norm(y, dim=(1, 2), keepdim=True)
        y.mul_(torch.addcmul(torch.ones_like(norm), self.gamma, norm / (norm.mean(-1, keepdim=True) + EPSILON)))
        return functional.linear(y, self.weight, self.bias).permute(0, 3, 1, 2) + x


class FastMotionExtractor(nn.Module):
    """Built from a copy of the plain network's layers; always float32, for poses and expressions are read from it."""

    def __init__(self, plain: MotionExtractor) -> None:
        super().__init__()
        detector = plain.detector
        self.downsample_layers = detector.downsample_layers.to(memory_format=torch.channels_last)
        self.stages = nn.ModuleList(nn.Sequential(*map(FastConvNextBlock, stage)) for stage in detector.stages)
        self.norm = detector.norm
        self.heads = nn.ModuleDict({name: detector.get_submodule(f"fc_{name}") for name in HEADS})

    def forward(self, image: Float[Tensor, "n 3 h w"]) -> dict[str, Float[Tensor, "n _"]]:
        """As MotionExtractor."""
        x = image.contiguous(memory_format=torch.channels_last)
        for downsample, stage in zip(self.downsample_layers, self.stages, strict=True):
            x = stage(downsample(x))
        x = self.norm(x.mean((2, 3)))
        return {name: head(x) for name, head in self.heads.items()}
