"""The picture on a larger square, so that a person whom the frame cuts goes on a little beyond it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from thermvision.head.projection import View

BEYOND = 0.2  # of the longer side, on every side


@dataclass(frozen=True, slots=True)
class Canvas:
    """A square of `side_px` pixels as large as the picture's; the picture's corner lies at (left_px, top_px)."""

    view: View  # of the picture
    side_px: int
    left_px: int
    top_px: int

    @classmethod
    def around(cls, view: View) -> Canvas:
        """The canvas of a picture taken with this view."""
        side = round(max(view.width_px, view.height_px) * (1 + 2 * BEYOND))
        return cls(view, side, (side - view.width_px) // 2, (side - view.height_px) // 2)

    def padded(self, image: np.ndarray) -> np.ndarray:
        """A picture on the canvas, its border repeated."""
        height, width = image.shape
        below, right = self.side_px - height - self.top_px, self.side_px - width - self.left_px
        return np.pad(image, ((self.top_px, below), (self.left_px, right)), mode="edge")

    def project(self, points_mm: Float32[np.ndarray, "v 3"]) -> Float32[np.ndarray, "v 3"]:
        """Camera-frame points to (x px, y px, 1/depth) on the canvas."""
        return self.view.project(points_mm) + np.array([self.left_px, self.top_px, 0], np.float32)

    def ray(self, x_px: Float[np.ndarray, "*n"], y_px: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n 3"]:
        """Camera-frame direction, with z = 1, in which a place of the canvas is seen."""
        x = (x_px - self.left_px - 0.5 * self.view.width_px) / self.view.focal_px
        y = (y_px - self.top_px - 0.5 * self.view.height_px) / self.view.focal_px
        return np.stack([x, y, np.ones_like(x)], axis=-1)
