"""Values stretched by robust percentiles, as the networks take them: unit, gain and offset mean nothing afterwards."""

from __future__ import annotations

import torch
from jaxtyping import Float

STRIDE, LOW, HIGH = 4, 0.02, 0.98  # of the sample and its percentiles, as thermvision.faces.sampling has them


def percentiles(
    x: Float[torch.Tensor, "b 1 h w"], *shares: float | Float[torch.Tensor, " b"]
) -> list[Float[torch.Tensor, "b 1 1 1"]]:
    """Values below which a share (0-1, one for all or one for each) of each picture's sampled pixels lies."""
    sample = x[:, 0, STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE].flatten(1).sort(dim=1).values
    last = sample.shape[1] - 1
    found = []
    for share in shares:
        place = torch.as_tensor(share, dtype=torch.float32).reshape(-1).expand(len(x)) * last
        low = place.floor().long().clamp(0, last)
        high, part = (low + 1).clamp(max=last), place - place.floor()
        value = sample.gather(1, low[:, None]) * (1 - part[:, None]) + sample.gather(1, high[:, None]) * part[:, None]
        found.append(value[:, :, None, None])
    return found


def stretched(x: Float[torch.Tensor, "b 1 h w"]) -> Float[torch.Tensor, "b 1 h w"]:
    """-1 and 1 at two robust percentiles, cut at -1.5 and 1.5: what `thermvision.faces.sampling.stretched` does to one picture."""
    low, high = percentiles(x, LOW, HIGH)
    return ((x - low) / (high - low).clamp(min=1e-6)).clamp(-0.25, 1.25) * 2 - 1
