"""Head rotation against the line of sight, which is what a face looks like, and against the camera, which is what it is.

A face that moves sideways without turning shows its cheek. Trackers undo this with the focal length they assume; a subject
filmed with another lens must do it anew with its own, or the effect counts twice.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation


STRAIGHT_AHEAD = np.array([0.0, 0.0, 1.0])


def against_line_of_sight(
    camera_from_head: Float[np.ndarray, "f 3 3"], head_position_mm: Float[np.ndarray, "f 3"]
) -> Float[np.ndarray, "f 3 3"]:
    """Rotations as a camera that turns to keep the head in the middle of its picture would see them."""
    return np.swapaxes(sight_turn(STRAIGHT_AHEAD, head_position_mm), -1, -2) @ camera_from_head


def sight_turn(from_mm: Float[np.ndarray, " 3"], to_mm: Float[np.ndarray, "*f 3"]) -> Float[np.ndarray, "*f 3 3"]:
    """The smallest rotation, in the camera frame, that turns the direction of one point to that of another (both z > 0)."""
    start = np.asarray(from_mm, dtype=np.float64)
    end = np.asarray(to_mm, dtype=np.float64)
    start = start / np.linalg.norm(start, axis=-1, keepdims=True)
    end = end / np.linalg.norm(end, axis=-1, keepdims=True)
    axis = np.cross(start, end)
    sine = np.linalg.norm(axis, axis=-1, keepdims=True)
    angle = np.arctan2(sine, (start * end).sum(axis=-1, keepdims=True))
    return Rotation.from_rotvec(axis * np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 0.0)).as_matrix()
