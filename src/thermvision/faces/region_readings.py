"""Temperatures of the face's regions as a picture shows them, read at landmarks."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Float32

# A place of skin is the middle of MediaPipe's points; right and left are the subject's, so right is image left.
_PLACES: dict[str, tuple[int, ...]] = {
    "forehead_centre": (151,), "forehead_top": (10, 151), "forehead_bottom": (151, 9), "glabella": (9,),
    "forehead_right": (69, 104), "forehead_left": (299, 333),
    "temple_right": (139, 71), "temple_left": (368, 301),
    "inner_canthus_right": (133, 243), "inner_canthus_left": (362, 463),
    "outer_canthus_right": (33, 130), "outer_canthus_left": (263, 359),
    "upper_eyelid_right": (27, 223), "upper_eyelid_left": (257, 443),
    "nose_bridge": (6, 197), "nose_tip": (4, 1), "nostril_right": (64, 98), "nostril_left": (294, 327),
    "cheek_right": (50, 205), "cheek_left": (280, 425),
    "upper_lip": (164,), "lip_upper": (0, 13), "lip_lower": (14, 17), "chin": (199, 175),
    "jaw_right": (172, 138), "jaw_left": (397, 367),
}  # fmt: skip
REGION_NAMES = tuple(_PLACES)
_FINE = ("inner_canthus_right", "inner_canthus_left", "lip_upper", "lip_lower")
_RADIUS_SHARE, _FINE_SHARE = 0.06, 0.025  # of the distance between the outer corners of the eyes
_OUTER_CORNERS = (33, 263)


def read_regions(
    temperature_k: Float32[np.ndarray, "h w"],
    landmarks_px: Float[np.ndarray, "478 2"],
    seen: Bool[np.ndarray, " 478"],
) -> dict[str, float]:
    """Median temperature (K) in a small disc at each region that is in the picture and faces the camera; others are left out.

    A disc is 6 % of the distance between the outer eye corners wide, 2.5 % at canthi and lips. What the picture shows: hair or
    glasses over a region are read too.
    """
    span_px = float(np.linalg.norm(landmarks_px[_OUTER_CORNERS[0]] - landmarks_px[_OUTER_CORNERS[1]]))
    readings = {}
    for name, points in _PLACES.items():
        place = landmarks_px[list(points)].mean(axis=0)
        inside = (place >= 0).all() and place[0] < temperature_k.shape[1] and place[1] < temperature_k.shape[0]
        if inside and seen[list(points)].all():
            share = _FINE_SHARE if name in _FINE else _RADIUS_SHARE
            readings[name] = _median_k(temperature_k, place, max(0.71, share * span_px))
    return readings


def _median_k(temperature_k: np.ndarray, place_px: np.ndarray, radius_px: float) -> float:
    x, y = place_px
    rows = np.arange(max(0, int(y - radius_px)), min(temperature_k.shape[0], int(y + radius_px) + 1))
    columns = np.arange(max(0, int(x - radius_px)), min(temperature_k.shape[1], int(x + radius_px) + 1))
    away = (rows[:, None] + 0.5 - y) ** 2 + (columns[None] + 0.5 - x) ** 2
    patch = temperature_k[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return float(np.median(patch[away <= max(radius_px**2, float(away.min()))]))
