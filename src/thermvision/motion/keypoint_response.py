"""What ARKit coefficients do to LivePortrait's 21 keypoints, and which coefficients a displacement shows.

The keypoints are learned, not chosen: 11 and 15 are the upper lids at image left and right, 13 and 16 the lower ones, 1 and 2
the brows, 19 the lower lip and jaw, 20 the upper lip, 14 the corners of the mouth. Sides here are the subject's: left is image
right.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32
from scipy.optimize import nnls

from thermvision.motion.arkit import ARKIT_INDEX
from thermvision.motion.programs import GAZE_AT_FULL_DEG

# Displacement in 1/1000 at a coefficient of 1: (keypoint, axis, value). Where a ridge regression on 633 frames of five real
# people and LivePortrait's own sliders tell the same control, the slider counts for lids and brows, whose regression is
# weak; the regression tells left from right. Both from published code and templates; no image of the networks was judged.
_X, _Y, _Z = 0, 1, 2
RESPONSE: dict[str, tuple[tuple[int, int, float], ...]] = {
    "jawOpen": ((19, _Y, 78), (14, _Y, 12), (20, _Y, -11), (17, _Z, -8)),
    "mouthPucker": ((20, _Y, 12), (20, _Z, 10), (19, _Y, 10), (19, _Z, 7), (14, _Y, 5)),
    "mouthSmileLeft": ((19, _X, 13), (5, _Y, 12), (7, _Y, -11), (0, _Y, 11), (14, _Y, -10), (20, _Y, -9), (20, _X, 9)),
    "mouthSmileRight": ((19, _X, -12), (20, _X, -8), (14, _Y, -8), (20, _Y, -8)),
    "mouthLeft": ((19, _X, 27), (20, _X, 20), (4, _Y, 13), (0, _X, 12)),
    "mouthRight": ((19, _X, -32), (4, _Y, -18), (20, _X, -16)),
    "eyeBlinkLeft": ((15, _Y, 17.5), (16, _Y, -5.25)),
    "eyeBlinkRight": ((11, _Y, 17.5), (13, _Y, -5.25)),
    "browDownLeft": ((2, _X, -12), (2, _Y, 10)),
    "browDownRight": ((1, _X, 12), (1, _Y, -5)),
    "browOuterUpLeft": ((2, _Y, -20),),
    "browOuterUpRight": ((1, _Y, 20),),
}  # fmt: skip
# A face at rest is not at zero: its displacement is taken as the median over the clip, but for lids and jaw, which rest at the
# open and the shut end of their way.
_REST_PERCENT, _RESTS_AT_END = 25.0, ((11, _Y), (15, _Y), (19, _Y))
_RIDGE = 2.0  # 1/1000: keeps what the keypoints hardly show near 0
# Horizontal gaze moves the lids' keypoints sideways: 0.7 to 1 thousandth a unit of LivePortrait's slider, which is at its end
# at 30; the end is taken as the full turn of the eye.
_GAZE_PER_UNIT = GAZE_AT_FULL_DEG / (0.85 * 30e-3)


def response_matrix() -> Float[np.ndarray, "c 63"]:
    """The table as a matrix: a row for each of `RESPONSE`, 21 keypoints times x, y, z, in LivePortrait's units."""
    matrix = np.zeros((len(RESPONSE), 21, 3))
    for row, terms in enumerate(RESPONSE.values()):
        for keypoint, axis, thousandths in terms:
            matrix[row, keypoint, axis] = thousandths * 1e-3
    return matrix.reshape(len(RESPONSE), 63)


def rest_displacement(expression: Float[np.ndarray, "f 21 3"]) -> Float[np.ndarray, "21 3"]:
    """What the displacement of this person's face at rest is likely to be, from a clip of it."""
    rest = np.median(expression, axis=0)
    for keypoint, axis in _RESTS_AT_END:
        rest[keypoint, axis] = np.percentile(expression[:, keypoint, axis], _REST_PERCENT)
    return np.asarray(rest, np.float64)


def coefficients_from_displacement(change: Float[np.ndarray, "f 21 3"]) -> Float32[np.ndarray, "f 52"]:
    """Coefficients (0-1) whose response is nearest to a displacement from rest, frame by frame; those not in the table are 0.

    Non-negative least squares with a small ridge.
    """
    matrix = response_matrix().T * 1e3
    padded = np.concatenate([matrix, _RIDGE * np.eye(len(RESPONSE))])
    arkit = np.zeros((len(change), 52), np.float32)
    columns = [ARKIT_INDEX[name] for name in RESPONSE]
    target = np.concatenate([change.reshape(len(change), 63) * 1e3, np.zeros((len(change), len(RESPONSE)))], axis=1)
    for frame, wanted in enumerate(target):
        arkit[frame, columns] = np.clip(nnls(padded, wanted)[0], 0, 1)
    return arkit


def gaze_yaw_from_displacement(change: Float[np.ndarray, "f 21 3"]) -> Float[np.ndarray, " f"]:
    """Yaw of the gaze in degrees, positive to image right, at most `GAZE_AT_FULL_DEG`: a rough guess from the lids' keypoints."""
    yaw = (change[:, 11, _X] + change[:, 15, _X]) / 2 * _GAZE_PER_UNIT
    return np.clip(yaw, -GAZE_AT_FULL_DEG, GAZE_AT_FULL_DEG)
