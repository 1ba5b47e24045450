"""What a detector adds: noise of single pixels, stripes of rows and columns, slow unevenness."""

from __future__ import annotations

import torch
from jaxtyping import Float

from thermvision.tasks.training.augment.draws import chance, normal, uniform
from thermvision.tasks.training.augment.smooth_fields import smooth_noise_like

STRIPES, DRIFT = (
    0.5,
    1.5,
)  # standard deviations over that of single pixels; data sheets' cameras have 0.1 to 0.6 and up to 4


def noisy(
    x: Float[torch.Tensor, "b 1 h w"], sd: Float[torch.Tensor, "b 1 1 1"], share: float, stream: torch.Generator
) -> torch.Tensor:
    """White noise; `sd` in the pictures' units is the largest, small ones are likelier."""
    size = sd * uniform(len(x), 0, 1, stream) ** 3 * chance(len(x), share, stream)
    return x + size * torch.randn(x.shape, generator=stream)


def striped(
    x: Float[torch.Tensor, "b 1 h w"], sd: Float[torch.Tensor, "b 1 1 1"], share: float, stream: torch.Generator
) -> torch.Tensor:
    """Columns, and less often rows, each with an offset of its own."""
    n, _, height, width = x.shape
    columns = STRIPES * sd * normal(n, 1.0, stream) * chance(n, share, stream)
    rows = STRIPES * sd * normal(n, 0.7, stream) * chance(n, 0.7 * share, stream)
    x = x + columns * torch.randn(n, 1, 1, width, generator=stream)
    return x + rows * torch.randn(n, 1, height, 1, generator=stream)


def uneven(
    x: Float[torch.Tensor, "b 1 h w"], sd: Float[torch.Tensor, "b 1 1 1"], share: float, stream: torch.Generator
) -> torch.Tensor:
    """Vignetting, narcissus, a detector that warms up: a field of three lumps a side."""
    size = DRIFT * sd * normal(len(x), 1.0, stream) * chance(len(x), share, stream)
    return x + size * smooth_noise_like(x, 3, stream)
