"""A driver's neutral pose and face, and motion relative to it: what moves the subject is the change, not the driver."""

from __future__ import annotations

import dataclasses

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial.transform import Rotation

from thermvision.motion.arkit import ARKIT_INDEX, ARKIT_NAMES
from thermvision.motion.expressions import recognise
from thermvision.types import Motion

_REST_PERCENT = 8.0  # a coefficient's resting value: it is this low in at least so many frames
_SHUT_FROM = 0.6
_ALIKE_DEG = 4.0
_CALM_SHARE = 0.2  # of the frames, those with the least expression, among which the neutral pose is sought
_MOUTH_AND_BROWS = [i for i, name in enumerate(ARKIT_NAMES) if name.startswith(("mouth", "jaw", "brow"))]


def neutral_frames(motion: Motion) -> Int[np.ndarray, " n"]:
    """The frames that together are the neutral pose: of the calmest fifth, those turned alike.

    Calm is little movement of mouth and brows; alike is within 4 degrees of the one nearest to the fifth's mean rotation.
    Several frames, because a single one carries the tracker's jitter into every other.
    """
    activity = motion.arkit[:, _MOUTH_AND_BROWS].sum(axis=1) + np.where(motion.measured, 0, 1e3)
    calm = np.argsort(activity, kind="stable")[: max(1, int(_CALM_SHARE * len(motion)))]
    rotations = Rotation.from_matrix(motion.sight_from_head[calm])
    middle = rotations[int(np.argmin((rotations.mean().inv() * rotations).magnitude()))]
    return np.sort(calm[(middle.inv() * rotations).magnitude() <= np.radians(_ALIKE_DEG)])


def mean_rotation(rotations: Float[np.ndarray, "f 3 3"]) -> Float[np.ndarray, "3 3"]:
    """The rotation in the middle of several."""
    return Rotation.from_matrix(rotations).mean().as_matrix()


def relative_to_neutral(motion: Motion) -> Motion:
    """The motion as change from the driver's neutral: rotation, position, coefficients and gaze.

    A rotation R becomes R0^T R, the turn against the neutral pose in the head's own axes: the nod of a driver filmed from the
    side is a nod, not a tilt, and what a tracker adds to every rotation on the camera's side falls out. Coefficients lose their resting value c0, (c - c0) / (1 - c0), where c0 is the 8th percentile
    over the clip; a blink that MediaPipe scores at 0.6 or more at its peak is a shut eye and becomes 1. The expression is
    named anew from what remains. Built-in programs are relative already and come back unchanged.
    """
    if motion.kind == "program":
        return motion
    frames = neutral_frames(motion)
    rest = np.percentile(motion.arkit[motion.measured], _REST_PERCENT, axis=0)
    arkit = np.clip((motion.arkit - rest) / (1 - rest), 0, 1)
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        shut = arkit[:, ARKIT_INDEX[name]]
        arkit[:, ARKIT_INDEX[name]] = np.clip(shut / np.clip(shut.max(), _SHUT_FROM, 1), 0, 1)
    arkit = arkit.astype(np.float32)
    expression, intensity = recognise(arkit)
    return dataclasses.replace(
        motion,
        sight_from_head=mean_rotation(motion.sight_from_head[frames]).T @ motion.sight_from_head,
        head_position_mm=motion.head_position_mm - motion.head_position_mm[frames].mean(axis=0),
        arkit=arkit,
        gaze_deg=(motion.gaze_deg - np.median(motion.gaze_deg[motion.measured], axis=0)).astype(np.float32),
        expression=expression,
        expression_intensity=intensity,
    )
