"""Pictures as one of many cameras would show them, stretched as the networks take them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float32
from torch import Tensor

from thermvision.tasks.training.augment.chain import augment
from thermvision.tasks.training.augment.settings import AugmentSettings
from thermvision.tasks.training.augment.stretch import stretched

LEAST_CROP_PX, LEAST_WINDOW_PX = 16, 64  # of the fewest pixels that a side of a face crop or of a whole picture had


@dataclass(frozen=True, slots=True)
class Filmed:
    """A batch as the network takes it."""

    x: Float32[Tensor, "b 1 h w"]  # -1..1
    inverted: Bool[Tensor, " b"]  # black-hot
    covered: Bool[Tensor, "b 1 h w"]  # behind a thing


def filmed(
    pictures: Float32[np.ndarray, "b h w"],
    radiometric: Bool[np.ndarray, " b"],
    stream: torch.Generator,
    *,
    least_px: int,
    strength: float = 1.0,
) -> Filmed:
    """Kelvin or grey through `augment`: temperatures get a calibration, a gain and an offset, never colours. strength: 0-1; 0 only stretches."""
    x = torch.from_numpy(np.ascontiguousarray(pictures))[:, None]
    settings = AugmentSettings(strength=strength, least_px=least_px)
    told = augment(x, torch.from_numpy(radiometric), settings, stream)
    return Filmed(stretched(told.x), told.inverted, told.covered)
