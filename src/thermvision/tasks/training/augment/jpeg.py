"""JPEG damage: blocks of 8x8 px whose cosine coefficients are rounded."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch.nn import functional

from thermvision.tasks.training.augment.draws import uniform

_COSINES = torch.tensor(
    [
        [math.sqrt((1 if k == 0 else 2) / 8) * math.cos(math.pi * k * (2 * i + 1) / 16) for i in range(8)]
        for k in range(8)
    ]
)
_STEPS = torch.tensor(  # luminance, ISO/IEC 10918-1 annex K
    [[16, 11, 10, 16, 24, 40, 51, 61], [12, 12, 14, 19, 26, 58, 60, 55], [14, 13, 16, 24, 40, 57, 69, 56],
     [14, 17, 22, 29, 51, 87, 80, 62], [18, 22, 37, 56, 68, 109, 103, 77], [24, 35, 55, 64, 81, 104, 113, 92],
     [49, 64, 78, 87, 103, 121, 120, 101], [72, 92, 95, 98, 112, 100, 103, 99]], dtype=torch.float32)  # fmt: skip


def rounded_blocks(x: Float[torch.Tensor, "b 1 h w"], scale: Float[torch.Tensor, "b 1 1 1"]) -> torch.Tensor:
    """Pictures 0..1, sides multiples of 8, with the standard's luminance table times `scale` (0.2: quality 90, 3.3: quality 15)."""
    n, _, h, w = x.shape
    blocks = (x * 255).reshape(n, h // 8, 8, w // 8, 8).transpose(2, 3)
    steps = _STEPS * scale[:, :, None]
    blocks = _COSINES @ blocks @ _COSINES.T
    blocks = torch.round(blocks / steps) * steps
    return (_COSINES.T @ blocks @ _COSINES).transpose(2, 3).reshape(n, 1, h, w) / 255


def like_jpeg(x: Float[torch.Tensor, "b 1 h w"], stream: torch.Generator) -> torch.Tensor:
    """0..1 pictures, sides multiples of 8, at a quality of about 15 to 90."""
    return rounded_blocks(x, torch.exp(uniform(len(x), math.log(0.2), math.log(3.3), stream)))


def jpeg_at(x: Float[torch.Tensor, "b 1 h w"], scale: Float[torch.Tensor, "b 1 1 1"]) -> torch.Tensor:
    """0..1 pictures of any size, the border repeated up to whole blocks; result cut to 0..1, as files hold it."""
    height, width = x.shape[-2:]
    filled = functional.pad(x, [0, -width % 8, 0, -height % 8], mode="replicate")
    shift = 128 / 255  # as files have it; the shipped recipe does without
    return (rounded_blocks(filled.clamp(0, 1) - shift, scale) + shift)[..., :height, :width].clamp(0, 1)
