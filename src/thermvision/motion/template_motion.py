"""A motion for the three-dimensional head from a LivePortrait template."""

from __future__ import annotations

import numpy as np

from thermvision.motion.arkit import ARKIT_INDEX
from thermvision.motion.expressions import recognise
from thermvision.motion.keypoint_response import (
    coefficients_from_displacement,
    gaze_yaw_from_displacement,
    rest_displacement,
)
from thermvision.motion.liveportrait_template import MotionTemplate
from thermvision.motion.programs import GAZE_AT_FULL_DEG
from thermvision.types import Motion

# Half of a picture in which a face is cropped as LivePortrait crops its drivers: 2.2 times the face, about 150 mm. At a
# scale of 1.4, in the middle of what templates show; a larger face in the picture makes a unit fewer millimetres.
MM_PER_UNIT, AT_SCALE = 165.0, 1.4
DISTANCE_MM = 600.0  # of the driver from the camera, which a template does not tell


def motion_from_template(template: MotionTemplate) -> Motion:
    """What a template says of a head, as a motion.

    Rotation: exact, as the published network saw it (its zero lies up to 2.5 degrees from an anatomical one, per person).
    Position: sideways from the translation with an assumed size of the picture (perhaps 30 % off), in depth from the scale at
    an assumed 600 mm. Coefficients: 12 of the 52, guessed from how 21 learned keypoints move about their rest
    (`keypoint_response`). How good the guess is was not measured. What the keypoints can tell at best was: a regression on all
    of them correlates with MediaPipe's coefficients by .9 for blinks and brows down, .7-.8 for jaw and smiles, on people it
    had not seen, and not at all (< .2) for funnel and raised brows; expect pucker, mouth to a side and raised brows to be
    rough. Pressed or rolled lips, funnel, cheeks, nose and tongue stay 0. Gaze: yaw only and rough; a look down shows as lids
    that lower.
    """
    change = template.expression.astype(np.float64) - rest_displacement(template.expression.astype(np.float64))
    arkit = coefficients_from_displacement(change)
    yaw_deg = gaze_yaw_from_displacement(change)
    _lids_follow(arkit, yaw_deg)
    scale = template.scale.astype(np.float64)
    sideways = template.translation[:, :2].astype(np.float64) * (MM_PER_UNIT * AT_SCALE / scale)[:, None]
    depth = DISTANCE_MM * (np.median(scale) / scale - 1)
    names, intensity = recognise(arkit)
    return Motion(
        name=template.name,
        kind="tracked",
        rate_hz=template.rate_hz,
        sight_from_head=template.rotation,
        head_position_mm=np.column_stack([sideways, depth]),
        arkit=arkit,
        gaze_deg=np.column_stack([yaw_deg, np.zeros(len(template))]).astype(np.float32),
        measured=np.ones(len(template), bool),
        expression=names,
        expression_intensity=intensity,
    )


def _lids_follow(arkit: np.ndarray, yaw_deg: np.ndarray) -> None:
    """EyeLook coefficients that belong to the gaze."""
    right, left = (np.clip(sign * yaw_deg / GAZE_AT_FULL_DEG, 0, 1) for sign in (1, -1))
    for name, share in {"OutLeft": right, "InRight": right, "InLeft": left, "OutRight": left}.items():
        arkit[:, ARKIT_INDEX[f"eyeLook{name}"]] = share
