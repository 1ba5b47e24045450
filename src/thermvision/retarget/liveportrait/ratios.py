"""How far eyes and lips are open, in the units that LivePortrait's retargeting networks were trained with."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

# MediaPipe's points: upper and lower lid, outer and inner corner; image left first. Inner lips and corners of the mouth.
_LIDS = ((159, 145, 33, 133), (386, 374, 263, 362))
_LIPS = (13, 14, 61, 291)
# The networks know ratios of a 203-point model that may not be used here. On 633 frames of five people whose ratios are
# published the two agree to 0.019 (eyes, r 0.98) and 0.010 (lips, r 0.99) after these straight lines (reference 2.4).
_EYE_SLOPE, _EYE_OFFSET = 1.19, -0.035
_LIP_SLOPE, _LIP_OFFSET = 0.89, 0.004
HIGHEST = 0.8


def eye_ratios(landmarks: Float[np.ndarray, "*f n 2"]) -> Float[np.ndarray, "*f 2"]:
    """Opening of the eye at image left and of that at image right, 0 to 0.8, from MediaPipe's 468 or 478 points."""
    ratios = np.stack([_ratio(landmarks, lid) for lid in _LIDS], axis=-1)
    return np.clip(_EYE_SLOPE * ratios + _EYE_OFFSET, 0, HIGHEST)


def lip_ratio(landmarks: Float[np.ndarray, "*f n 2"]) -> Float[np.ndarray, "*f"]:
    """Opening of the lips, 0 to 0.8, from MediaPipe's 468 or 478 points."""
    return np.clip(_LIP_SLOPE * _ratio(landmarks, _LIPS) + _LIP_OFFSET, 0, HIGHEST)


def _ratio(landmarks: np.ndarray, points: tuple[int, int, int, int]) -> np.ndarray:
    up, down, one, other = (landmarks[..., point, :] for point in points)
    return np.asarray(np.linalg.norm(up - down, axis=-1) / (np.linalg.norm(one - other, axis=-1) + 1e-6))
