"""How deep the parts of a person lie that no face model knows: hair, hat, neck and clothes, as seen in one picture.

Where the fitted head, neck or shoulders are seen, their depth is taken. Hair bulges towards the camera with its distance
from the outline, like an ellipsoid as deep as a head. Beyond the mesh the depth runs out to the plane through the ears, or
for shoulders through the neck. Behind the face lies a plate, so that nothing gapes where the face moves away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from scipy.ndimage import gaussian_filter, median_filter

from thermvision.head.pose import Rig, neck_and_head
from thermvision.head.sheets import smooth_step
from thermvision.portraits.canvas import Canvas
from thermvision.portraits.smooth_fill import smooth_fill

EARS_MM, NECK_AXIS_Z_MM = np.array([0.0, -45.0, -32.0]), 20.0  # head frame; torso frame
_DOME_DEPTH_MM, _DOME_RADIUS_MM = 84.0, 74.0
_BACK_DEPTH_MM, _BACK_RADIUS_MM = 92.0, 80.0
_LEAST_SINE, _HAIR_UNKNOWN_SINE, _ROOM_MM, _MOST_FORWARD_MM = 0.1, 0.35, 5.0, 95.0
_HAIR_ENDS_MM = (95.0, 165.0)  # below the head joint: from here on what is cool is cloth
_TORSO_FROM_MM = (70.0, 135.0)
COOL_K = (1.2, 3.0)  # below the face: skin, and surely not skin
_BEHIND_FACE_MM, _BEFORE_MESH_MM = 14.0, 1.2
_DEEPER_FROM_MM, _DEEPER_SLOPE, _DEEPER_MM = (
    22.0,
    1.8,
    45.0,
)  # from the face's outline: behind mouth and eyes, not through them


@dataclass(frozen=True, slots=True)
class Depths:
    """Depths along z in mm at the grid points, of the front and the back of the relief."""

    front_mm: Float[np.ndarray, "rows columns"]
    back_mm: Float[np.ndarray, "rows columns"]
    below_joint_mm: Float[np.ndarray, "rows columns"]  # height in the torso's frame


def relief_depths(
    canvas: Canvas,
    x_px: Float[np.ndarray, "rows columns"],
    y_px: Float[np.ndarray, "rows columns"],
    inside_px: Float[np.ndarray, "rows columns"],
    body_px: Float[np.ndarray, "rows columns"],
    in_face_px: Float[np.ndarray, "rows columns"],
    mesh_mm: Float32[np.ndarray, "rows columns"],
    coolness_k: Float[np.ndarray, "rows columns"],
    rig: Rig,
    camera_from_head: Float[np.ndarray, "3 3"],
    head_position_mm: Float[np.ndarray, " 3"],
) -> Depths:
    """Depths of the relief at points of the canvas.

    inside_px: signed distance from the person's outline, positive inside; body_px: the same without ears
    and wisps. in_face_px: from the face mesh's outline.
    mesh_mm: depth of the fitted head's mesh, 0 where it is not seen. coolness_k: by how much cooler than the face.
    """
    ray = canvas.ray(x_px, y_px)
    middle, below = _middle(ray, rig, camera_from_head, head_position_mm)
    middle = _no_wider(middle, ray, below, np.abs(inside_px) < 2, rig, camera_from_head, head_position_mm)
    mm_per_px = middle / canvas.view.focal_px
    inside, in_face = inside_px * mm_per_px, in_face_px * mm_per_px
    seen = mesh_mm > 0
    beside = seen & (in_face < -2.0)
    rim = (inside < 1.0) & ~seen
    known = (beside & (inside > 0)) | rim
    offset = np.where(beside, np.minimum(mesh_mm - middle, 0.0), 0.0)
    offset = smooth_fill(offset, known)
    offset = np.where(seen & (in_face > -2.0), offset, median_filter(offset, 3))
    share = np.clip(inside / _DOME_RADIUS_MM, 0, 1)
    dome = -_DOME_DEPTH_MM * share * (2 - share)  # not round at the outline: a turn would stretch its pixels too much
    hair = smooth_step(coolness_k, *COOL_K) * (1 - smooth_step(below, *_HAIR_ENDS_MM))
    hair *= smooth_step(-in_face, 1.0, 25.0)
    front = middle + gaussian_filter(offset + hair * np.minimum(dome - offset, 0.0), 0.8)
    behind_face = mesh_mm + np.clip(0.6 * in_face, 0.2, _BEHIND_FACE_MM)
    deeper = np.clip(_DEEPER_SLOPE * (in_face - _DEEPER_FROM_MM), 0, _DEEPER_MM)
    front = np.where(seen & (in_face > -1.0), np.maximum(front, behind_face) + deeper, front - _BEFORE_MESH_MM)
    # Ears and wisps end in the air: the back starts where the body does.
    start = smooth_fill(front, (np.abs(body_px * mm_per_px) < 4.0) & (in_face < 0))
    back = start + _depth_behind(rig, below) * _dome(body_px * mm_per_px / _BACK_RADIUS_MM)
    return Depths(front, np.maximum(back, front + 0.5), below)


def _no_wider(
    middle_mm: np.ndarray, ray: np.ndarray, below_mm: np.ndarray, outline: np.ndarray, rig: Rig, camera_from_head: np.ndarray,
    head_position_mm: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """On the side that a turned head hides, the outline is the cheek or the temple, not the ear: further forward.

    No part of the head lies further from its middle than the skull or the near side's hair.
    """
    across = camera_from_head[:, 0] * (1.0 if camera_from_head[2, 0] > 0 else -1.0)  # towards the hidden side
    if abs(camera_from_head[2, 0]) < _LEAST_SINE:
        return middle_mm
    aside = (ray * middle_mm[..., None] - head_position_mm) @ across
    skull = float(np.abs(rig.neutral_mm[rig.neutral_mm[:, 1] < -70, 0]).max())
    near = outline & (below_mm < 20) & (aside < 0)
    hair = max(0.0, float(np.percentile(-aside[near], 80)) - skull) if near.any() else 0.0
    hair *= max(
        0.0, 1 - abs(float(camera_from_head[2, 0])) / _HAIR_UNKNOWN_SINE
    )  # the more turned, the less its outline is the ear's
    widest = skull + _ROOM_MM + hair
    slope = np.maximum(ray @ across, 0.05)
    forward = np.clip((aside - widest) / slope, 0, _MOST_FORWARD_MM) * (1 - smooth_step(below_mm, 40.0, 110.0))
    return middle_mm - forward


def _depth_behind(rig: Rig, below_mm: np.ndarray) -> np.ndarray:
    """How far the back of the head or the neck lies behind the plane through the ears or the neck, by height."""
    own = rig.neutral_mm
    heights = np.arange(-140.0, 200.0, 10.0)
    plane = EARS_MM[2] + smooth_step(heights, *_TORSO_FROM_MM) * (NECK_AXIS_Z_MM - EARS_MM[2])
    near = np.abs(own[:, 0]) < 40
    deepest = [own[near & (np.abs(own[:, 1] - y) < 12), 2].max(initial=0.0) for y in heights]
    depth = np.clip(np.array(deepest) - plane, 20, _BACK_DEPTH_MM)
    return np.asarray(np.interp(below_mm, heights, depth))


def _dome(share: np.ndarray) -> np.ndarray:
    """Height of a half circle over its rim: 0 at the rim, 1 from a radius on."""
    return np.sqrt(1 - (1 - np.clip(share, 0, 1)) ** 2)


def _middle(
    ray: np.ndarray, rig: Rig, camera_from_head: np.ndarray, head_position_mm: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Depth of the plane through the ears, further down of the torso's through the neck; and how far below the head joint."""
    normal = camera_from_head[:, 2]
    through = camera_from_head @ EARS_MM + head_position_mm
    head = (normal @ through) / (ray @ normal)
    _, _, head_joint, _ = neck_and_head(rig, camera_from_head)
    torso = np.full_like(head, head_position_mm[2] - head_joint[2] + NECK_AXIS_Z_MM)
    below = ray[..., 1] * torso - head_position_mm[1]
    share = smooth_step(below, *_TORSO_FROM_MM)
    head = np.clip(head, torso - 160, torso + 90)
    return head + share * (torso - head), below
