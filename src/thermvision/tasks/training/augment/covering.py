"""Warm and cold things before a scene: hands, cups, phones, posts; which pixels they hide."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float

from thermvision.tasks.training.augment.draws import chance, normal, uniform
from thermvision.tasks.training.augment.smooth_fields import smooth_noise_like
from thermvision.tasks.training.augment.stretch import percentiles

WARM_K, HOT_K, THING_K = (
    (299.0, 309.0),
    (310.0, 335.0),
    (253.0, 345.0),
)  # hands; cups, lamps; nothing is outside of the last
MOST_THINGS = 3


def covered(
    x: Float[torch.Tensor, "b 1 h w"], radiometric: Bool[torch.Tensor, " b"], share: float, stream: torch.Generator
) -> tuple[Float[torch.Tensor, "b 1 h w"], Bool[torch.Tensor, "b 1 h w"]]:
    """Up to three things before about `share` of the pictures, and the pixels they cover.

    A thing is an ellipse or a rounded box, turned, 3 to 40 % of a side in radius. Before a picture in kelvin it is as cold as the
    room or as warm as a hand or a cup; before one in grey anywhere in the picture's span.
    """
    n, (height, width) = len(x), x.shape[-2:]
    mask = torch.zeros(x.shape, dtype=torch.bool)
    y, across = torch.meshgrid(_axis(height), _axis(width), indexing="ij")
    low, middle, high = percentiles(x, 0.1, 0.5, 0.98)
    span = (high - low).clamp(min=1e-3)
    some = chance(n, share, stream)
    for _ in range(MOST_THINGS):
        place, half = uniform(2 * n, -0.9, 0.9, stream).reshape(n, 2), torch.rand(n, 2, generator=stream)
        half = 0.06 * torch.exp(1.9 * half)
        angle = torch.rand(n, 1, 1, generator=stream) * torch.pi
        dx, dy = across - place[:, :1, None], y - place[:, 1:, None]
        u = (torch.cos(angle) * dx + torch.sin(angle) * dy) / half[:, :1, None]
        v = (torch.cos(angle) * dy - torch.sin(angle) * dx) / half[:, 1:, None]
        power = torch.where(torch.rand(n, 1, 1, generator=stream) < 0.5, 2.0, 12.0)
        form = ((u.abs() ** power + v.abs() ** power) < 1)[:, None] & some & chance(n, 0.5, stream)
        cold_k = low + normal(n, 2.0, stream)
        warm_k = torch.where(chance(n, 0.7, stream), uniform(n, *WARM_K, stream), uniform(n, *HOT_K, stream))
        level_k = torch.where(chance(n, 0.5, stream), cold_k, warm_k)
        pattern = uniform(n, 0, 1, stream) * smooth_noise_like(x, 8, stream)
        thing_k = (level_k + 1.5 * pattern).clamp(*THING_K)
        thing = middle + span * (uniform(n, -0.7, 0.7, stream) + 0.15 * pattern)
        x = torch.where(form, torch.where(radiometric[:, None, None, None], thing_k, thing), x)
        mask = mask | form
    return x, mask


def hidden_points(
    mask: Bool[torch.Tensor, "b 1 h w"], points_px: Float[torch.Tensor, "b n 2"]
) -> Bool[torch.Tensor, "b n"]:
    """Whether the pixel under each point (x, y) is covered; not for points outside the picture or NaN."""
    height, width = mask.shape[-2:]
    place = points_px.nan_to_num(-1e6)
    inside = ((place >= 0) & (place < torch.tensor([width, height]))).all(-1)
    column, row = (place[..., 0].clamp(0, width - 1).long(), place[..., 1].clamp(0, height - 1).long())
    return mask[:, 0].flatten(1).gather(1, row * width + column) & inside


def _axis(count: int) -> torch.Tensor:
    return (torch.arange(count) + 0.5) / count * 2 - 1
