"""The recipe that the shipped networks were trained with: gain controls, both polarities, noise, stripes, blur, few pixels, JPEG.

The order of the random draws is part of it: the same generator gives the same pictures as when the weights were made.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Bool, Float

from thermvision.tasks.training.augment.blur import blurred
from thermvision.tasks.training.augment.draws import chance, normal, uniform
from thermvision.tasks.training.augment.jpeg import like_jpeg
from thermvision.tasks.training.augment.resolution import fewer_pixels
from thermvision.tasks.training.augment.smooth_fields import smooth_noise
from thermvision.tasks.training.augment.stretch import percentiles
from thermvision.tasks.training.networks.layers import around


def gain_control(x: Float[torch.Tensor, "b 1 h w"], stream: torch.Generator) -> torch.Tensor:
    """0..1 in, about 0..1 out: windows that saturate, gammas, equalised histograms, local contrast."""
    n = len(x)
    kind = torch.rand(n, generator=stream)
    low, high = percentiles(
        x, torch.rand(n, generator=stream) ** 2 * 0.35, 1 - torch.rand(n, generator=stream) ** 3 * 0.25
    )
    quarter = x.shape[-1] // 4
    face = percentiles(
        x[:, :, quarter:-quarter, quarter:-quarter], 0.06, 0.99
    )  # cameras that set their range by the face
    by_face = chance(n, 0.4, stream)
    spare = uniform(n, -0.05, 0.5, stream) * (face[1] - face[0])
    low, high = torch.where(by_face, face[0] - spare, low), torch.where(by_face, face[1] + 0.5 * spare, high)
    window = ((x - low) / (high - low).clamp(min=1e-4)).clamp(0, 1)
    x = torch.where(chance(n, 0.6, stream), window, x)
    x = torch.where(chance(n, 0.5, stream), x.clamp(0, 1) ** torch.exp(uniform(n, -0.9, 0.9, stream)), x)
    for k in torch.nonzero(kind < 0.22).flatten().tolist():
        sample = x[k, 0, ::3, ::3].flatten().sort().values.contiguous()
        rank = torch.searchsorted(sample, x[k].contiguous()).float() / len(sample)
        share = 0.4 + 0.6 * float(torch.rand(1, generator=stream))
        x[k] = share * rank + (1 - share) * x[k]
    chosen = torch.nonzero((kind >= 0.22) & (kind < 0.5)).flatten()
    if len(chosen):
        radius = int(torch.randint(3, 14, (1,), generator=stream))
        part = x[chosen]
        mean = around(part, radius)
        gain, keep = uniform(len(part), 1.0, 3.5, stream), uniform(len(part), 0.1, 1.0, stream)
        x[chosen] = mean * keep + gain * (part - mean) + 0.5 * (1 - keep)
    return x


def through_camera(
    x: Float[torch.Tensor, "b 1 s s"], stream: torch.Generator, least_px: int
) -> tuple[Float[torch.Tensor, "b 1 s s"], Bool[torch.Tensor, " b"]]:
    """Ideal square pictures in any range as cameras show them, and which are inverted; `least_px`: of the fewest pixels a side.

    The range of values means nothing: `stretch.stretched` comes afterwards.
    """
    n, size = len(x), x.shape[-1]
    low, high = percentiles(x, 0.01, 0.99)
    x = (x - low) / (high - low).clamp(min=1e-4)
    sigma = torch.rand(n, generator=stream) ** 2 * 2.2 * (torch.rand(n, generator=stream) < 0.7) + 0.3
    x = blurred(x, sigma)
    clean = x + uniform(n, 0, 0.02, stream) * torch.randn(x.shape, generator=stream)  # as a good camera shows them
    early = uniform(n, 0, 1, stream) ** 3 * 0.06
    x = x + early * torch.randn(x.shape, generator=stream)
    x = torch.where(
        chance(n, 0.3, stream), x + normal(n, 0.03, stream) * torch.randn(n, 1, 1, size, generator=stream), x
    )
    x = torch.where(
        chance(n, 0.2, stream), x + normal(n, 0.02, stream) * torch.randn(n, 1, size, 1, generator=stream), x
    )
    x = torch.where(chance(n, 0.3, stream), x + normal(n, 0.08, stream) * smooth_noise(n, size, 3, stream), x)
    x = gain_control(x, stream)
    for start in range(0, n, 8):
        if float(torch.rand(1, generator=stream)) < 0.5:
            x[start : start + 8] = fewer_pixels(x[start : start + 8], least_px, stream)
    late = uniform(n, 0, 1, stream) ** 4 * 0.08
    x = x + late * torch.randn(x.shape, generator=stream)
    compressed = torch.nonzero(torch.rand(n, generator=stream) < 0.25).flatten()
    if len(compressed):
        x[compressed] = like_jpeg(x[compressed].clamp(0, 1), stream)
    levels = torch.exp(uniform(n, math.log(12), math.log(255), stream))
    x = torch.where(chance(n, 0.3, stream), torch.round(x.clamp(0, 1) * levels) / levels, x)
    x = torch.where(chance(n, 0.25, stream), clean, x)
    inverted = torch.rand(n, generator=stream) < 0.3
    return torch.where(inverted[:, None, None, None], -x, x), inverted
