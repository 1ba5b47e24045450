"""A fitted face brought to the outline that the picture shows: landmarks leave the far cheek open by some pixels.

Where the face's outline stands before the background, it is moved onto the person's outline, and the skin beside it with it,
less and less inwards. Without this a strip of the cheek would stay behind on the hair when the head turns.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from jaxtyping import Bool, Float, Float32
from scipy.ndimage import binary_dilation, distance_transform_edt, gaussian_filter, map_coordinates

from thermvision.head.pose import Rig, neck_and_head
from thermvision.head.projection import View
from thermvision.portraits.smooth_fill import smooth_fill

MOST_MOVED, REACH = 0.22, 0.55  # in inter-ocular distances: how far an outline is moved, how far inwards skin follows
WARM_K = 3.0  # below the face: what lies between the two outlines must be skin
_BORDER_PX = 3


def outline_shift_px(
    temperature_k: Float32[np.ndarray, "h w"],
    person: Float32[np.ndarray, "h w"],
    mesh_seen: Bool[np.ndarray, "h w"],
    face_seen: Bool[np.ndarray, "h w"],
    inter_ocular_px: float,
) -> Float32[np.ndarray, "h w 2"]:
    """By how much (x, y) each place of the picture must move for the face's outline to lie on the person's.

    person: chance that a pixel shows the person. mesh_seen, face_seen: where the fitted head and its face are seen.
    """
    shift = np.zeros((*person.shape, 2), np.float32)
    inner = person > 0.5
    if not face_seen.any() or inner.all() or not inner.any():
        return shift
    inside = gaussian_filter(distance_transform_edt(inner) - distance_transform_edt(~inner) + 0.5 - inner, 1.0)
    down, right = np.gradient(inside)
    steep = np.maximum(np.hypot(down, right), 0.5)
    border = face_seen & binary_dilation(~mesh_seen)
    border[:_BORDER_PX] = border[-_BORDER_PX:] = border[:, :_BORDER_PX] = border[:, -_BORDER_PX:] = False
    level = float(np.median(temperature_k[face_seen]))
    row, column = np.nonzero(border)
    away = inside[border] / steep[border]
    towards = -np.stack([right[border], down[border]], axis=1) / steep[border][:, None]
    middle = np.stack([row, column]) + 0.5 * np.maximum(away, 0) * towards[:, ::-1].T
    skin = level - map_coordinates(temperature_k, middle, order=1, mode="nearest") < WARM_K
    good = (np.abs(away) < MOST_MOVED * inter_ocular_px) & (skin | (away < 0))
    fixed = distance_transform_edt(~border) > REACH * inter_ocular_px
    for axis in (0, 1):
        known = np.zeros(person.shape, np.float32)
        known[row[good], column[good]] = (away * towards[:, axis])[good]
        field = smooth_fill(known, border | fixed)
        shift[..., axis] = gaussian_filter(field, 0.03 * inter_ocular_px)
    return shift


def moved_to_outline(
    rig: Rig,
    vertices_mm: Float32[np.ndarray, "v 3"],
    shift_px: Float32[np.ndarray, "h w 2"],
    view: View,
    camera_from_head: Float[np.ndarray, "3 3"],
) -> Rig:
    """The rig whose vertices, posed as `vertices_mm` were, are seen `shift_px` further; eyeballs are moved as a whole."""
    place = view.project(vertices_mm)
    at = np.stack([place[:, 1], place[:, 0]]) - 0.5
    moved = np.zeros_like(vertices_mm)
    for axis in (0, 1):
        seen = map_coordinates(shift_px[..., axis], at, order=1, mode="nearest")
        moved[:, axis] = seen * vertices_mm[:, 2] / view.focal_px
    joints = rig.eye_joints_mm.copy()
    for members in rig.eye_vertices:
        moved[members] = moved[members].mean(axis=0)
    neck = neck_and_head(rig, camera_from_head)[0]
    matrix = np.einsum("vs,sij->vij", rig.segment_weights.astype(float), np.stack([np.eye(3), neck, camera_from_head]))
    back = np.linalg.solve(matrix, moved[..., None].astype(float))[..., 0].astype(np.float32)
    for number, members in enumerate(rig.eye_vertices):
        joints[number] += back[members].mean(axis=0)
    return dataclasses.replace(rig, neutral_mm=rig.neutral_mm + back, eye_joints_mm=joints)
