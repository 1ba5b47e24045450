"""Every person's eyes and chin lie where the small FLUX paints them."""

import numpy as np
import pytest

from thermvision.head.landmarks import landmark_positions_mm
from thermvision.portraits.framing import EYE_LINE, EYE_TO_CHIN
from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait
from thermvision.portraits.still import frontal_still


@pytest.mark.parametrize(
    ("index", "gender", "camera"), [(0, "female", "generic"), (7, "male", "generic"), (12, "female", "boson_320")]
)
def test_eyes_and_chin_lie_where_they_are_painted(index, gender, camera):
    subject = draw_subject(3, index, gender)
    head = make_portrait(subject, draw_session(3, subject, 0, camera, None), 3).head
    still = frontal_still(head, 128)
    points = landmark_positions_mm(head.model, still.vertices_mm[: head.model.num_vertices], "68")
    x, y = still.view.project(points)[:, :2].T / 128
    eyes = slice(36, 48)
    assert np.isclose(x[eyes].mean(), 0.5, atol=0.003)
    assert np.isclose(y[eyes].mean(), EYE_LINE, atol=0.005)  # lids hang a little lower at rest
    assert np.isclose(y[8] - y[eyes].mean(), EYE_TO_CHIN, atol=0.005)
