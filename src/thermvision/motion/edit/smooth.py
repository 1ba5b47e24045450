"""Less jitter, as tracking takes it out."""

from __future__ import annotations

import dataclasses

from thermvision.motion.smooth import smooth_coefficients, smooth_positions, smooth_rotations
from thermvision.types import InputError, Motion

MAX_STRENGTH = 20.0


def smooth(motion: Motion, strength: float = 1.0) -> Motion:
    """The motion without delay and with less jitter, by the filters that tracked videos go through (`motion.smooth`).

    Rotation and position: a Gaussian of `strength` times 0.05 s and 0.06 s (standard deviation). Coefficients but blinks: a
    second-order fit over 5 frames where the strength is over 0. Gaze and labels stay: saccades are steps. strength: 0 (the
    motion as it is) to 20; others raise InputError.
    """
    if not 0 <= strength <= MAX_STRENGTH:
        raise InputError(f"strength is {strength:g}; expected 0 to {MAX_STRENGTH:g}: choose another")
    if strength == 0:
        return motion
    return dataclasses.replace(
        motion,
        sight_from_head=smooth_rotations(motion.sight_from_head, strength * motion.rate_hz),
        head_position_mm=smooth_positions(motion.head_position_mm, strength * motion.rate_hz),
        arkit=smooth_coefficients(motion.arkit),
    )
