"""More or less of a motion."""

from __future__ import annotations

import dataclasses
from typing import Literal

import numpy as np
from scipy.spatial.transform import Rotation

from thermvision.motion.arkit import ARKIT_NAMES
from thermvision.motion.neutral import mean_rotation
from thermvision.types import InputError, Motion

MAX_FACTOR = 10.0
_LOOKS = np.array([name.startswith("eyeLook") for name in ARKIT_NAMES])


def scale(
    motion: Motion,
    *,
    rotation: float = 1.0,
    position: float = 1.0,
    expression: float = 1.0,
    gaze: float = 1.0,
    about: Literal["mean", "first", "neutral"] = "mean",
) -> Motion:
    """The motion with its parts made larger or smaller: 1 leaves a part as it is, 0 holds it still.

    rotation, position: of the head's turn and place against the mean over all frames, against the first frame, or against no
    turn and no displacement, as `neutral.relative_to_neutral` leaves them (`about`).
    expression: of all coefficients but the eyeLook ones, blinks included, clipped to 0-1; the intensity of the expression
    follows, and at 0 it is neutral. gaze: of the gaze angles about straight ahead, and of the eyeLook coefficients.
    Factors are 0 to 10; others raise InputError.
    """
    factors = {"rotation": rotation, "position": position, "expression": expression, "gaze": gaze}
    for name, factor in factors.items():
        if not 0 <= factor <= MAX_FACTOR:
            raise InputError(
                f"{name} is {factor:g}; expected a factor from 0 (still) to {MAX_FACTOR:g}: choose another"
            )
    return dataclasses.replace(
        motion,
        sight_from_head=_scaled_rotations(motion.sight_from_head, rotation, about),
        head_position_mm=_scaled_positions(motion.head_position_mm, position, about),
        arkit=np.clip(motion.arkit * np.where(_LOOKS, gaze, expression).astype(np.float32), 0, 1),
        gaze_deg=motion.gaze_deg * np.float32(gaze),
        expression=motion.expression if expression > 0 else ("neutral",) * len(motion),
        expression_intensity=np.clip(motion.expression_intensity * np.float32(expression), 0, 1),
    )


def _scaled_rotations(rotations: np.ndarray, factor: float, about: str) -> np.ndarray:
    if factor == 1:
        return rotations
    if about == "neutral":
        middle = Rotation.identity()
    else:
        middle = Rotation.from_matrix(mean_rotation(rotations) if about == "mean" else rotations[0])
    turn = (middle.inv() * Rotation.from_matrix(rotations)).as_rotvec()
    return np.asarray((middle * Rotation.from_rotvec(factor * turn)).as_matrix())


def _scaled_positions(position_mm: np.ndarray, factor: float, about: str) -> np.ndarray:
    if factor == 1:
        return position_mm
    middle = {"mean": position_mm.mean(axis=0), "first": position_mm[0], "neutral": np.zeros(3)}[about]
    return np.asarray(middle + factor * (position_mm - middle))
