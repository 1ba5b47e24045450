"""Smoothing of tracked motion without delay, and without shaving blinks."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32
from scipy.ndimage import gaussian_filter1d
from scipy.signal import savgol_filter
from scipy.spatial.transform import Rotation

from thermvision.motion.arkit import ARKIT_NAMES

ROTATION_SIGMA_S, POSITION_SIGMA_S = 0.05, 0.06
_WINDOW_FRAMES, _ORDER = 5, 2
_BLINKS = [i for i, name in enumerate(ARKIT_NAMES) if name.startswith("eyeBlink")]


def smooth_rotations(rotations: Float[np.ndarray, "f 3 3"], rate_hz: float) -> Float[np.ndarray, "f 3 3"]:
    """Gaussian mean of neighbouring rotations: matrices are averaged and put back on SO(3)."""
    if len(rotations) < 3:
        return rotations
    mean = gaussian_filter1d(rotations, ROTATION_SIGMA_S * rate_hz, axis=0, mode="nearest")
    return Rotation.from_matrix(mean).as_matrix()


def smooth_positions(position_mm: Float[np.ndarray, "f 3"], rate_hz: float) -> Float[np.ndarray, "f 3"]:
    """Gaussian smoothing of positions."""
    if len(position_mm) < 3:
        return position_mm
    return gaussian_filter1d(position_mm, POSITION_SIGMA_S * rate_hz, axis=0, mode="nearest")


def smooth_coefficients(arkit: Float32[np.ndarray, "f 52"]) -> Float32[np.ndarray, "f 52"]:
    """Savitzky-Golay over 5 frames for all coefficients but the blinks, which stay as they are; clipped to 0-1."""
    if len(arkit) < _WINDOW_FRAMES:
        return arkit
    smooth = savgol_filter(arkit, _WINDOW_FRAMES, _ORDER, axis=0)
    smooth[:, _BLINKS] = arkit[:, _BLINKS]
    return np.clip(smooth, 0, 1).astype(np.float32)
