"""Shaded grey renders of the head, for a visible-light landmark model to look at."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from thermvision.head.model import HeadModel
from thermvision.head.projection import View
from thermvision.head.raster import rasterize

VIEW = View.from_fov(640, 640, 17.0)
_LIGHT = np.array([-0.35, -0.55, -0.76])


def look_at(vertices_mm: np.ndarray, yaw_deg: float, pitch_deg: float) -> np.ndarray:
    """Vertices in the camera frame, the head turned (types.py signs) 0.9 m away with the face in the middle."""
    yaw, pitch = np.radians([-yaw_deg, -pitch_deg])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    return (vertices_mm @ (about_y @ about_x).T + [0, 20, 900]).astype(np.float32)


def render(model: HeadModel, vertices: np.ndarray, albedo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """RGB picture (h, w, 3) uint8 and the triangle seen in each pixel (h, w)."""
    triangles = model.triangles
    corners = vertices[triangles]
    face_normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(normal, triangles[:, corner], face_normal)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    seen = np.empty((VIEW.height_px, VIEW.width_px), np.int32)
    rasterize(VIEW.project(vertices), triangles, seen, np.empty(seen.shape, np.float32))
    light = np.clip(normal @ _LIGHT, 0, 1) * 0.75 + 0.25
    grey = (light * albedo)[triangles[seen]].mean(axis=2)
    grey[seen < 0] = 0.35
    picture = gaussian_filter(np.clip(grey, 0, 1), 0.7)
    return np.repeat((picture * 255).astype(np.uint8)[:, :, None], 3, axis=2), seen


def barycentric(points_px: np.ndarray, corners_px: np.ndarray, corners_inverse_depth: np.ndarray) -> np.ndarray:
    """Perspective-correct weights (n, 3) of points (n, 2) in projected triangles (n, 3, 2)."""
    a, b, c = corners_px[:, 0], corners_px[:, 1], corners_px[:, 2]
    cross = lambda u, v: u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]  # noqa: E731
    area = cross(b - a, c - a)
    wb, wc = cross(points_px - a, c - a) / area, cross(b - a, points_px - a) / area
    weights = np.stack([1 - wb - wc, wb, wc], axis=1) * corners_inverse_depth
    return weights / weights.sum(axis=1, keepdims=True)
