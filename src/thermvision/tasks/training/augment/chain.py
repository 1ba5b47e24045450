"""Everything that may happen to a picture between the scene and the file, in nature's order."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float

from thermvision.tasks.training.augment.blur import blurred
from thermvision.tasks.training.augment.covering import covered
from thermvision.tasks.training.augment.detector import noisy, striped, uneven
from thermvision.tasks.training.augment.display import in_levels, inverted
from thermvision.tasks.training.augment.draws import chosen, uniform
from thermvision.tasks.training.augment.gain_kinds import detailed, equalised, gamma, windowed
from thermvision.tasks.training.augment.jpeg import jpeg_at
from thermvision.tasks.training.augment.kelvin import recalibrated
from thermvision.tasks.training.augment.palette_grey import through_palette
from thermvision.tasks.training.augment.resolution import through_detector
from thermvision.tasks.training.augment.settings import AugmentSettings
from thermvision.tasks.training.augment.stretch import percentiles

_GROUP = 8  # pictures that share a detector's size
_WAYS = ("bilinear", "nearest", "bicubic")


@dataclass(frozen=True, slots=True)
class Augmented:
    """Pictures as they come out, and what that means for their labels."""

    x: Float[torch.Tensor, "b 1 h w"]
    inverted: Bool[torch.Tensor, " b"]  # black-hot
    covered: Bool[torch.Tensor, "b 1 h w"]  # pixels behind a thing: points there are hidden (covering.hidden_points)


def augment(
    x: Float[torch.Tensor, "b 1 h w"],
    radiometric: Bool[torch.Tensor, " b"],
    settings: AugmentSettings,
    stream: torch.Generator,
) -> Augmented:
    """Pictures in kelvin where radiometric, else in any grey. Out come those that were shown in grey 0..1, the others as read from the detector.

    Strength 0: what went in, bit for bit. No label moves: mirror, turn and cut before. `x` is not changed in place. The range
    differs from picture to picture: `stretch.stretched` comes afterwards.
    """
    if settings.strength == 0:
        return Augmented(x, torch.zeros(len(x), dtype=torch.bool), torch.zeros(x.shape, dtype=torch.bool))
    seen, hidden = observed(x, radiometric, settings, stream)
    black_hot = torch.zeros(len(x), dtype=torch.bool)
    places = chosen(len(x), settings.strength * settings.shown_share, stream)
    if len(places):
        seen[places], black_hot[places] = shown(seen[places], settings, stream)
    return Augmented(seen, black_hot, hidden)


def observed(
    x: Float[torch.Tensor, "b 1 h w"],
    radiometric: Bool[torch.Tensor, " b"],
    settings: AugmentSettings,
    stream: torch.Generator,
) -> tuple[Float[torch.Tensor, "b 1 h w"], Bool[torch.Tensor, "b 1 h w"]]:
    """Calibration, things before the scene, optics, detector; kelvin stays kelvin. And the pixels that are covered."""
    s = settings
    x, hidden = covered(x.clone(), radiometric, s.strength * s.covered_share, stream)
    low, high = percentiles(x, 0.02, 0.98)
    sd = s.strength * torch.where(radiometric[:, None, None, None], s.noise_k, s.noise_of_span * (high - low))
    some = chosen(len(x), s.strength * s.calibration_share, stream)
    some = some[radiometric[some]]
    x[some] = recalibrated(x[some], s.strength, s.level_limit_k, stream)
    some = chosen(len(x), s.strength * s.blur_share, stream)
    if len(some):
        x[some] = blurred(x[some], s.strength * s.blur_px * torch.rand(len(some), generator=stream) ** 2)
    for start in range(0, len(x), _GROUP):
        part = slice(start, start + _GROUP)
        x[part] = _detected(x[part], sd[part], s, stream)
    return x, hidden


def shown(
    x: Float[torch.Tensor, "b 1 h w"], settings: AugmentSettings, stream: torch.Generator
) -> tuple[Float[torch.Tensor, "b 1 h w"], Bool[torch.Tensor, " b"]]:
    """Grey 0..1 as viewers and files show a picture of any range: gain control, polarity, palette, JPEG, steps. And which are black-hot."""
    s = settings
    low, high = percentiles(x, 0.01, 0.99)
    x = (x - low) / (high - low).clamp(min=1e-4)

    def some(share: float, change: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
        places = chosen(len(x), s.strength * share, stream)
        if len(places):
            x[places] = change(x[places])
        return places

    some(s.window_share, lambda part: windowed(part, s.strength, stream))
    some(s.gamma_share, lambda part: gamma(part, s.strength, stream))
    some(s.plateau_share, lambda part: equalised(part, s.strength, stream))
    some(s.detail_share, lambda part: detailed(part, s.strength, stream))
    x = x.clamp(0, 1)
    black_hot = torch.zeros(len(x), dtype=torch.bool)
    black_hot[some(s.inverted_share, inverted)] = True
    some(s.palette_share, lambda part: through_palette(part, s.strength, stream))
    some(s.jpeg_share, lambda part: jpeg_at(part, _jpeg_scale(len(part), s, stream)))
    some(s.levels_share, lambda part: in_levels(part, s.least_levels, stream))
    return x, black_hot


def _detected(x: torch.Tensor, sd: torch.Tensor, s: AugmentSettings, stream: torch.Generator) -> torch.Tensor:
    """A group of pictures through one detector: its noise is as coarse as its pixels."""
    height, width = x.shape[-2:]
    shorter, draws = min(height, width), torch.rand(3, generator=stream)
    share = 1.0
    if float(draws[0]) < s.strength * s.detector_share and s.least_px < shorter:
        share = math.exp(float(draws[1]) * math.log(s.least_px / shorter))

    def noise(small: torch.Tensor) -> torch.Tensor:
        small = noisy(small, sd, s.noise_share, stream)
        return uneven(striped(small, sd, s.stripes_share, stream), sd, s.drift_share, stream)

    way = _WAYS[min(int(draws[2] * 3), 2)]
    return through_detector(x, round(share * height), round(share * width), way, noise)


def _jpeg_scale(count: int, s: AugmentSettings, stream: torch.Generator) -> torch.Tensor:
    """From quality 90 down to the setting's, evenly in the logarithm."""
    best = math.log(0.2)
    return torch.exp(best + s.strength * (math.log(s.jpeg_scale) - best) * uniform(count, 0, 1, stream))
