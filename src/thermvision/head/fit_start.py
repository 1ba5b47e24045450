"""The pose a fit starts from: the average face laid over the landmarks by a parallel projection, then by perspective.

An affine map from the face to the picture is linear least squares; the rotation nearest to it is the pose under scaled
orthography (DeMenthon and Davis 1995, one round). Iterated reweighting towards least absolute distances (Schlossmacher
1973) keeps wrong landmarks from turning the head.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

ROUNDS, CLOSEST_SHARE = 20, 0.01  # of the face's size in the picture, below which distances count as equal


def starting_pose(
    face_mm: Float[np.ndarray, "n 3"],
    landmarks_px: Float[np.ndarray, "n 2"],
    weights: Float[np.ndarray, " n"],
    centre_px: Float[np.ndarray, " 2"],
    focal_px: float,
) -> tuple[Float[np.ndarray, "3 3"], Float[np.ndarray, " 3"]]:
    """camera_from_head and the head's place, mm, at which the average face (head frame) lies nearest to the landmarks.

    weights: 0 to 1, at least four points that do not lie in a plane must have one above 0.
    """
    design = np.concatenate([face_mm, np.ones((len(face_mm), 1))], axis=1)
    counted, half_width = weights.copy(), float(np.abs(face_mm[:, 0]).max())
    for _ in range(ROUNDS):
        root = np.sqrt(counted)[:, None]
        affine = np.linalg.lstsq(root * design, root * landmarks_px, rcond=None)[0].T
        apart = np.linalg.norm(landmarks_px - design @ affine.T, axis=1)
        smallest = CLOSEST_SHARE * max(float(np.linalg.norm(affine[:, :3])), 1e-9) * half_width
        counted = weights / np.maximum(apart, smallest)
    turn, scale = _nearest_turn(affine[:, :3])
    middle = np.average(face_mm, axis=0, weights=weights)
    # The parallel projection is perspective's at the depth of the face's middle.
    depth = focal_px / scale
    seen = (affine @ np.append(middle, 1.0) - centre_px) / focal_px
    return turn, np.append(seen, 1.0) * depth - turn @ middle


def _nearest_turn(affine: np.ndarray) -> tuple[np.ndarray, float]:
    """The rotation and the scale whose first two rows lie nearest to a (2, 3) matrix."""
    left, stretch, right = np.linalg.svd(affine, full_matrices=False)
    rows = left @ right
    return np.stack([*rows, np.cross(*rows)]), float(max(stretch.mean(), 1e-9))
