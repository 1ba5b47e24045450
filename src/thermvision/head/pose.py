"""Move a head: face units, eyeballs, neck and head rotation, then into the camera frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from scipy.spatial.transform import Rotation

from thermvision.head.skinning import add_units, blend_segments

NECK_SHARE = 0.4  # of a head rotation, how much happens at the base of the neck


@dataclass(frozen=True, slots=True)
class Rig:
    """What moving one person's mesh needs; joints are in the head frame of the neutral mesh, mm."""

    neutral_mm: Float32[np.ndarray, "v 3"]
    unit_mm: Float32[np.ndarray, "k n"]  # n = 3 v, units in the order of the coefficients
    segment_weights: Float32[np.ndarray, "v 3"]  # torso, neck, head
    neck_joint_mm: Float[np.ndarray, " 3"]
    head_joint_mm: Float[np.ndarray, " 3"]
    eye_joints_mm: Float[np.ndarray, "2 3"]  # left, right
    eye_vertices: tuple[np.ndarray, np.ndarray]  # left, right


def pose_vertices(
    rig: Rig,
    coefficients: Float32[np.ndarray, " k"],
    gaze_deg: Float[np.ndarray, " 2"],
    camera_from_head: Float[np.ndarray, "3 3"],
    head_position_mm: Float[np.ndarray, " 3"],
) -> Float32[np.ndarray, "v 3"]:
    """Vertices in the camera frame, mm, with the head joint at `head_position_mm`.

    The head turns about two joints (neck, head) by linear blend skinning; the torso stays upright and follows so that the
    head joint lands where it is asked to be. Gaze turns both eyeballs about their centres, signs as in `types`.
    """
    vertices = rig.neutral_mm.copy()
    add_units(vertices.reshape(-1), np.asarray(coefficients, np.float32), rig.unit_mm)
    gaze = Rotation.from_euler("YX", [-gaze_deg[0], -gaze_deg[1]], degrees=True).as_matrix().astype(np.float32)
    for joint, members in zip(rig.eye_joints_mm, rig.eye_vertices, strict=True):
        centre = joint.astype(np.float32)
        vertices[members] = (vertices[members] - centre) @ gaze.T + centre
    neck, neck_offset, head_joint, head_offset = neck_and_head(rig, camera_from_head)
    shift = head_position_mm - head_joint
    matrices = np.stack([np.eye(3), neck, camera_from_head]).astype(np.float32)
    offsets = (np.stack([np.zeros(3), neck_offset, head_offset]) + shift).astype(np.float32)
    return np.asarray(blend_segments(vertices, rig.segment_weights, matrices, offsets))


def neck_and_head(
    rig: Rig, body_from_head: Float[np.ndarray, "3 3"]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Above a torso that stands still: the neck's turn and offset, where the head joint goes, and the head's offset."""
    rotation_vector = Rotation.from_matrix(body_from_head).as_rotvec()
    neck = Rotation.from_rotvec(NECK_SHARE * rotation_vector).as_matrix()
    neck_offset = rig.neck_joint_mm - neck @ rig.neck_joint_mm
    head_joint = neck @ rig.head_joint_mm + neck_offset
    return neck, neck_offset, head_joint, head_joint - body_from_head @ rig.head_joint_mm
