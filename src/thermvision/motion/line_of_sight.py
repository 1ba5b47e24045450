"""Head rotation against the line of sight, which is what a face looks like, and against the camera, which is what it is.

A face that moves sideways without turning shows its cheek. A motion keeps what the face looked like; a subject filmed with
another lens turns by the line of sight of that lens.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation


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
