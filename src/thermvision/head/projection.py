"""The pinhole view of a head: where a point of the camera frame falls in the image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from thermvision.types import CAMERA_LIMITS, InputError


@dataclass(frozen=True, slots=True)
class View:
    """A pinhole camera looking along +z; pixel centres lie at +0.5."""

    width_px: int
    height_px: int
    focal_px: float

    @classmethod
    def from_fov(cls, width_px: int, height_px: int, horizontal_fov_deg: float) -> View:
        """The view of a camera by its horizontal field of view; InputError for sizes and angles that no camera has."""
        for name, value in (
            ("width_px", width_px),
            ("height_px", height_px),
            ("horizontal_fov_deg", horizontal_fov_deg),
        ):
            low, high = CAMERA_LIMITS[name]
            if not low <= value <= high:
                raise InputError(f"{name} is {value:g}; expected {low:g} to {high:g}")
        return cls(width_px, height_px, 0.5 * width_px / float(np.tan(np.radians(horizontal_fov_deg) / 2)))

    def project(self, points_mm: Float32[np.ndarray, "v 3"]) -> Float32[np.ndarray, "v 3"]:
        """Camera-frame points to (x px, y px, 1/depth in 1/mm)."""
        inverse_depth = 1.0 / points_mm[:, 2]
        projected = np.empty_like(points_mm)
        projected[:, 0] = self.focal_px * points_mm[:, 0] * inverse_depth + 0.5 * self.width_px
        projected[:, 1] = self.focal_px * points_mm[:, 1] * inverse_depth + 0.5 * self.height_px
        projected[:, 2] = inverse_depth
        return projected
