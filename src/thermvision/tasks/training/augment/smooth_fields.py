"""Smooth random fields: what drifts over a picture, and the patterns of things."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch.nn import functional


def smooth_noise(
    count: int, size: int, cells: int, stream: torch.Generator
) -> Float[torch.Tensor, "count 1 size size"]:
    """Unit-variance smooth fields with `cells` lumps a side."""
    different = -(-count // 4)  # they are costly: each serves about four pictures, turned and mirrored
    coarse = torch.randn(different, 1, cells, cells, generator=stream)
    fields = functional.interpolate(coarse, size=(size, size), mode="bicubic", align_corners=False)
    fields = torch.cat([fields, -fields.flip(2), fields.flip(3).transpose(2, 3), -fields.transpose(2, 3)])
    return fields[torch.randperm(len(fields), generator=stream)[:count]]


def smooth_noise_like(x: Float[torch.Tensor, "b 1 h w"], cells: int, stream: torch.Generator) -> torch.Tensor:
    """The same at the size of pictures that need not be square."""
    height, width = x.shape[-2:]
    return smooth_noise(len(x), max(height, width), cells, stream)[..., :height, :width]
