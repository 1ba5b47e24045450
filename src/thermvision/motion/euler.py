"""Rotation matrices as the angles people read, in the convention of `types`: Rz(roll) Ry(-yaw) Rx(-pitch)."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation


def rotation_from_euler_deg(yaw_deg: float, pitch_deg: float, roll_deg: float) -> Float[np.ndarray, "3 3"]:
    """camera_from_head of a head that turns to image right (yaw), up (pitch) and tilts clockwise on the screen (roll)."""
    return Rotation.from_euler("ZYX", [roll_deg, -yaw_deg, -pitch_deg], degrees=True).as_matrix()


def euler_deg(camera_from_head: Float[np.ndarray, "*f 3 3"]) -> Float[np.ndarray, "*f 3"]:
    """(yaw, pitch, roll) in degrees, yaw within +-90; the inverse of `rotation_from_euler_deg`."""
    with np.errstate(invalid="ignore"):
        roll, turn, nod = np.moveaxis(Rotation.from_matrix(camera_from_head).as_euler("ZYX", degrees=True), -1, 0)
    return np.stack([-turn, -nod, roll], axis=-1)
