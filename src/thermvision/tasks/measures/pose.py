"""Errors of head pose: the angle between two rotations, and of each displayed angle."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from thermvision.motion.euler import rotation_from_euler_deg


def rotations(angles_deg: Float[np.ndarray, "i 3"]) -> Float[np.ndarray, "i 3 3"]:
    """camera_from_head of (yaw, pitch, roll) in degrees, signs as in `types`."""
    return np.stack([rotation_from_euler_deg(*angles) for angles in angles_deg.tolist()] or [np.eye(3)])[
        : len(angles_deg)
    ]


def geodesic_deg(one: Float[np.ndarray, "i 3 3"], other: Float[np.ndarray, "i 3 3"]) -> Float[np.ndarray, " i"]:
    """Angle of the one rotation that leads from one pose to the other, 0-180 degrees (Huynh 2009, metric 6).

    From the chord, |R1 - R2| = 2 sqrt(2) sin(angle / 2), which unlike the trace stays exact for small angles.
    """
    chord = np.linalg.norm(one - other, axis=(1, 2)) / (2 * np.sqrt(2))
    return np.degrees(2 * np.arcsin(np.clip(chord, 0, 1)))


def angle_errors_deg(found_deg: Float[np.ndarray, "i 3"], true_deg: Float[np.ndarray, "i 3"]) -> dict[str, np.ndarray]:
    """Absolute errors of `yaw`, `pitch`, `roll` (the short way round) and of the whole `pose` (geodesic), degrees, each (i,)."""
    short = np.abs((found_deg - true_deg + 180) % 360 - 180)
    missing = np.isnan(found_deg).any(axis=1)
    whole = np.full(len(found_deg), np.nan)
    whole[~missing] = geodesic_deg(rotations(found_deg[~missing]), rotations(true_deg[~missing]))
    return {"yaw": short[:, 0], "pitch": short[:, 1], "roll": short[:, 2], "pose": whole}
