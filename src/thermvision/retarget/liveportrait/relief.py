"""Depth of the 478 points of a picture, and which of them face the camera: the average head laid under them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float

from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.model import load_head_model
from thermvision.types import InputError

NUM_POINTS = 478
_GRAZING = -0.08  # cosine between a point's normal and the line of sight


@dataclass(frozen=True, slots=True)
class Relief:
    """The average head under a face, seen from far away: pixels = scale * rotation @ mm, without the depth, + shift."""

    rotation: Float[np.ndarray, "3 3"]  # camera_from_head
    scale_px_per_mm: float
    depth_px: Float[np.ndarray, " 478"]  # away from the camera, 0 in the middle of the points

    def facing(self, rotation: Float[np.ndarray, "3 3"]) -> Bool[np.ndarray, " 478"]:
        """Which points are turned to the camera when the head has this rotation."""
        return _normals() @ rotation[2] < _GRAZING


def relief_under(landmarks_px: Float[np.ndarray, "478 2"]) -> Relief:
    """The average head turned, scaled and moved so that its points lie under these (least squares, scaled orthography).

    Depth is that of an average person with a face at rest: a nose may be off by a few millimetres, a jaw that is open by more.
    InputError for points that no turned face has.
    """
    shape = _average_points()
    centred = landmarks_px - landmarks_px.mean(axis=0)
    affine = np.linalg.lstsq(shape, centred, rcond=None)[0].T  # (2, 3): two rows of a scaled rotation, nearly
    left, sizes, right = np.linalg.svd(affine, full_matrices=False)
    if not sizes[1] > 0.2 * sizes[0]:
        raise InputError("the landmarks lie on a line; give MediaPipe's 478 points of one face in pixels")
    rows = left @ right
    scale = float(sizes.mean())
    rotation = np.vstack([rows, np.cross(rows[0], rows[1])])
    return Relief(rotation, scale, scale * (shape @ rotation[2]))


@lru_cache(maxsize=1)
def _average_points() -> np.ndarray:
    """The 478 points of the average head, mm, about their middle."""
    model = load_head_model()
    vertices = model.base_mm[: model.num_vertices]
    points = landmark_positions_mm(model, vertices, "478").astype(np.float64)
    return points - points.mean(axis=0)


@lru_cache(maxsize=1)
def _normals() -> np.ndarray:
    """Outward unit normals (478, 3) of the average head's surface at the points."""
    model = load_head_model()
    vertices = model.base_mm[: model.num_vertices].astype(np.float64)
    corners = vertices[model.triangles]
    area = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    at_vertex = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(at_vertex, model.triangles[:, corner], area)
    members = model.triangles[model.landmark_triangles["478"]]
    normals = np.einsum("nc,ncd->nd", model.landmark_barycentric["478"], at_vertex[members])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    nose_tip = normals[4]  # the face of a frontal head looks to -z, whichever way triangles are wound
    return np.asarray(normals * (-np.sign(nose_tip[2]) or 1.0))
