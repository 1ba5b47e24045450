"""The gain controls of thermal viewers on grey 0-1: linear windows, plateau equalisation, detail enhancement.

They do to batches what `thermvision.thermal.agc` does to the frames of a clip, without its memory.
"""

from __future__ import annotations

import torch
from jaxtyping import Float

from thermvision.tasks.training.augment.draws import chance, uniform
from thermvision.tasks.training.augment.stretch import percentiles
from thermvision.tasks.training.networks.layers import around

BINS = 128


def windowed(x: Float[torch.Tensor, "b 1 h w"], strength: float, stream: torch.Generator) -> torch.Tensor:
    """Linear between two temperatures, saturated outside: set by the whole frame, or by its middle as cameras do for faces.

    strength 0-1: how much of both ends may saturate, up to 35 % below and 25 % above.
    """
    n, (height, width) = len(x), x.shape[-2:]
    low, high = percentiles(
        x, strength * torch.rand(n, generator=stream) ** 2 * 0.35, 1 - strength * torch.rand(n, generator=stream) ** 3 * 0.25
    )  # fmt: skip
    face = percentiles(x[:, :, height // 4 : height - height // 4, width // 4 : width - width // 4], 0.06, 0.99)
    by_face = chance(n, 0.4 * strength, stream)
    spare = uniform(n, -0.05, 0.5, stream) * (face[1] - face[0])
    low, high = torch.where(by_face, face[0] - spare, low), torch.where(by_face, face[1] + 0.5 * spare, high)
    return ((x - low) / (high - low).clamp(min=1e-4)).clamp(0, 1)


def gamma(x: Float[torch.Tensor, "b 1 h w"], strength: float, stream: torch.Generator) -> torch.Tensor:
    """0..1 with a power between 0.4 and 2.5."""
    return x.clamp(0, 1) ** torch.exp(strength * uniform(len(x), -0.9, 0.9, stream))


def equalised(x: Float[torch.Tensor, "b 1 h w"], strength: float, stream: torch.Generator) -> torch.Tensor:
    """Plateau equalisation (Silverman 1987): greys go where the pixels are, no bin counting more than 1 to 6 mean bins.

    Monotone: a warmer pixel is never darker. At least 1 - strength of a linear view is blended in.
    """
    n = len(x)
    flat = x.clamp(0, 1).flatten(1)
    place = flat * BINS
    bins = place.long().clamp(max=BINS - 1)
    count = torch.zeros(n, BINS).scatter_add_(1, bins, torch.ones_like(flat))
    plateau = uniform(n, 1.0, 6.0, stream).reshape(n, 1)
    steps = torch.minimum(count, plateau * flat.shape[1] / BINS)
    linear = 1 - strength * uniform(n, 0.4, 1.0, stream).reshape(n, 1)
    steps = (1 - linear) * steps / steps.sum(dim=1, keepdim=True) + linear / BINS
    curve = torch.cat([torch.zeros(n, 1), steps.cumsum(dim=1)], dim=1)
    below, step = curve.gather(1, bins), steps.gather(1, bins)
    return (below + (place - bins) * step).reshape(x.shape).clamp(0, 1)


def detailed(x: Float[torch.Tensor, "b 1 h w"], strength: float, stream: torch.Generator) -> torch.Tensor:
    """Detail enhancement: a guided filter (He, Sun & Tang 2010) splits the picture at its edges; detail gets up to 3.5 times the gain.

    The base may be flattened to a tenth, as slow local gain controls do.
    """
    n = len(x)
    radius = int(torch.randint(2, 14, (1,), generator=stream))
    edge = uniform(n, 0.03, 0.5, stream)  # of the picture's span: small ones keep edges without halo
    mean = around(x, radius)
    variance = (around(x * x, radius) - mean * mean).clamp(min=0)
    slope = variance / (variance + edge**2)
    base = around(slope, radius) * x + around((1 - slope) * mean, radius)
    gain = 1 + strength * uniform(n, 0, 2.5, stream)
    keep = 1 - strength * uniform(n, 0, 0.9, stream) * chance(n, 0.5, stream)
    return (0.5 + keep * (base - 0.5) + gain * (x - base)).clamp(-0.25, 1.25)
