"""What remains of a picture that was shown in a palette and turned to grey again: grey in, another grey out, with the errors.

Brightness alone (ITU-R BT.601 or the mean of the channels) bends the scale, and where a palette's brightness falls as it gets
warmer it folds it; a picture in another maker's table read with ours comes out bent or stepped.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float

from thermvision.rng import rng
from thermvision.tasks.training.augment.draws import uniform
from thermvision.tasks.training.augment.smooth_fields import smooth_noise_like
from thermvision.thermal.palette_of_picture import brightness, grey_of_palette
from thermvision.thermal.palettes import PALETTES, palette

OTHER_TABLES = 4  # of other makers, for each palette
OTHER_RGB = 13.0  # how far their colours lie from ours: nine real pictures in a camera's iron lie at 11 to 14
_LUMPS = 6


@lru_cache(maxsize=1)
def curves() -> Float[torch.Tensor, "k 256"]:
    """Grey levels 0-1 that come back for the 256 that were coloured, one row for each way of colouring and reading."""
    rows, stream = [], rng(0, "tables of other makers")
    for name in PALETTES:
        table = palette(name)[None]
        if name in ("white_hot", "black_hot"):
            continue
        rows += [brightness(table)[0] / 255, table[0].mean(axis=1) / 255]
        for _ in range(OTHER_TABLES):
            lumps = stream.normal(0, OTHER_RGB / np.sqrt(3), (_LUMPS, 3))
            at = np.linspace(0, _LUMPS - 1, 256)
            shift = np.stack([np.interp(at, np.arange(_LUMPS), lumps[:, channel]) for channel in range(3)], axis=1)
            other = np.clip(np.rint(table + shift), 0, 255).astype(np.uint8)
            rows.append(grey_of_palette(other, name)[0] / 255)
    return torch.from_numpy(np.stack(rows).astype(np.float32))


def through_palette(x: Float[torch.Tensor, "b 1 h w"], strength: float, stream: torch.Generator) -> torch.Tensor:
    """0..1 in 256 levels, coloured and turned to grey: one of `curves` for each picture, and what coarse colour leaves of blocks."""
    n, last = len(x), 255
    level = (x.clamp(0, 1) * last).round().long().flatten(1)
    bank = curves()
    curve = bank[torch.randint(0, len(bank), (n,), generator=stream)]
    curve = (1 - strength) * torch.linspace(0, 1, last + 1) + strength * curve
    grey = curve.gather(1, level).reshape(x.shape)
    cells = max(2, min(x.shape[-2:]) // 8)
    return (grey + strength * uniform(n, 0, 0.02, stream) * smooth_noise_like(x, cells, stream)).clamp(0, 1)
