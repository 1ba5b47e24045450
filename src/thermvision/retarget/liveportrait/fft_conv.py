"""7x7x7 convolution through Fourier transforms of image tiles, direct in depth: a seventh of the direct one's arithmetic."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

TRANSFORM_PX = 28  # 28 = 4 * 7 is fast to transform and leaves 22 of 28 pixels usable


class FftConv3d(nn.Module):
    """Convolution kxkxk (k odd) of stride 1 and same zero padding, in float32; relative error about 2e-6."""

    weight: Tensor
    bias: Tensor

    def __init__(self, weight: Float[Tensor, "o c k k k"], bias: Float[Tensor, " o"]) -> None:
        super().__init__()
        self.kernel = weight.shape[2]
        # Correlation is a product with the conjugate.
        spectrum = torch.fft.rfft2(weight.detach().double(), s=(TRANSFORM_PX, TRANSFORM_PX)).conj()
        taps = spectrum.flatten(3).permute(2, 3, 0, 1).to(torch.complex64)
        self.register_buffer("weight", taps.contiguous())  # depth taps, frequencies, o, c
        self.register_buffer("bias", bias.detach().float())

    def forward(self, x: Float[Tensor, "n c d h w"]) -> Float[Tensor, "n o d h w"]:
        """Features of the same size, any height and width."""
        return torch.stack([self._one(volume) for volume in x])

    def _one(self, x: Float[Tensor, "c d h w"]) -> Float[Tensor, "o d h w"]:
        d, h, w = x.shape[1:]
        step, border = TRANSFORM_PX - self.kernel + 1, self.kernel // 2
        rows, columns = -(-h // step), -(-w // step)
        right, bottom = columns * step + border - w, rows * step + border - h
        x = functional.pad(x, (border, right, border, bottom, border, border))
        tiles = x.unfold(2, TRANSFORM_PX, step).unfold(3, TRANSFORM_PX, step)
        spectrum = torch.fft.rfft2(tiles).flatten(4).flatten(0, 3).t().contiguous().unflatten(1, (len(tiles), -1))
        count = rows * columns
        product = torch.bmm(self.weight[0], spectrum[:, :, : d * count])
        for tap in range(1, self.kernel):
            product.baddbmm_(self.weight[tap], spectrum[:, :, tap * count : (tap + d) * count])
        spectrum = product.permute(1, 2, 0).unflatten(2, (TRANSFORM_PX, -1))
        result = torch.fft.irfft2(spectrum, s=(TRANSFORM_PX, TRANSFORM_PX))[..., :step, :step]
        image = result.unflatten(1, (d, rows, columns)).permute(0, 1, 2, 4, 3, 5).flatten(4).flatten(2, 3)
        return image[..., :h, :w] + self.bias.view(-1, 1, 1, 1)
