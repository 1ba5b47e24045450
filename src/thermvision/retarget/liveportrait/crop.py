"""The square around a face that the networks see: placed as LivePortrait places it, from MediaPipe's points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from thermvision.types import InputError

# Lids and corners, not pupils: a look to the side would turn the crop.
_EYES = ((33, 133, 159, 145), (263, 362, 386, 374))
_MOUTH = (61, 291)
# LivePortrait's scale counts from jaw and brows. All 478 points include the forehead, whose extent is 1.2 times that.
_EXTENT = (
    127, 234, 93, 132, 58, 172, 136, 150, 176, 152, 400, 379, 365, 397, 288, 361, 323, 454, 356,
    70, 63, 105, 66, 107, 336, 296, 334, 293, 300,
)  # fmt: skip
SMALLEST_FACE_PX = 24.0  # jaw to brows: below, the networks' input is invented by interpolation


@dataclass(frozen=True, slots=True)
class CropFrame:
    """How a crop lies in its picture: crop = linear @ picture + offset, both in pixels with centres at +0.5."""

    linear: Float[np.ndarray, "2 2"]  # a rotation times a scale
    offset: Float[np.ndarray, " 2"]
    size_px: int  # of the crop, square

    @property
    def scale(self) -> float:
        """Crop pixels in one of the picture."""
        return float(np.sqrt(abs(np.linalg.det(self.linear))))

    def to_crop(self, points_px: Float[np.ndarray, "*n 2"]) -> Float[np.ndarray, "*n 2"]:
        """Points of the picture in the crop."""
        return points_px @ self.linear.T + self.offset

    def to_picture(self, points_px: Float[np.ndarray, "*n 2"]) -> Float[np.ndarray, "*n 2"]:
        """Points of the crop in the picture."""
        return (points_px - self.offset) @ np.linalg.inv(self.linear).T


def crop_around(
    landmarks_px: Float[np.ndarray, "n 2"],
    size_px: int,
    *,
    scale: float,
    shift_right: float = 0.0,
    shift_down: float = -0.125,
    upright: bool = True,
) -> CropFrame:
    """The crop of a face with these points (MediaPipe's 468 or 478, pixels).

    scale: its side over the larger extent of jaw and brows; shifts: of its middle, in sides, along the face's own axes.
    upright: turned so that the eyes lie over the mouth. As the original crops its sources (reference 2.5), but both shifts
    count. InputError for a face that is too small or no face.
    """
    across, down = _axes(landmarks_px)
    points = landmarks_px[list(_EXTENT)]
    along = points @ np.stack([across, down], axis=1)
    low, high = along.min(axis=0), along.max(axis=0)
    face_px = float((high - low).max())
    if not face_px >= SMALLEST_FACE_PX:
        raise InputError(
            f"the face is {face_px:.0f} px from jaw to brows; expected {SMALLEST_FACE_PX:.0f} px or more: give a picture with a larger face"
        )
    side_px = face_px * scale
    middle = (low + high) / 2 + np.array([shift_right, shift_down]) * side_px
    axes = np.stack([across, down]) if upright else np.eye(2)
    linear = axes * (size_px / side_px)
    centre_px = middle @ np.stack([across, down])
    return CropFrame(linear, size_px / 2 - linear @ centre_px, size_px)


def square_around_all(
    landmarks_px: Float[np.ndarray, "f n 2"], size_px: int, *, scale: float, shift_down: float
) -> CropFrame:
    """One level crop for all frames of a driver: the mean of their squares. A crop that follows the face hides its motion."""
    frames = [
        crop_around(points, size_px, scale=scale, shift_down=shift_down, upright=False) for points in landmarks_px
    ]
    sides_px = np.array([size_px / frame.scale for frame in frames])
    centres_px = np.stack([frame.to_picture(np.full(2, size_px / 2)) for frame in frames])
    linear = np.eye(2) * (size_px / sides_px.mean())
    return CropFrame(linear, size_px / 2 - linear @ centres_px.mean(axis=0), size_px)


def _axes(landmarks_px: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors across and down the face in the picture."""
    eyes = np.mean([landmarks_px[list(eye)].mean(axis=0) for eye in _EYES], axis=0)
    down = landmarks_px[list(_MOUTH)].mean(axis=0) - eyes
    length = float(np.linalg.norm(down))
    if not np.isfinite(landmarks_px).all() or length < 1:
        raise InputError(
            "the landmarks do not show a face: eyes and mouth lie on one another or are no numbers; give MediaPipe's 478 points in pixels"
        )
    down = down / length
    return np.array([down[1], -down[0]]), down
