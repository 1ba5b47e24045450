"""Fast twin of G: spectral norms folded, the condition's convolutions before upsampling, Winograd for all others.

SPADE's scale, shift and activation are applied strip by strip as gamma and beta come out of their convolution, so those two, the
largest tensors of the network, are never held whole.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from thermvision.retarget.liveportrait.fast_blocks import DirectConv
from thermvision.retarget.liveportrait.folding import Folded, fold_spectral_norm
from thermvision.retarget.liveportrait.generator import (
    EPSILON,
    HIDDEN,
    MIDDLE_BLOCKS,
    SLOPE,
    Generator,
    Spade,
    SpadeBlock,
)
from thermvision.retarget.liveportrait.upsampled_conv import UpsampledConv
from thermvision.retarget.liveportrait.winograd import WinogradConv

Strip = tuple[slice, Float[Tensor, "c rows w"]]


class FastSpade(nn.Module):
    """Gamma and beta as one convolution, the 1 of 1 + gamma in its bias."""

    def __init__(self, plain: Spade, dtype: torch.dtype) -> None:
        super().__init__()
        gamma, beta = plain.mlp_gamma, plain.mlp_beta
        self.scale_shift = WinogradConv(
            torch.cat((gamma.weight, beta.weight)), torch.cat((gamma.bias + 1, beta.bias)), dtype=dtype
        )

    def strips(self, normed: Float[Tensor, "c h0 w0"], hidden: Float[Tensor, "128 h w"]) -> Iterator[Strip]:
        """One image scaled and shifted, in strips of rows; where it is smaller than `hidden` it is upsampled on the way."""
        factor = hidden.shape[1] // normed.shape[1]
        for rows, both in self.scale_shift.strips(hidden):
            scale, shift = both.chunk(2)
            if factor == 1:
                yield rows, torch.addcmul(shift, normed[:, rows], scale)
            else:
                small = normed[:, rows.start // factor : rows.stop // factor, None, :, None]
                scale, shift = (t.unflatten(2, (-1, factor)).unflatten(1, (-1, factor)) for t in (scale, shift))
                yield rows, torch.addcmul(shift, small, scale).flatten(3).flatten(1, 2)

    def forward(
        self, normed: Float[Tensor, "n c h0 w0"], hidden: Float[Tensor, "n 128 h w"]
    ) -> Float[Tensor, "n c h w"]:
        """Scaled and shifted, then leaky ReLU."""
        out = normed.new_empty(*normed.shape[:2], *hidden.shape[2:])
        for target, x, condition in zip(out, normed, hidden, strict=True):
            for rows, strip in self.strips(x, condition):
                target[:, rows] = functional.leaky_relu_(strip, SLOPE)
        return out


class FastSpadeBlock(nn.Module):
    """Twin of SpadeBlock with the upsampling before it by `upsampled` (1 or 2); the condition is smaller by `factor` (1, 2 or 4)."""

    carry: Tensor

    def __init__(self, plain: SpadeBlock, factor: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.upsampled = min(factor, 2)
        spades = [plain.norm_0, plain.norm_1, *([plain.norm_s] if plain.changes else [])]
        weight = torch.cat([spade.mlp_shared[0].weight for spade in spades])
        bias = torch.cat([spade.mlp_shared[0].bias for spade in spades])
        if factor == 1:
            self.shared: nn.Module = WinogradConv(weight, bias, slope=0.0, dtype=dtype)
        else:
            self.shared = UpsampledConv(weight, bias, factor, dtype=dtype)
        self.norm_0, self.norm_1 = FastSpade(plain.norm_0, dtype), FastSpade(plain.norm_1, dtype)
        self.conv_0 = WinogradConv(*fold_spectral_norm(plain.conv_0), dtype=dtype)
        self.conv_1 = WinogradConv(*fold_spectral_norm(plain.conv_1), dtype=dtype)
        self.changes = plain.changes
        if self.changes:
            self.norm_s = FastSpade(plain.norm_s, dtype)
            self.register_buffer("carry", fold_spectral_norm(plain.conv_s).weight[:, :, 0, 0])

    def forward(
        self, x: Float[Tensor, "n c h w"], condition: Float[Tensor, "n 256 h0 w0"]
    ) -> Float[Tensor, "n o h2 w2"]:
        """Features of the same or twice the height and width."""
        hidden = self.shared(condition).split(HIDDEN, 1)
        normed = functional.instance_norm(x, eps=EPSILON)  # upsampling leaves mean and variance as they are
        y = self.conv_0(self.norm_0(normed, hidden[0]))
        y = self.conv_1(self.norm_1(functional.instance_norm(y, eps=EPSILON), hidden[1]))
        if not self.changes:
            return y.add_(x)
        for target, image, of_image in zip(y, normed, hidden[2], strict=True):
            for rows, strip in self.norm_s.strips(image, of_image):
                target[:, rows] += (self.carry @ strip.flatten(1)).view(-1, *strip.shape[1:])
        return y


class FastGenerator(nn.Module):
    """Built from the plain network, whose weights it does not keep."""

    def __init__(self, plain: Generator, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.fc = WinogradConv(plain.fc.weight, plain.fc.bias, dtype=dtype)
        middle = [plain.get_submodule(f"G_middle_{i}") for i in range(MIDDLE_BLOCKS)]
        factors = [1] * MIDDLE_BLOCKS + [2, 4]
        self.blocks = nn.ModuleList(
            FastSpadeBlock(block, factor, dtype)
            for block, factor in zip((*middle, plain.up_0, plain.up_1), factors, strict=True)
        )
        self.conv_img = DirectConv(Folded(plain.conv_img[0].weight, plain.conv_img[0].bias), dtype=dtype)

    def forward(self, features: Float[Tensor, "n 256 h w"]) -> Float[Tensor, "n 3 h8 w8"]:
        """As Generator."""
        x = self.fc(features)
        for block in self.blocks:
            x = block(x, features)
        return functional.pixel_shuffle(self.conv_img(functional.leaky_relu_(x, SLOPE)), 2).sigmoid_()
