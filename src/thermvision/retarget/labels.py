"""Labels of one person in one frame, from the mesh that was rendered."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, Float32

from thermvision.head.landmarks import face_box_xyxy_px, visible
from thermvision.head.model import load_head_model
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
    turned: Float[np.ndarray, "3 3"] | Float[np.ndarray, " 3"],
    vertices_mm: Float32[np.ndarray, "v 3"],
    view: View,
    inverse_depth: Float32[np.ndarray, "h w"],
    warmth: WarmthInTime,
) -> FrameLabels:
    """Everything known about a person in frame `index`; vertices_mm as posed, camera frame, the head model's first.

    turned: camera_from_head, or yaw, pitch and roll in degrees if they are known already.
    """
    model = portrait.head.model
    points_px, seen = _landmarks(vertices_mm, view, inverse_depth)
    yaw, pitch, roll = turned if turned.ndim == 1 else euler_deg(turned)
    return FrameLabels(
        subject=portrait.subject.id,
        gender=portrait.subject.gender,
        bbox_xyxy_px=face_box_xyxy_px(points_px["478"], view.width_px, view.height_px),
        visible_share=visible_share(model, view.project(vertices_mm[: model.num_vertices]), inverse_depth),
        landmarks_px=points_px,
        landmarks_visible=seen,
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


def _landmarks(
    vertices_mm: Float32[np.ndarray, "v 3"], view: View, inverse_depth: Float32[np.ndarray, "h w"]
) -> tuple[dict[str, Float32[np.ndarray, "_ 2"]], dict[str, Bool[np.ndarray, " _"]]]:
    """Places and visibility of all sets, worked out in one go."""
    corners, weights, ends = _all_sets()
    projected = view.project(np.einsum("nc,ncd->nd", weights, vertices_mm[corners]))
    seen = visible(projected, inverse_depth)
    places = np.split(projected[:, :2].copy(), ends)
    return dict(zip(LANDMARK_SETS, places, strict=True)), dict(zip(LANDMARK_SETS, np.split(seen, ends), strict=True))


@lru_cache(maxsize=1)
def _all_sets() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices (n, 3) and weights (n, 3) of the points of all sets, and where one set ends and the next begins."""
    model = load_head_model()
    corners = np.concatenate([model.triangles[model.landmark_triangles[name]] for name in LANDMARK_SETS])
    weights = np.concatenate([model.landmark_barycentric[name] for name in LANDMARK_SETS]).astype(np.float32)
    return corners, weights, np.cumsum([len(model.landmark_triangles[name]) for name in LANDMARK_SETS])[:-1]
