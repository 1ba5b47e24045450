"""A driver from one of our own motions (tracked, a table, a program): the keypoints that its coefficients move."""

from __future__ import annotations

import logging

import numpy as np

from thermvision.motion.arkit import ARKIT_INDEX, ARKIT_NAMES
from thermvision.motion.keypoint_response import RESPONSE, response_matrix
from thermvision.motion.liveportrait_template import NUM_KEYPOINTS, MotionTemplate
from thermvision.motion.neutral import relative_to_neutral
from thermvision.motion.programs import GAZE_AT_FULL_DEG
from thermvision.motion.template_motion import DISTANCE_MM, MM_PER_UNIT
from thermvision.retarget.liveportrait.driver import Calm, Driver
from thermvision.types import Motion

_LOG = logging.getLogger(__name__)
_MOVED = 0.15  # a coefficient that gets this high was meant
_GAZE_SHIFT = 0.85 * 30e-3  # of the lids' keypoints, sideways, at the full turn of the eyes (motion.keypoint_response)
_LIDS = (11, 15)


def driver_from_motion(motion: Motion) -> Driver:
    """Rotation and place exactly; of the 52 coefficients the 12 whose response in keypoints is known, and gaze to the side.

    Coefficients that move and have no known response are named in the log: a video or a template says them in keypoints, and
    the mesh retargeter takes all 52. The motion is taken from its own neutral, so the calm face is the portrait's.
    """
    told = relative_to_neutral(motion)
    amounts = told.arkit[:, [ARKIT_INDEX[name] for name in RESPONSE]].astype(np.float64)
    expression = (amounts @ response_matrix()).reshape(len(told), NUM_KEYPOINTS, 3)
    expression[:, _LIDS, 0] += (told.gaze_deg[:, :1] / GAZE_AT_FULL_DEG) * _GAZE_SHIFT
    depth = told.head_position_mm[:, 2]
    seen = MotionTemplate(
        name=motion.name,
        rate_hz=motion.rate_hz,
        rotation=np.asarray(told.sight_from_head, np.float64),
        expression=expression.astype(np.float32),
        scale=(DISTANCE_MM / np.clip(DISTANCE_MM + depth, DISTANCE_MM / 2, 2 * DISTANCE_MM)).astype(np.float32),
        translation=(told.head_position_mm / MM_PER_UNIT * [1, 1, 0]).astype(np.float32),
        eye_ratio=None,
        lip_ratio=None,
    )
    silent = [
        name
        for name in ARKIT_NAMES
        if name not in RESPONSE and not name.startswith("eyeLook") and told.arkit[:, ARKIT_INDEX[name]].max() > _MOVED
    ]
    if silent:
        _LOG.warning(
            "%s moves %d coefficients that liveportrait cannot show from numbers (%s); drive it with a video or a template, or use --retarget mesh",
            motion.name, len(silent), ", ".join(silent[:4]) + (", ..." if len(silent) > 4 else ""),
        )  # fmt: skip
    return Driver(seen, Calm(np.eye(3), np.zeros((NUM_KEYPOINTS, 3)), 1.0, np.zeros(3)), told)
