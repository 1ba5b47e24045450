"""Smoothing of a driver without delay: the Kalman smoother that the original uses, as the one scalar filter that it is."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation


def smooth_values(values: Float[np.ndarray, "f *d"], noise_ratio: float) -> Float[np.ndarray, "f *d"]:
    """Rauch-Tung-Striebel smoother (1965) of a random walk, every number on its own.

    noise_ratio: variance of the tracker's noise over that of the walk's step; 0 changes nothing, 0.03 is the original's
    default (which hardly smooths: gain 0.97), 10 is strong (gain 0.27).
    """
    if len(values) < 2 or noise_ratio <= 0:
        return values
    filtered, ahead = np.empty_like(values, np.float64), np.empty(len(values))
    variance, state, spread = 1e5, values[0], np.empty(len(values))  # the start is known only from the first frame
    for frame, seen in enumerate(values):
        ahead[frame] = variance
        gain = variance / (variance + noise_ratio)
        state = state + gain * (seen - state)
        filtered[frame], spread[frame] = state, (1 - gain) * variance
        variance = spread[frame] + 1.0
    smooth = filtered.copy()
    for frame in range(len(values) - 2, -1, -1):
        smooth[frame] += spread[frame] / ahead[frame + 1] * (smooth[frame + 1] - filtered[frame])
    return smooth.astype(values.dtype)


def smooth_turns(rotations: Float[np.ndarray, "f 3 3"], noise_ratio: float) -> Float[np.ndarray, "f 3 3"]:
    """The same for rotations: numbers of the matrices, then the nearest rotation, which the original leaves out."""
    if len(rotations) < 2 or noise_ratio <= 0:
        return rotations
    return np.asarray(Rotation.from_matrix(smooth_values(rotations, noise_ratio)).as_matrix())
