"""The picture on a larger square, so that a person whom the frame cuts goes on a little beyond it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from scipy.ndimage import gaussian_filter1d

from thermvision.head.projection import View

BEYOND = 0.2  # of the longer side, on every side
SPREAD = 0.3  # px for each px beyond the border


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

    def continued(self, image: np.ndarray, shown: np.ndarray) -> np.ndarray:
        """A picture on the canvas; what its border has `shown` goes on and loses detail, so that no stripes are seen."""
        height, width = image.shape
        whole = self.padded(image).astype(np.float32)
        shown = self.padded(shown)
        for axis, first, length in ((0, self.top_px, height), (1, self.left_px, width)):
            lines, sure = np.moveaxis(whole, axis, 0), np.moveaxis(shown, axis, 0)
            for border, step in ((first, -1), (first + length - 1, 1)):
                lines[border + step] = _only(lines[border], sure[border])
                for place in range(border + 2 * step, self.side_px if step > 0 else -1, step):
                    sigma = SPREAD * np.sqrt(
                        2 * abs(place - border) - 1
                    )  # on top of the line before: SPREAD for each px
                    lines[place] = gaussian_filter1d(lines[place - step], sigma, mode="nearest")
        return whole

    def project(self, points_mm: Float32[np.ndarray, "v 3"]) -> Float32[np.ndarray, "v 3"]:
        """Camera-frame points to (x px, y px, 1/depth) on the canvas."""
        return self.view.project(points_mm) + np.array([self.left_px, self.top_px, 0], np.float32)

    def ray(self, x_px: Float[np.ndarray, "*n"], y_px: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n 3"]:
        """Camera-frame direction, with z = 1, in which a place of the canvas is seen."""
        x = (x_px - self.left_px - 0.5 * self.view.width_px) / self.view.focal_px
        y = (y_px - self.top_px - 0.5 * self.view.height_px) / self.view.focal_px
        return np.stack([x, y, np.ones_like(x)], axis=-1)


def _only(line: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """A line of a picture, what is not shown filled from what is."""
    place = np.flatnonzero(shown)
    return np.interp(np.arange(len(line)), place, line[place]) if len(place) else line
