"""What a camera adds to every frame between two shutter events: fixed pattern, rows, columns, bowl and level."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int64

from thermvision.types import CameraModel

_BOWL_CENTRE_SHARE = 0.05  # standard deviation of the bowl's centre, share of the frame's width
GROWTH_UNIT_S = 60.0


def draw_pattern_k(camera: CameraModel, rng: np.random.Generator) -> Float32[np.ndarray, "h w"]:
    """Pattern just after a shutter event, kelvin: pixels, rows, columns, and the radial bowl (mean 0)."""
    height, width = camera.height_px, camera.width_px
    pattern = camera.fixed_pattern_k * rng.standard_normal((height, width), dtype=np.float32)
    pattern += camera.row_noise_k * rng.standard_normal((height, 1), dtype=np.float32)
    pattern += camera.column_noise_k * rng.standard_normal((1, width), dtype=np.float32)
    pattern += np.float32(camera.bowl_k * rng.standard_normal()) * _bowl(width, height, rng)
    return pattern.astype(np.float32)


def draw_growing_k(camera: CameraModel, rng: np.random.Generator) -> Float32[np.ndarray, "h w"]:
    """Pattern that a minute without a shutter event adds, kelvin; times `pattern_growth` at other ages."""
    return np.float32(camera.pattern_growth_k) * rng.standard_normal(
        (camera.height_px, camera.width_px), dtype=np.float32
    )


def pattern_growth(camera: CameraModel, age_s: float) -> float:
    """How much of the growing pattern is there `age_s` seconds (>= 0) after a shutter event: a power of the age."""
    return float((age_s / GROWTH_UNIT_S) ** camera.pattern_growth_power)


def draw_dead_pixels(camera: CameraModel, rng: np.random.Generator) -> Int64[np.ndarray, " n"]:
    """Flat indices of dead pixels, sorted; they belong to the detector and stay."""
    pixels = camera.height_px * camera.width_px
    return np.sort(rng.choice(pixels, round(camera.dead_pixel_share * pixels), replace=False)).astype(np.int64)


def _bowl(width: int, height: int, rng: np.random.Generator) -> Float32[np.ndarray, "h w"]:
    """The square of the distance to a point near the middle: about 1 from the middle to the corners, mean 0."""
    centre = width * _BOWL_CENTRE_SHARE * rng.standard_normal(2)
    x = np.arange(width) + 0.5 - width / 2 - centre[0]
    y = np.arange(height) + 0.5 - height / 2 - centre[1]
    square = (x[None] ** 2 + y[:, None] ** 2) / ((width / 2) ** 2 + (height / 2) ** 2)
    return (square - square.mean()).astype(np.float32)
