"""Where the 21 keypoints of a head are seen: rotation, expression, scale and translation put together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from thermvision.motion.euler import rotation_from_euler_deg


@dataclass(frozen=True, slots=True)
class HeadState:
    """What the motion extractor reads from the portrait: one frame of a still picture, every frame of a video."""

    canonical: Float[np.ndarray, "f 21 3"]
    rotation: Float[np.ndarray, "f 3 3"]  # camera_from_head
    expression: Float[np.ndarray, "f 21 3"]
    scale: Float[np.ndarray, " f"]
    translation: Float[np.ndarray, "f 3"]

    def __len__(self) -> int:
        return len(self.scale)

    def keypoints(self) -> Float[np.ndarray, "f 21 3"]:
        """Where the keypoints are."""
        return place_keypoints(self.canonical, self.rotation, self.expression, self.scale, self.translation)


def place_keypoints(
    canonical: Float[np.ndarray, "*#f 21 3"],
    rotation: Float[np.ndarray, "*#f 3 3"],
    expression: Float[np.ndarray, "*#f 21 3"],
    scale: Float[np.ndarray, "*#f"],
    translation: Float[np.ndarray, "*#f 3"],
) -> Float[np.ndarray, "*f 21 3"]:
    """Seen at scale * (rotation @ canonical + expression) + (tx, ty, 0) (Guo et al. 2024, eq. 2; reference 2.1).

    Axes x right, y down, z into the picture; a unit is half of the network's input. rotation: camera_from_head. The
    expression is added after the rotation and the translation's z is dropped, as the published networks were trained.
    """
    turned = np.einsum("...ij,...kj->...ki", rotation, canonical) + expression
    sideways = np.asarray(translation) * [1.0, 1.0, 0.0]
    return np.asarray(scale)[..., None, None] * turned + sideways[..., None, :]


def rotation_from_network_deg(
    pitch_deg: Float[np.ndarray, " f"], yaw_deg: Float[np.ndarray, " f"], roll_deg: Float[np.ndarray, " f"]
) -> Float[np.ndarray, "f 3 3"]:
    """camera_from_head from what the motion extractor says: Rz(roll) Ry(yaw) Rx(pitch).

    Its pitch is positive for the nose down and its yaw for the nose to image left: both are the negative of ours.
    """
    angles = zip(np.atleast_1d(pitch_deg), np.atleast_1d(yaw_deg), np.atleast_1d(roll_deg), strict=True)
    return np.stack([rotation_from_euler_deg(-float(yaw), -float(pitch), float(roll)) for pitch, yaw, roll in angles])


STABLE = (
    0,
    1,
    2,
    3,
    4,
    5,
    7,
    10,
)  # keypoints that hardly move with an expression: shape, brows and neck (reference 2.9)


def head_rotation(
    keypoints: Float[np.ndarray, "f 21 3"],
    canonical: Float[np.ndarray, "#f 21 3"],
    expression: Float[np.ndarray, "f 21 3"],
    scale: Float[np.ndarray, " f"],
) -> Float[np.ndarray, "f 3 3"]:
    """camera_from_head that keypoints show, whatever was done to them after they were placed.

    Weighted Procrustes (Kabsch 1976) of keypoints - scale * expression against the canonical ones, on those of `STABLE`.
    """
    still = (keypoints - scale[:, None, None] * expression)[:, STABLE]
    rest = np.broadcast_to(canonical, keypoints.shape)[:, STABLE]
    still, rest = (points - points.mean(axis=1, keepdims=True) for points in (still, rest))
    left, _, right = np.linalg.svd(np.einsum("fki,fkj->fij", still, rest))
    left[:, :, 2] *= np.linalg.det(left @ right)[:, None]
    return np.asarray(left @ right)
