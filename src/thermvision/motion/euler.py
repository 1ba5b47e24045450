"""Rotation matrices as the angles people read, in the convention of `types`: Rz(roll) Ry(-yaw) Rx(-pitch)."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def rotation_from_euler_deg(yaw_deg: float, pitch_deg: float, roll_deg: float) -> Float[np.ndarray, "3 3"]:
    """camera_from_head of a head that turns to image right (yaw), up (pitch) and tilts clockwise on the screen (roll)."""
    # Written out: scipy's rotations take longer to be imported than the angles of a whole data set.
    (cr, cy, cp), (sr, sy, sp) = (of(np.radians([roll_deg, -yaw_deg, -pitch_deg])) for of in (np.cos, np.sin))
    return np.array(
        [
            [cr * cy, cr * sy * sp - sr * cp, cr * sy * cp + sr * sp],
            [sr * cy, sr * sy * sp + cr * cp, sr * sy * cp - cr * sp],
            [-sy, cy * sp, cy * cp],
        ]
    )


def euler_deg(camera_from_head: Float[np.ndarray, "*f 3 3"]) -> Float[np.ndarray, "*f 3"]:
    """(yaw, pitch, roll) in degrees, yaw within +-90; the inverse of `rotation_from_euler_deg`."""
    m = np.asarray(camera_from_head, np.float64)
    turn = np.arctan2(-m[..., 2, 0], np.hypot(m[..., 0, 0], m[..., 1, 0]))
    nod, roll = np.arctan2(m[..., 2, 1], m[..., 2, 2]), np.arctan2(m[..., 1, 0], m[..., 0, 0])
    return np.degrees(np.stack([-turn, -nod, roll], axis=-1))
