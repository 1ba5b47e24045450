"""Landmarks of a posed head: where they fall, which are seen, and the face box."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32

from thermvision.head.model import HeadModel
from thermvision.head.raster import on_front_surface

_DEPTH_TOLERANCE = 0.005  # relative: a landmark 4 mm behind the front surface at 0.8 m still counts as seen


def landmark_positions_mm(
    model: HeadModel, vertices_mm: Float32[np.ndarray, "v 3"], name: str
) -> Float32[np.ndarray, "n 3"]:
    """Points of a landmark set on posed vertices, same frame as the vertices. Sets: 5, 54, 68, 70, 478."""
    corners = vertices_mm[model.triangles[model.landmark_triangles[name]]]
    return np.einsum("nc,ncd->nd", model.landmark_barycentric[name], corners).astype(np.float32)


def visible(projected: Float32[np.ndarray, "n 3"], inverse_depth: Float32[np.ndarray, "h w"]) -> Bool[np.ndarray, " n"]:
    """Whether each projected point (x px, y px, 1/depth) lies in the image on the surface in front.

    The four pixels around a point are asked: at an outline the point's own pixel may show what lies behind.
    """
    return on_front_surface(projected, inverse_depth, _DEPTH_TOLERANCE)


def face_box_xyxy_px(
    landmarks_478_px: Float32[np.ndarray, "478 2"], width_px: int, height_px: int
) -> Float32[np.ndarray, " 4"]:
    """The face box: the smallest that holds all 478 points, hidden ones too (forehead to chin), cut to the frame."""
    low, high = landmarks_478_px[:468].min(axis=0), landmarks_478_px[:468].max(axis=0)
    size = np.array([width_px, height_px], np.float32)
    return np.concatenate([np.clip(low, 0, size), np.clip(high, 0, size)]).astype(np.float32)
