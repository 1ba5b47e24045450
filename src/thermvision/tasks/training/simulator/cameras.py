"""Which camera and lens take a picture: detectors of 80x60 to 1024x768, upright or on their side."""

from __future__ import annotations

import dataclasses

import numpy as np

from thermvision.thermal.presets import CAMERAS, camera_model, native_size
from thermvision.types import CameraModel

SMALLEST = (80, 60)  # of the oldest small cores
SMALLEST_SHARE, UPRIGHT_SHARE = 0.06, 0.12
PORTRAIT_FOV_DEG, WILD_FOV_DEG = (9.0, 48.0), (24.0, 60.0)
_NAMES = tuple(name for name in sorted(CAMERAS) if native_size(name) is not None)


def draw_camera(wild: bool, longest_px: int, stream: np.random.Generator) -> CameraModel:
    """A camera of the presets with a lens of any field of view; larger detectors than `longest_px` a side are scaled down to it."""
    name = str(stream.choice(_NAMES))
    width, height = native_size(name) or SMALLEST
    if stream.random() < SMALLEST_SHARE:
        width, height = SMALLEST
    scale = min(1.0, longest_px / max(width, height))
    width, height = (4 * max(4, round(scale * side / 4)) for side in (width, height))
    if stream.random() < UPRIGHT_SHARE:
        width, height = height, width
    low, high = WILD_FOV_DEG if wild else PORTRAIT_FOV_DEG
    fov_deg = float(np.exp(stream.uniform(np.log(low), np.log(high))))
    preset = camera_model(name, width, height)
    return dataclasses.replace(preset, width_px=width, height_px=height, horizontal_fov_deg=fov_deg)
