"""What the relief shows: in front the picture, freed of the face and the wall; behind what lies along the outline."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_dilation, gaussian_filter, median_filter

from thermvision.portraits.smooth_fill import smooth_fill
from thermvision.portraits.wide_median import wide_median

_BLEED_PX, _RIM_SHARE, _UNLIKE_K, _GAP_SHARE = 1.0, 0.035, 0.5, 0.25
_JAW_SHARE = 0.02  # of the face's height: so far from the face's outline its own pixels may still be seen


def front_picture(
    picture: np.ndarray, behind: np.ndarray, inside: np.ndarray, face: np.ndarray, face_px: float
) -> np.ndarray:
    """The picture beside the face; the face, the wall between strands and what lies outside the person filled from there."""
    margin = max(1, round(_JAW_SHARE * face_px))
    deep = max(4.0, _RIM_SHARE * face_px)
    # Gaps between strands along the outline show the wall, and a turn would stretch them: they come near to the hair's own.
    even = smooth_fill(median_filter(picture, 3), (inside > deep) & (inside < 3 * deep) & ~face)
    most = np.abs(even - behind) * (_GAP_SHARE + np.clip(inside / (3 * deep), 0, 1))
    picture = np.where((inside < 2 * deep) & ~face, np.clip(picture, even - most, even + most), picture)
    shown = (inside > _BLEED_PX) & ~(binary_dilation(face, iterations=margin) & (inside > deep))
    filled = smooth_fill(picture, shown)
    # Under the jaw lies the neck, further back: a rim of the jaw would stay behind on it. Elsewhere the border itself counts.
    jaw = face & ~np.roll(face, -2 * margin, axis=0)
    jaw = binary_dilation(jaw, iterations=margin) & ~face
    return np.where((inside > _BLEED_PX) & ~face & ~jaw, picture, filled).astype(np.float32)


def back_picture(picture: np.ndarray, inside: np.ndarray, face_px: float) -> np.ndarray:
    """What lies along the outline, spread over the back: hair behind hair, cloth behind cloth."""
    deep = max(4.0, _RIM_SHARE * face_px)
    rim = (inside > 1.5 * _BLEED_PX) & (inside < deep)
    even = smooth_fill(picture, rim)
    # Gaps between strands show the wall: the middle of what lies around counts.
    rim &= np.abs(even - wide_median(even, 2 * deep + 5)) < _UNLIKE_K
    return np.asarray(gaussian_filter(smooth_fill(picture, rim), 0.5 * deep), np.float32)
