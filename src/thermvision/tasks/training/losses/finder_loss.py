"""What the finder is asked for: a peak in each face's middle, and the box about it."""

from __future__ import annotations

import torch
from jaxtyping import Float32
from torch import Tensor


def finder_losses(
    maps: Float32[Tensor, "b 5 h w"],
    heat: Float32[Tensor, "b h w"],
    boxes: Float32[Tensor, "b 4 h w"],
    near: Float32[Tensor, "b h w"],
) -> dict[str, Tensor]:
    """Named losses: penalty-reduced focal loss (Zhou et al. 2019) and distances of boxes.

    heat: 0-1, -1 where nothing counts; boxes as in the finder's maps, and `near`, how much they count.
    """
    logit = maps[:, 0]
    share = torch.sigmoid(logit).clamp(1e-4, 1 - 1e-4)
    peak = (heat >= 0.999).float()
    found = -torch.log(share) * (1 - share) ** 2 * peak
    nothing = -torch.log(1 - share) * share**2 * (1 - heat.clamp(min=0)) ** 4 * (1 - peak) * (heat >= 0)
    count = peak.sum().clamp(min=1)
    weight = torch.tensor([1.0, 1.0, 1.5, 1.5], device=maps.device)
    off = (maps[:, 1:] - boxes).abs() * weight[None, :, None, None]
    scale = torch.exp(-boxes[:, 2:].mean(dim=1, keepdim=True)).clamp(0.1, 2)  # a pixel counts less for a large face
    off[:, :2] *= scale
    return {
        "heat": (found.sum() + nothing.sum()) / count,
        "box": (off.sum(dim=1) * near).sum() / near.sum().clamp(min=1),
    }
