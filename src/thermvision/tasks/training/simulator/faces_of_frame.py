"""Faces of a rendered frame as a sample has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32

from thermvision.tasks.training.samples import Sample
from thermvision.types import FrameLabels

UPSIDE_DOWN_DEG = 80.0  # of pitch or roll: beyond it the head is turned past profile, where Euler angles swap roles
LEAST_PX = 1.0  # of a box's sides inside the frame: less is no face of this frame


@dataclass(frozen=True, slots=True)
class FaceTruth:
    """One face: box cut to the frame, seen share, landmarks where they are even if hidden, pose, gender, name."""

    box_xyxy_px: Float32[np.ndarray, " 4"]
    visible_share: float
    landmarks_68_px: Float32[np.ndarray, "68 2"]
    landmarks_478_px: Float32[np.ndarray, "478 2"]
    landmarks_478_visible: Bool[np.ndarray, " 478"]
    pose_deg: tuple[float, float, float]
    male: bool
    person: str


def of_labels(labels: FrameLabels, names: dict[str, str]) -> FaceTruth:
    """A face of the retargeter's labels; names: subject id -> name."""
    return FaceTruth(
        labels.bbox_xyxy_px,
        labels.visible_share,
        labels.landmarks_px["68"],
        labels.landmarks_px["478"],
        labels.landmarks_visible["478"],
        (labels.yaw_deg, labels.pitch_deg, labels.roll_deg),
        labels.gender == "male",
        names[labels.subject],
    )


def as_sample(temperature_k: Float32[np.ndarray, "h w"], faces: Sequence[FaceTruth]) -> Sample:
    """A picture in kelvin with those of the faces that are in it."""
    inside = [face for face in faces if (face.box_xyxy_px[2:] - face.box_xyxy_px[:2]).min() >= LEAST_PX]
    count = len(inside)
    return Sample(
        picture=temperature_k,
        radiometric=True,
        faces_xyxy_px=np.array([one.box_xyxy_px for one in inside], np.float32).reshape(count, 4),
        visible_share=np.array([one.visible_share for one in inside], np.float32),
        landmarks_68_px=np.array([one.landmarks_68_px for one in inside], np.float32).reshape(count, 68, 2),
        landmarks_478_px=np.array([one.landmarks_478_px for one in inside], np.float32).reshape(count, 478, 2),
        pose_deg=np.array([_pose_deg(one) for one in inside], np.float32).reshape(count, 3),
        male=np.array([one.male for one in inside], np.float32),
        people=tuple(one.person for one in inside),
        landmarks_478_visible=np.array([one.landmarks_478_visible for one in inside], np.float32).reshape(count, 478),
    )


def _pose_deg(face: FaceTruth) -> tuple[float, float, float]:
    """Yaw, pitch and roll; NaN for a head turned past profile, whose angles would tell a network nothing."""
    _, pitch, roll = face.pose_deg
    past = max(abs(pitch), abs(roll)) > UPSIDE_DOWN_DEG
    return (float("nan"),) * 3 if past else face.pose_deg
