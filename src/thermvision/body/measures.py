"""How far down an arm or leg a point of the average body lies, and on which bones: what clothes are cut by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from thermvision.body.model import BodyModel, joints_of


@dataclass(frozen=True, slots=True)
class Measures:
    """Shares along limbs: an arm runs from the shoulder (0) by the elbow (0.5) to the wrist (1), a leg likewise."""

    position_mm: Float32[np.ndarray, "n 3"]
    on_arm: Float32[np.ndarray, " n"]  # 0-1
    on_leg: Float32[np.ndarray, " n"]
    on_hand: Float32[np.ndarray, " n"]
    arm: Float32[np.ndarray, " n"]  # along
    leg: Float32[np.ndarray, " n"]
    finger: Float32[np.ndarray, " n"]  # 0 at the wrist, 1 at the fingertips


def measure(model: BodyModel, position_mm: Float32[np.ndarray, "n 3"], weights: np.ndarray) -> Measures:
    """Measures of points of the average body; weights: (n, bones)."""
    joints = joints_of(model, model.base_mm)
    mirrored = position_mm * np.array([1, 1, 1], np.float32)
    mirrored[:, 0] = np.abs(mirrored[:, 0])
    names = model.bone_names

    def share(*prefixes: str) -> np.ndarray:
        return np.asarray(weights[:, [n.startswith(prefixes) for n in names]].sum(axis=1), np.float32)

    arm = _along(mirrored, joints["upperarm_l"], joints["forearm_l"], joints["hand_l"])
    leg = _along(mirrored, joints["thigh_l"], joints["shin_l"], joints["foot_l"])
    tip = joints["fingertip_l"] - joints["hand_l"]
    finger = (mirrored - joints["hand_l"]) @ tip / (tip @ tip)
    return Measures(
        np.asarray(position_mm, np.float32),
        share("upperarm", "forearm", "wrist", "hand", "finger"),
        share("thigh", "shin", "foot"),
        share("hand", "finger"),
        arm.astype(np.float32),
        leg.astype(np.float32),
        np.clip(finger, 0, 1).astype(np.float32),
    )


def _along(points: np.ndarray, start: np.ndarray, middle: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Share of the way from start (0) by the middle (0.5) to the end (1), beyond both as well."""
    first, second = middle - start, end - middle
    upper = (points - start) @ first / (first @ first)
    lower = (points - middle) @ second / (second @ second)
    return np.where(lower > 0, 0.5 + 0.5 * lower, 0.5 * np.minimum(upper, 1.0))
