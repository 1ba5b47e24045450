"""Rotations of a frame written out: a tenth of the time that scipy's Rotation takes for a single one."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float


def gaze_turn(yaw_deg: float, pitch_deg: float) -> Float[np.ndarray, "3 3"]:
    """How an eyeball is turned in the head frame: Ry(-yaw) Rx(-pitch), signs as in `types`."""
    yaw, pitch = math.radians(-yaw_deg), math.radians(-pitch_deg)
    cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    return np.array([[cy, sy * sp, sy * cp], [0.0, cp, -sp], [-sy, cy * sp, cy * cp]])


def share_of_turn(turn: Float[np.ndarray, "3 3"], share: float) -> Float[np.ndarray, "3 3"]:
    """The rotation about the same axis by a share of the angle (0-180 degrees)."""
    (a, b, c), (d, e, f), (g, h, i) = turn.tolist()
    # The antisymmetric part is the axis times the sine; near half a turn it vanishes, and the symmetric part has the axis.
    x, y, z = 0.5 * (h - f), 0.5 * (c - g), 0.5 * (d - b)
    sine, cosine = math.sqrt(x * x + y * y + z * z), 0.5 * (a + e + i - 1.0)
    if sine < 1e-6:
        if cosine > 0:
            return np.eye(3)
        column = int(np.argmax([a, e, i]))
        x, y, z = (turn[:, column] + np.eye(3)[column]).tolist()
        length = math.sqrt(x * x + y * y + z * z)
    else:
        length = sine
    x, y, z = x / length, y / length, z / length
    angle = share * math.atan2(sine, cosine)
    s, k = math.sin(angle), 1.0 - math.cos(angle)
    return np.array(
        [
            [1 - k * (y * y + z * z), k * x * y - s * z, k * x * z + s * y],
            [k * x * y + s * z, 1 - k * (x * x + z * z), k * y * z - s * x],
            [k * x * z - s * y, k * y * z + s * x, 1 - k * (x * x + y * y)],
        ]
    )
