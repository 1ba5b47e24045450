"""Head rotation against the line of sight, which is what a face looks like, and against the camera, which is what it is.

A face that moves sideways without turning shows its cheek. A motion keeps what the face looked like; a subject filmed with
another lens turns by the line of sight of that lens.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def sight_turn(from_mm: Float[np.ndarray, " 3"], to_mm: Float[np.ndarray, "*f 3"]) -> Float[np.ndarray, "*f 3 3"]:
    """The smallest rotation, in the camera frame, that turns the direction of one point to that of another (both z > 0)."""
    start = np.asarray(from_mm, dtype=np.float64)
    end = np.asarray(to_mm, dtype=np.float64)
    start = start / np.linalg.norm(start, axis=-1, keepdims=True)
    end = end / np.linalg.norm(end, axis=-1, keepdims=True)
    axis, cosine = np.cross(start, end), (start * end).sum(axis=-1)[..., None, None]
    # Rodrigues: I + [axis] + [axis]^2 / (1 + cosine), where the axis is as long as the sine.
    across = np.zeros((*axis.shape, 3))
    across[..., 2, 1], across[..., 0, 2], across[..., 1, 0] = np.moveaxis(axis, -1, 0)
    across -= np.swapaxes(across, -1, -2)
    return np.eye(3) + across + across @ across / (1 + cosine)
