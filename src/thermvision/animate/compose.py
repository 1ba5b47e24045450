"""A driver's motion as the motion of one portrait: applied to its own pose and face, in parts, more or less strongly."""

from __future__ import annotations

import dataclasses

import numpy as np
from jaxtyping import Bool, Float, Float32

from thermvision.animate.held import HeldPortrait
from thermvision.animate.settings import Region
from thermvision.motion.arkit import ARKIT_NAMES
from thermvision.motion.edit.scale import scale
from thermvision.motion.expressions import recognise
from thermvision.motion.neutral import mean_rotation, neutral_frames, relative_to_neutral
from thermvision.types import Motion

GAZE_LIMIT_DEG = 40.0
_PARTS: dict[str, tuple[str, ...]] = {
    "all": ("",),
    "expression": ("",),
    "pose": (),
    "lips": ("mouth", "jaw", "tongue"),
    "eyes": ("eye",),
}


def moved(
    motion: Motion, held: HeldPortrait, *, absolute: bool = False, strength: float = 1.0, region: Region = "all"
) -> Motion:
    """The motion that `retarget.mesh.retarget` gives the portrait, each frame's values those of the portrait's own face.

    Relative: what the driver does against its neutral is done from the portrait's pose and face. The driver's turn in its
    own head axes, R0' R, follows the portrait's rotation P: P R0' R, as LivePortrait does it (Guo et al. 2024). A coefficient
    c of the change moves the portrait's own p to p + (1 - p) c, which undoes `relative_to_neutral`. Absolute: the driver's
    rotation, coefficients and gaze as they are; the place is the portrait's all the same. strength scales the change from
    the driver's neutral, 0 to 10, else InputError. region: what moves; all else stays as the portrait has it.
    """
    change = scale(
        relative_to_neutral(motion), rotation=strength, position=strength, expression=strength, gaze=strength, about="neutral"
    )  # fmt: skip
    own_face, own_turn, face = held.arkit, held.sight_from_head, change.arkit
    gaze = held.gaze_deg + change.gaze_deg
    if absolute:
        as_is = scale(motion, expression=strength, gaze=strength)
        own_face, own_turn, face, gaze = np.zeros_like(own_face), _neutral_turn(motion), as_is.arkit, as_is.gaze_deg
    arkit = own_face + (1 - own_face) * face
    turns = own_turn @ change.sight_from_head
    positions = change.head_position_mm
    if region not in ("all", "pose"):
        turns, positions = np.broadcast_to(held.sight_from_head, turns.shape).copy(), np.zeros_like(positions)
    arkit = np.where(moving(region), arkit, held.arkit).astype(np.float32)
    gaze = gaze if region in ("all", "expression", "eyes") else np.broadcast_to(held.gaze_deg, gaze.shape)
    names, intensity = _expression(change, arkit, whole=region in ("all", "expression") and not held.arkit.any())
    return dataclasses.replace(
        motion,
        sight_from_head=turns,
        head_position_mm=positions,
        arkit=np.clip(arkit, 0, 1),
        gaze_deg=np.clip(gaze, -GAZE_LIMIT_DEG, GAZE_LIMIT_DEG).astype(np.float32),
        expression=names,
        expression_intensity=intensity,
    )


def moving(region: Region) -> Bool[np.ndarray, " 52"]:
    """Which coefficients a region moves."""
    return np.array([any(name.startswith(part) for part in _PARTS[region]) for name in ARKIT_NAMES])


def _neutral_turn(motion: Motion) -> Float[np.ndarray, "3 3"]:
    """How the driver holds the head in its neutral; a program's is straight."""
    if motion.kind == "program":
        return np.eye(3)
    return mean_rotation(motion.sight_from_head[neutral_frames(motion)])


def _expression(
    change: Motion, arkit: Float32[np.ndarray, "f 52"], *, whole: bool
) -> tuple[tuple[str, ...], Float32[np.ndarray, " f"]]:
    """The driver's names where its whole face is moved from a calm one, else those of the face that results."""
    return (change.expression, change.expression_intensity) if whole else recognise(arkit)
