"""What is said of a picture and of each face on it, before any format."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from thermvision.faces.find import FoundFace

SEEN = 0.5  # visibility from which on a landmark counts as seen


@dataclass(frozen=True, slots=True)
class LandmarkPoints:
    """One landmark set of a face."""

    places_px: Float32[np.ndarray, "n 2"]
    sd_px: Float32[np.ndarray, " n"]  # standard deviation of x and of y that the network expects
    visible: Float32[np.ndarray, " n"]  # 0-1


@dataclass(frozen=True, slots=True)
class FaceRow:
    """One face. More that is told of a face later is a further field with a default."""

    found: FoundFace
    landmarks: dict[str, LandmarkPoints]  # sets 5, 54, 68, 70, 478
    black_hot: bool
    regions_k: dict[str, float]  # temperatures read at the skin; empty where the picture holds none
    track_id: int | None = None  # None: not asked for
    male_probability: float | None = None  # 0-1; None: not asked for, or the face is too small or turned too far


@dataclass(frozen=True, slots=True)
class PictureRow:
    """One picture or frame."""

    image_id: int  # from 1, in the order of the inputs, those that cannot be read counted too
    file_name: str  # frames of videos and clips: NAME#000012
    frame: int | None
    time_s: float | None
    width_px: int
    height_px: int
    kelvin: bool
    temperature_source: str
    palette: str
    warnings: tuple[str, ...]
    faces: tuple[FaceRow, ...]
