"""Move a head: face units, eyeballs, neck and head rotation, then into the camera frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int32

from thermvision.head.skinning import add_units, blend_segments
from thermvision.head.turns import gaze_turn, share_of_turn

NECK_SHARE = 0.4  # of a head rotation, how much happens at the base of the neck


@dataclass(frozen=True, slots=True)
class FaceUnits:
    """Displacements of the vertices that each face unit moves: entries start[k] to start[k + 1] belong to unit k."""

    start: Int32[np.ndarray, " k1"]
    vertex: Int32[np.ndarray, " n"]
    moved_mm: Float32[np.ndarray, "n 3"]

    @classmethod
    def of(cls, displacements_mm: Float32[np.ndarray, "k v 3"]) -> FaceUnits:
        """Of displacements of all vertices; most are zero: a unit moves some hundreds of ten thousand."""
        unit, vertex = np.nonzero(displacements_mm.any(axis=2))
        start = np.searchsorted(unit, np.arange(len(displacements_mm) + 1))
        return cls(start.astype(np.int32), vertex.astype(np.int32), displacements_mm[unit, vertex])


@dataclass(frozen=True, slots=True)
class Rig:
    """What moving one person's mesh needs; joints are in the head frame of the neutral mesh, mm."""

    neutral_mm: Float32[np.ndarray, "v 3"]
    units: FaceUnits
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
    add_units(
        vertices, coefficients.astype(np.float32, copy=False), rig.units.start, rig.units.vertex, rig.units.moved_mm
    )
    gaze = gaze_turn(*gaze_deg.tolist()).astype(np.float32)
    for joint, members in zip(rig.eye_joints_mm, rig.eye_vertices, strict=True):
        centre = joint.astype(np.float32)
        vertices[members] = (vertices[members] - centre) @ gaze.T + centre
    neck, neck_offset, head_joint, head_offset = neck_and_head(rig, camera_from_head)
    shift = head_position_mm - head_joint
    matrices = np.stack([np.eye(3), neck, camera_from_head]).astype(np.float32)
    offsets = (np.stack([np.zeros(3), neck_offset, head_offset]) + shift).astype(np.float32)
    blend_segments(vertices, rig.segment_weights, matrices, offsets)
    return vertices


def neck_and_head(
    rig: Rig, body_from_head: Float[np.ndarray, "3 3"]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Above a torso that stands still: the neck's turn and offset, where the head joint goes, and the head's offset."""
    neck = share_of_turn(body_from_head, NECK_SHARE)
    neck_offset = rig.neck_joint_mm - neck @ rig.neck_joint_mm
    head_joint = neck @ rig.head_joint_mm + neck_offset
    return neck, neck_offset, head_joint, head_joint - body_from_head @ rig.head_joint_mm
