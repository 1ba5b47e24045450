"""How much of the surroundings places of the head see: all of them on the forehead, nothing in the mouth, part of it beside the nose."""

import numpy as np

from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.model import load_head_model
from thermvision.head.openness import head_openness


def at_landmark(number):
    model = load_head_model()
    place = model.base_mm[: model.num_vertices]
    point = landmark_positions_mm(model, place, "478")[number]
    return float(head_openness()[np.argmin(np.linalg.norm(place - point, axis=1))])


def test_shares_of_places():
    share = head_openness()
    assert share.shape == (load_head_model().num_vertices,) and share.min() >= 0 and share.max() <= 1
    forehead, nose_tip, wing = at_landmark(151), at_landmark(4), at_landmark(129)
    assert forehead > 0.9 and nose_tip > 0.9
    assert wing < forehead - 0.05


def test_the_inside_of_the_mouth_sees_nothing_of_the_room():
    model = load_head_model()
    inside = np.unique(model.triangles[model.triangle_part == model.part_names.index("tongue")])
    assert np.median(head_openness()[inside]) < 0.05
