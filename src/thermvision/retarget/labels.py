"""Labels of one person in one frame, from the mesh that was rendered."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32

from thermvision.head.landmarks import face_box_xyxy_px, landmark_positions_mm, visible
from thermvision.head.projection import View
from thermvision.head.visible_share import visible_share
from thermvision.motion.euler import euler_deg
from thermvision.retarget.warmth_in_time import WarmthInTime
from thermvision.types import FrameLabels, Motion, Portrait

LANDMARK_SETS = ("5", "54", "68", "70", "478")


def frame_labels(
    portrait: Portrait,
    motion: Motion,
    index: int,
    camera_from_head: Float[np.ndarray, "3 3"],
    vertices_mm: Float32[np.ndarray, "v 3"],
    view: View,
    inverse_depth: Float32[np.ndarray, "h w"],
    warmth: WarmthInTime,
) -> FrameLabels:
    """Everything known about a person in frame `index`; vertices_mm as posed, camera frame, the head model's first."""
    model = portrait.head.model
    points = {name: view.project(landmark_positions_mm(model, vertices_mm, name)) for name in LANDMARK_SETS}
    yaw, pitch, roll = euler_deg(camera_from_head)
    return FrameLabels(
        subject=portrait.subject.id,
        gender=portrait.subject.gender,
        bbox_xyxy_px=face_box_xyxy_px(points["478"][:, :2], view.width_px, view.height_px),
        visible_share=visible_share(model, view.project(vertices_mm[: model.num_vertices]), inverse_depth),
        landmarks_px={name: p[:, :2].copy() for name, p in points.items()},
        landmarks_visible={name: visible(p, inverse_depth) for name, p in points.items()},
        yaw_deg=float(yaw),
        pitch_deg=float(pitch),
        roll_deg=float(roll),
        arkit=motion.arkit[index],
        gaze_deg=motion.gaze_deg[index],
        expression=motion.expression[index],
        expression_intensity=float(motion.expression_intensity[index]),
        measured=bool(motion.measured[index]),
        region_temperature_k=warmth.regions_k(portrait.session.region_temperature_k, index),
        temperature_source=portrait.temperature_source,
        label_source="geometry",
    )
