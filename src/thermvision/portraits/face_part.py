"""Which triangles of the head model are the face that a picture's landmarks fix, and which of them are drawn and seen."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from thermvision.head.model import HeadModel
from thermvision.head.projection import View
from thermvision.head.raster import rasterize
from thermvision.portraits.skin_points import head_texels

_BAND_MM = 12.0  # around the face the mesh goes on, under the relief
_BEFORE_EARS_Z_MM, _NOSE_TIP = -42.0, 1
TURNED_DEG = 8.0  # from here on one side of the head is not seen
_NECK_Y_MM, _MIDDLE_MM = 88.0, 12.0


def face_triangles(model: HeadModel) -> tuple[Bool[np.ndarray, " t"], Bool[np.ndarray, " t"]]:
    """Which triangles of the head model are the face, eyes and mouth included; and which are drawn: these and a band around."""
    texels = head_texels()
    number = texels.atlas.triangle
    share = np.bincount(number, texels.skin.face, len(model.triangles))
    face = share > 0.5 * np.maximum(np.bincount(number, minlength=len(model.triangles)), 1)
    own = model.base_mm[: model.num_vertices]
    # The neck behind the jaw counts as inside the oval, as it is seen from the front: only what hangs together with the nose.
    corner = model.triangles[face]
    pairs = np.concatenate([corner[:, [0, 1]], corner[:, [1, 2]]])
    links = coo_matrix((np.ones(len(pairs)), tuple(pairs.T)), (model.num_vertices, model.num_vertices))
    _, piece = connected_components(links, directed=False)
    nose = piece[model.triangles[model.landmark_triangles["478"][_NOSE_TIP], 0]]
    face &= (piece[model.triangles[:, 0]] == nose) | (model.triangle_part != 0)
    inner = np.unique(model.triangles[face])
    near = (cKDTree(own[inner]).query(own)[0] < _BAND_MM) & (own[:, 2] < _BEFORE_EARS_Z_MM)
    throat = (np.abs(own[:, 0]) < 34) & (own[:, 1] > 40) & (own[:, 1] < 100) & (own[:, 2] < -18)
    return face, face | ((near | throat)[model.triangles].all(axis=1) & ~ear_triangles(model))


def skin_vertices(model: HeadModel, face: np.ndarray) -> np.ndarray:
    """1 at vertices of the outer skin of the face, 0 at eyes, mouth and lids' inner sides."""
    texels = head_texels()
    inner = np.bincount(texels.atlas.triangle, texels.mouth | texels.socket, len(model.triangles)) > 0
    outside = np.zeros(model.num_vertices)
    outside[np.unique(model.triangles[face & (model.triangle_part == 0) & ~inner])] = 1.0
    return outside


def seen_triangles(model: HeadModel, vertices_mm: np.ndarray, view: View) -> np.ndarray:
    """Which triangle of the head model is seen in each pixel, -1 for none."""
    number = np.empty((view.height_px, view.width_px), np.int32)
    rasterize(view.project(vertices_mm), model.triangles, number, np.empty(number.shape, np.float32))
    return number


def side_triangles(
    model: HeadModel, face: Bool[np.ndarray, " t"], camera_from_head: Float[np.ndarray, "3 3"]
) -> tuple[Bool[np.ndarray, " t"], Bool[np.ndarray, " t"]]:
    """Beside the face: the side of the head that a turned head hides, ear and all, and both sides; none if it faces the camera.

    The relief knows nothing of a hidden side; the mesh has one, and the near side's temperatures can be mirrored onto it.
    """
    own = model.base_mm[: model.num_vertices]
    middle = own[model.triangles].mean(axis=1)
    sides = ~face & (model.triangle_part == 0) & (middle[:, 1] < _NECK_Y_MM)
    farther = float(camera_from_head[2, 0])  # how far the subject's left is from the camera
    if abs(farther) < np.sin(np.radians(TURNED_DEG)):
        return np.zeros_like(face), np.zeros_like(face)
    return sides & (np.sign(farther) * middle[:, 0] > _MIDDLE_MM), sides


def ear_triangles(model: HeadModel) -> Bool[np.ndarray, " t"]:
    """Which triangles of the head model are the ears."""
    ear = np.maximum(model.vertex_masks["ear_left"], model.vertex_masks["ear_right"])
    return np.asarray((ear[model.triangles] > 0.3).any(axis=1))
