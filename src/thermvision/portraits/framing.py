"""Where a head stands so that its eyes and chin lie where the small FLUX paints them: every portrait framed alike."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.pose import pose_vertices
from thermvision.head.thermal_head import ThermalHead

FIELD_OF_VIEW_DEG = 24.0  # of the square frame
EYE_LINE, EYE_TO_CHIN = 0.445, 0.37  # shares of the frame's height: from the top; between the two
_EYES, _CHIN = slice(36, 48), 8  # of the 68 points
_FIRST_GUESS_MM, _ROUNDS = 900.0, 4


def framed_place_mm(head: ThermalHead) -> Float[np.ndarray, " 3"]:
    """The head joint's place, camera frame, at which the calm face has its eyes on the line and its chin below them.

    Perspective makes the two equations depend on each other a little, so they are solved in turn; four rounds reach a
    thousandth of the frame.
    """
    focal_share = 0.5 / np.tan(np.radians(FIELD_OF_VIEW_DEG) / 2)  # focal length over the frame's height
    calm, no_gaze = np.zeros(len(head.model.unit_names), np.float32), np.zeros(2)
    posed = pose_vertices(head.rig, calm, no_gaze, np.eye(3), np.zeros(3))[: head.model.num_vertices]
    points = landmark_positions_mm(head.model, posed, "68").astype(float)
    eyes, chin = points[_EYES].mean(axis=0), points[_CHIN]
    place = np.array([0.0, 0.0, _FIRST_GUESS_MM])
    for _ in range(_ROUNDS):
        at_eyes, at_chin = (focal_share * (point[1] + place[1]) / (point[2] + place[2]) for point in (eyes, chin))
        place[2] *= (at_chin - at_eyes) / EYE_TO_CHIN
        place[1] = (EYE_LINE - 0.5) * (eyes[2] + place[2]) / focal_share - eyes[1]
    place[0] = -eyes[0]
    return place
