"""Fast twin of G: spectral norms folded, the condition's convolutions before upsampling, Winograd for all others.

SPADE's scale, shift and activation are applied strip by strip as gamma and beta come out of their convolution, so those two, the
largest tensors of the network, are never held whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
from thermvision.retarget.liveportrait.planes import (
    PLANES,
    PlanesConv,
    image_of,
    planes_of,
    upsampled_conv_planes,
    upsampled_quarters,
)
from thermvision.retarget.liveportrait.upsampled_conv import UpsampledConv

Strip = tuple[slice, Float[Tensor, "16 c count columns"]]


class FastSpade(nn.Module):
    """Gamma and beta as one convolution, the 1 of 1 + gamma in its bias."""

    def __init__(self, plain: Spade, dtype: torch.dtype) -> None:
        super().__init__()
        gamma, beta = plain.mlp_gamma, plain.mlp_beta
        self.scale_shift = PlanesConv(
            torch.cat((gamma.weight, beta.weight)), torch.cat((gamma.bias + 1, beta.bias)), dtype=dtype
        )

    def strips(
        self, normed: Float[Tensor, "2 2 2 2 c rows columns"], hidden: Sequence[Float[Tensor, "128 rows columns"]]
    ) -> Iterator[Strip]:
        """The image scaled and shifted, in rows of tiles; a plane's number in twos, so that equal planes may be held once."""
        for rows, both in self.scale_shift.strips(hidden):
            scale, shift = both.unflatten(0, (2, 2, 2, 2)).chunk(2, 4)
            yield rows, torch.addcmul(shift, normed[..., rows, :], scale).flatten(0, 3)

    def forward(
        self, normed: Float[Tensor, "2 2 2 2 c rows columns"], hidden: Sequence[Float[Tensor, "128 rows columns"]]
    ) -> list[Float[Tensor, "c rows columns"]]:
        """Scaled and shifted, then leaky ReLU."""
        # Plane by plane: memory of one large tensor would come fresh from the system each time, which costs more than filling it.
        out = [normed.new_empty(normed.shape[4:]) for _ in range(PLANES)]
        for rows, strip in self.strips(normed, hidden):
            for target, part in zip(out, functional.leaky_relu_(strip, SLOPE), strict=True):
                target[:, rows] = part
        return out


class FastSpadeBlock(nn.Module):
    """Twin of SpadeBlock with the upsampling before it; the condition is smaller than its result by `factor` (1, 2 or 4)."""

    carry: Tensor

    def __init__(self, plain: SpadeBlock, factor: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.upsamples = factor > 1
        spades = [plain.norm_0, plain.norm_1, *([plain.norm_s] if plain.changes else [])]
        weight = torch.cat([spade.mlp_shared[0].weight for spade in spades])
        bias = torch.cat([spade.mlp_shared[0].bias for spade in spades])
        if self.upsamples:
            self.shared: nn.Module = UpsampledConv(weight, bias, factor, dtype=dtype)
        else:
            self.shared = PlanesConv(weight, bias, dtype=dtype)
        self.norm_0, self.norm_1 = FastSpade(plain.norm_0, dtype), FastSpade(plain.norm_1, dtype)
        self.conv_0 = PlanesConv(*fold_spectral_norm(plain.conv_0), dtype=dtype)
        self.conv_1 = PlanesConv(*fold_spectral_norm(plain.conv_1), dtype=dtype)
        self.changes = plain.changes
        if self.changes:
            self.norm_s = FastSpade(plain.norm_s, dtype)
            self.register_buffer("carry", fold_spectral_norm(plain.conv_s).weight[:, :, 0, 0])

    def forward(
        self, x: Float[Tensor, "16 c rows columns"], condition: Float[Tensor, "16 256 rows0 columns0"]
    ) -> Float[Tensor, "16 o rows2 columns2"]:
        """Features of the same or twice the height and width."""
        hidden = self._hidden(condition)
        normed = instance_norm(x)  # upsampling leaves mean and variance as they are
        if self.upsamples:
            normed = upsampled_quarters(normed)[:, None, :, None].expand(2, 2, 2, 2, -1, -1, -1)
        else:
            normed = normed.unflatten(0, (2, 2, 2, 2))
        y = self.conv_0(self.norm_0(normed, hidden[0]))
        y = self.conv_1(self.norm_1(instance_norm(y).unflatten(0, (2, 2, 2, 2)), hidden[1]))
        if not self.changes:
            return y.add_(x)
        for rows, strip in self.norm_s.strips(normed, hidden[2]):
            y[:, :, rows] += (self.carry @ strip.flatten(2)).unflatten(2, strip.shape[2:])
        return y

    def _hidden(
        self, condition: Float[Tensor, "16 256 rows0 columns0"]
    ) -> list[list[Float[Tensor, "128 rows columns"]]]:
        """What each norm of this block makes of the condition, as planes."""
        if self.upsamples:
            planes = upsampled_conv_planes(self.shared, image_of(condition))
        else:
            planes = list(self.shared(condition).relu_())
        return [list(parts) for parts in zip(*(plane.split(HIDDEN) for plane in planes), strict=True)]


class FastGenerator(nn.Module):
    """Built from the plain network, whose weights it does not keep."""

    def __init__(self, plain: Generator, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.fc = PlanesConv(plain.fc.weight, plain.fc.bias, dtype=dtype)
        middle = [plain.get_submodule(f"G_middle_{i}") for i in range(MIDDLE_BLOCKS)]
        factors = [1] * MIDDLE_BLOCKS + [2, 4]
        self.blocks = nn.ModuleList(
            FastSpadeBlock(block, factor, dtype)
            for block, factor in zip((*middle, plain.up_0, plain.up_1), factors, strict=True)
        )
        self.conv_img = DirectConv(Folded(plain.conv_img[0].weight, plain.conv_img[0].bias), dtype=dtype)

    def forward(self, features: Float[Tensor, "n 256 h w"]) -> Float[Tensor, "n 3 h8 w8"]:
        """As Generator, for heights and widths that are multiples of 4."""
        return torch.stack([self._one(sample) for sample in features])  # one by one: a batch would only miss the cache

    def _one(self, features: Float[Tensor, "256 h w"]) -> Float[Tensor, "3 h8 w8"]:
        condition = planes_of(features)
        x = self.fc(condition)
        for block in self.blocks:
            x = block(x, condition)
        image = self.conv_img(image_of(functional.leaky_relu_(x, SLOPE))[None])
        return functional.pixel_shuffle(image, 2)[0].sigmoid_()


def instance_norm(planes: Float[Tensor, "16 c rows columns"]) -> Float[Tensor, "16 c rows columns"]:
    """Every channel with mean 0 and variance 1 over the image."""
    count = planes[:, 0].numel()
    centred = planes - planes.flatten(2).sum(2).sum(0).div_(count)[:, None, None]
    variance = torch.linalg.vector_norm(centred.flatten(2), dim=2).square_().sum(0).div_(count)
    return centred.mul_((variance + EPSILON).rsqrt_()[:, None, None])
