"""Pictures as one of many cameras would show them, stretched as the networks take them."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float32
from torch import Tensor

from thermvision.tasks.training.augment.recipe import through_camera
from thermvision.tasks.training.augment.stretch import stretched


def filmed(
    pictures: Float32[np.ndarray, "b s s"], stream: torch.Generator, least_px: int
) -> tuple[Float32[Tensor, "b 1 s s"], Bool[Tensor, " b"]]:
    """Kelvin or grey to -1..1, and which became inverted: temperatures get a gain and an offset, never another colour."""
    x = torch.from_numpy(np.ascontiguousarray(pictures))[:, None]
    x = x - x.mean(dim=(2, 3), keepdim=True)
    x, inverted = through_camera(x, stream, least_px)
    return stretched(x), inverted
