"""The same movement with left and right exchanged."""

from __future__ import annotations

import dataclasses

import numpy as np

from thermvision.motion.arkit import ARKIT_INDEX, ARKIT_NAMES
from thermvision.types import Motion

_FLIP = np.array([-1.0, 1.0, 1.0])  # x of the camera and of the head


def _other_side(name: str) -> str:
    if name.endswith("Left"):
        return name.removesuffix("Left") + "Right"
    return name.removesuffix("Right") + "Left" if name.endswith("Right") else name


_SWAPPED = np.array([ARKIT_INDEX[_other_side(name)] for name in ARKIT_NAMES])


def mirror(motion: Motion) -> Motion:
    """The motion as a mirror shows it: yaw, roll, sideways position and gaze change sign, coefficients change sides.

    Mirrored twice is the motion itself.
    """
    return dataclasses.replace(
        motion,
        sight_from_head=motion.sight_from_head * np.outer(_FLIP, _FLIP),
        head_position_mm=motion.head_position_mm * _FLIP,
        arkit=motion.arkit[:, _SWAPPED],
        gaze_deg=motion.gaze_deg * np.array([-1, 1], np.float32),
    )
