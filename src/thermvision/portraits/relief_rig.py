"""How a relief that was built as a picture shows it moves: with the head, the neck or the torso, and with the face near it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32
from scipy.spatial import cKDTree

from thermvision.head.pose import FaceUnits, Rig, neck_and_head
from thermvision.head.sheets import smooth_step

NEIGHBOURS = 4
_SKIN_REACH_MM = (14.0, 45.0)  # so near to the mesh the relief moves as it does: at the head, at the shoulders
_FACE_REACH_MM = 10.0  # ... and takes part in the face's movements
_SHOULDER_MM = (105.0, 140.0)  # from the middle
_HAIR_TO_TORSO_MM = (70.0, 175.0)  # below the head joint: from the head's turn to none


def relief_weights(
    points_mm: Float[np.ndarray, "v 3"],
    beside_joint_mm: Float[np.ndarray, " v"],
    below_joint_mm: Float[np.ndarray, " v"],
    skin_mm: Float32[np.ndarray, "s 3"],
    skin_weights: Float32[np.ndarray, "s 3"],
) -> tuple[Float32[np.ndarray, "v 3"], Float[np.ndarray, " v"], np.ndarray, Float[np.ndarray, "v k"]]:
    """Segment weights of points; how near they are to the skin (0-1), their nearest skin points and the shares of these."""
    distance, nearest = cKDTree(skin_mm).query(points_mm, k=NEIGHBOURS)
    share = 1 / np.maximum(distance, 0.5) ** 2
    share /= share.sum(axis=1, keepdims=True)
    low, high = _SKIN_REACH_MM
    near = np.exp(-((distance[:, 0] / (low + (high - low) * smooth_step(below_joint_mm, 50.0, 110.0))) ** 2))
    of_skin = np.einsum("vk,vkw->vw", share, skin_weights[nearest])
    shoulder = smooth_step(np.abs(beside_joint_mm), *_SHOULDER_MM) * smooth_step(below_joint_mm, 20.0, 70.0)
    to_torso = np.maximum(smooth_step(below_joint_mm, *_HAIR_TO_TORSO_MM), shoulder)
    of_hair = np.stack([to_torso, 0 * to_torso, 1 - to_torso], axis=1)
    weights = of_hair + near[:, None] * (of_skin - of_hair)
    follows = np.exp(-((distance[:, 0] / _FACE_REACH_MM) ** 2))
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32), follows, nearest, share


def at_rest(
    points_mm: Float[np.ndarray, "v 3"],
    weights: Float32[np.ndarray, "v 3"],
    unit_mm: Float32[np.ndarray, "k v 3"],
    coefficients: Float32[np.ndarray, " k"],
    rig: Rig,
    camera_from_head: Float[np.ndarray, "3 3"],
    head_position_mm: Float[np.ndarray, " 3"],
) -> Float32[np.ndarray, "v 3"]:
    """Where the points lie on the neutral mesh, if `pose.pose_vertices` puts them at `points_mm`."""
    neck, neck_offset, head_joint, head_offset = neck_and_head(rig, camera_from_head)
    shift = head_position_mm - head_joint
    matrices = np.stack([np.eye(3), neck, camera_from_head])
    offsets = np.stack([np.zeros(3), neck_offset, head_offset]) + shift
    matrix = np.einsum("vs,sij->vij", weights.astype(float), matrices)
    offset = weights.astype(float) @ offsets
    neutral = np.linalg.solve(matrix, (points_mm - offset)[..., None])[..., 0]
    return (neutral - np.einsum("k,kvj->vj", coefficients, unit_mm)).astype(np.float32)


def units_of_skin(
    units: FaceUnits,
    num_vertices: int,
    members: np.ndarray,
    nearest: np.ndarray,
    share: np.ndarray,
    follows: np.ndarray,
) -> Float32[np.ndarray, "k v 3"]:
    """Displacements of the relief's points by every face unit: those of the skin beside them, fading with the distance."""
    count = len(units.start) - 1
    out = np.zeros((count, len(nearest), 3), np.float32)
    factor = (share * follows[:, None]).astype(np.float32)
    for unit in range(count):
        dense = np.zeros((num_vertices, 3), np.float32)
        entries = slice(units.start[unit], units.start[unit + 1])
        dense[units.vertex[entries]] = units.moved_mm[entries]
        out[unit] = np.einsum("vk,vkj->vj", factor, dense[members[nearest]])
    out[np.abs(out) < 0.02] = 0
    return out
