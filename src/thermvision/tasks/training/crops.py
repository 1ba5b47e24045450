"""Faces cut out for the networks: where the crop lies, how it is turned, and the pixels in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from thermvision.faces.reading import ROOM, rotation
from thermvision.faces.sampling import resampled

CROP_PX = 128
ROOM_LANDMARKS = ROOM  # side of a crop over the longer side of the face box


@dataclass(frozen=True, slots=True)
class Window:
    """A crop: its middle, and the ways from it to its right and lower side (columns), px of the picture."""

    middle_px: Float[np.ndarray, " 2"]
    axes_px: Float[np.ndarray, "2 2"]

    def pixels(self, picture: Float32[np.ndarray, "h w"], size_px: int = CROP_PX) -> Float32[np.ndarray, "s s"]:
        """The crop; beyond the picture its border goes on."""
        return resampled(picture, self.middle_px, self.axes_px, size_px, size_px)

    def inside(self, points_px: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "n 2"]:
        """Points in crop units: -1 and 1 are its sides."""
        return (points_px - self.middle_px) @ np.linalg.inv(self.axes_px).T


def window_about(box_xyxy_px: Float[np.ndarray, " 4"], room: float, turn_deg: float = 0.0) -> Window:
    """The square crop about a box that lies in a frame turned by `turn_deg`."""
    side = 0.5 * room * float(max(box_xyxy_px[2] - box_xyxy_px[0], box_xyxy_px[3] - box_xyxy_px[1], 1.0))
    frame = rotation(turn_deg)
    return Window(frame @ (0.5 * (box_xyxy_px[:2] + box_xyxy_px[2:])), frame * side)


def jittered(
    window: Window, stream: np.random.Generator, *, shift: float, size: float, aspect: float = 0.035
) -> Window:
    """The window as another detector would have put it: deviations of its middle (of its side), of its size and shape (of their logarithms)."""
    side = 2 * float(np.linalg.norm(window.axes_px[:, 0]))
    frame = window.axes_px / (0.5 * side)
    middle = window.middle_px + frame @ (side * shift * stream.standard_normal(2))
    wide = np.exp(aspect * stream.standard_normal())
    return Window(middle, window.axes_px * np.exp(size * stream.standard_normal()) * np.array([wide, 1 / wide]))
