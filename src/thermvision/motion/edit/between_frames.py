"""A motion between its frames, and between two motions: the interpolation that the other edits share."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial.transform import Rotation

from thermvision.types import Motion


def pick_frames(motion: Motion, frames: Int[np.ndarray, " n"]) -> Motion:
    """The motion made of the frames with these numbers (0-based), in this order."""
    return dataclasses.replace(
        motion,
        sight_from_head=motion.sight_from_head[frames],
        head_position_mm=motion.head_position_mm[frames],
        arkit=motion.arkit[frames],
        gaze_deg=motion.gaze_deg[frames],
        measured=motion.measured[frames],
        expression=tuple(motion.expression[i] for i in frames),
        expression_intensity=motion.expression_intensity[frames],
    )


def join(parts: Sequence[Motion]) -> Motion:
    """The motions of one rate, one after the other, named as the first."""
    return dataclasses.replace(
        parts[0],
        sight_from_head=np.concatenate([part.sight_from_head for part in parts]),
        head_position_mm=np.concatenate([part.head_position_mm for part in parts]),
        arkit=np.concatenate([part.arkit for part in parts]),
        gaze_deg=np.concatenate([part.gaze_deg for part in parts]),
        measured=np.concatenate([part.measured for part in parts]),
        expression=tuple(word for part in parts for word in part.expression),
        expression_intensity=np.concatenate([part.expression_intensity for part in parts]),
    )


def at_frames(motion: Motion, place: Float[np.ndarray, " n"]) -> Motion:
    """The motion at frame numbers that need not be whole, from 0 to the last.

    Rotations along the great circle (slerp), `measured` and the expression from the nearest frame, the rest linear. At whole
    numbers the frames come out as they are.
    """
    low = np.clip(np.floor(place).astype(int), 0, len(motion) - 1)
    high = np.minimum(low + 1, len(motion) - 1)
    return mix(pick_frames(motion, low), pick_frames(motion, high), place - low)


def mix(first: Motion, second: Motion, weight: Float[np.ndarray, " f"]) -> Motion:
    """Two motions of the same length, frame by frame; weight 0 is the first, 1 the second.

    Labels come from the heavier one, the first at one half. The intensity of an expression is mixed where both show the same
    one; otherwise the heavier one's counts by its weight.
    """
    heavier = weight > 0.5
    names = tuple(b if take else a for a, b, take in zip(first.expression, second.expression, heavier, strict=True))
    alike = np.array([a == b for a, b in zip(first.expression, second.expression, strict=True)])
    intensity_a, intensity_b = first.expression_intensity * (1 - weight), second.expression_intensity * weight
    intensity = np.where(alike, intensity_a + intensity_b, np.where(heavier, intensity_b, intensity_a))
    return dataclasses.replace(
        first,
        sight_from_head=_between_rotations(first.sight_from_head, second.sight_from_head, weight),
        head_position_mm=_between(first.head_position_mm, second.head_position_mm, weight),
        arkit=_between(first.arkit, second.arkit, weight).astype(np.float32),
        gaze_deg=_between(first.gaze_deg, second.gaze_deg, weight).astype(np.float32),
        measured=np.where(heavier, second.measured, first.measured),
        expression=names,
        expression_intensity=intensity.astype(np.float32),
    )


def _between(
    first: Float[np.ndarray, "f n"], second: Float[np.ndarray, "f n"], weight: Float[np.ndarray, " f"]
) -> Float[np.ndarray, "f n"]:
    share = weight[:, None]
    mixed = first * (1 - share) + second * share
    return np.where(share <= 0, first, np.where(share >= 1, second, mixed))  # ends without rounding


def _between_rotations(
    first: Float[np.ndarray, "f 3 3"], second: Float[np.ndarray, "f 3 3"], weight: Float[np.ndarray, " f"]
) -> Float[np.ndarray, "f 3 3"]:
    start = Rotation.from_matrix(first)
    turn = (start.inv() * Rotation.from_matrix(second)).as_rotvec()
    mixed = (start * Rotation.from_rotvec(weight[:, None] * turn)).as_matrix()
    share = weight[:, None, None]
    return np.where(share <= 0, first, np.where(share >= 1, second, mixed))
