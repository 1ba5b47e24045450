"""Polarity and steps of grey."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float

from thermvision.tasks.training.augment.draws import uniform


def inverted(x: Float[torch.Tensor, "b 1 h w"]) -> Float[torch.Tensor, "b 1 h w"]:
    """Grey 0..1 the other way round: black-hot; twice gives the same again."""
    return 1 - x


def in_levels(x: Float[torch.Tensor, "b 1 h w"], least: int, stream: torch.Generator) -> torch.Tensor:
    """Grey 0..1 in `least` to 255 even steps."""
    levels = torch.exp(uniform(len(x), math.log(least), math.log(255), stream)).round()
    return torch.round(x.clamp(0, 1) * levels) / levels
