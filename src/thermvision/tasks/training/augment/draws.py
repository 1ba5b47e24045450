"""One random number for each picture of a batch, shaped (b, 1, 1, 1) so that it meets the pictures."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float


def chance(count: int, share: float, stream: torch.Generator) -> Bool[torch.Tensor, "b 1 1 1"]:
    """True for about this share of the pictures."""
    return torch.rand(count, 1, 1, 1, generator=stream) < share


def uniform(count: int, low: float, high: float, stream: torch.Generator) -> Float[torch.Tensor, "b 1 1 1"]:
    """Between low and high, each value as likely."""
    return low + (high - low) * torch.rand(count, 1, 1, 1, generator=stream)


def normal(count: int, sd: float, stream: torch.Generator) -> Float[torch.Tensor, "b 1 1 1"]:
    """About zero with this standard deviation."""
    return sd * torch.randn(count, 1, 1, 1, generator=stream)


def chosen(count: int, share: float, stream: torch.Generator) -> torch.Tensor:
    """Places (k,) int64 of about this share of the pictures, in order; none for a share of 0."""
    return torch.nonzero(torch.rand(count, generator=stream) < share).flatten()
