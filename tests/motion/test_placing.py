"""Where people of wild frames stand: sizes, turns and the floor, without rendering."""

from __future__ import annotations

import numpy as np
import pytest

from thermvision.motion.euler import euler_deg
from thermvision.motion.placing import CAMERA_HEIGHT_MM, FACE_HEIGHT_MM, draw_places

WIDTH, HEIGHT, FOCAL = 640, 512, 879.0


@pytest.fixture(scope="module")
def drawn():
    stream = np.random.default_rng(0)
    return [
        draw_places([1500.0, 1480.0, 1100.0], [False, True, False], WIDTH, HEIGHT, FOCAL, 6.0, stream)
        for _ in range(400)
    ]


def test_faces_are_five_to_ninety_percent_of_the_frame(drawn):
    share = [FACE_HEIGHT_MM * FOCAL / p.position_mm[2] / HEIGHT for _, places in drawn for p in places if p is not None]
    assert min(share) > 0.049 and max(share) < 0.901
    first = np.array([FACE_HEIGHT_MM * FOCAL / places[0].position_mm[2] / HEIGHT for _, places in drawn])
    assert np.percentile(first, 5) < 0.08 and np.percentile(first, 95) > 0.6


def test_all_stand_on_one_floor_under_a_camera_at_a_sane_height(drawn):
    for stand, places in drawn:
        for place, height in zip(places, [1500.0, 1480.0, 1100.0], strict=True):
            if place is not None:
                assert stand.room_from_camera(place.position_mm)[1] + height == pytest.approx(stand.height_mm, abs=1e-6)
    heights = np.array([stand.height_mm for stand, _ in drawn])
    assert ((heights > CAMERA_HEIGHT_MM[0]) & (heights < CAMERA_HEIGHT_MM[1])).mean() > 0.99


def test_heads_turn_as_far_as_asked_for(drawn):
    angles = []
    for _, places in drawn:
        for place in places:
            if place is not None:
                angles.append(euler_deg(place.camera_from_body() @ place.body_from_head(np.eye(3))))
    yaw, pitch, roll = np.abs(np.array(angles)).T
    assert yaw.max() > 75 and np.median(yaw) < 35
    assert pitch.max() > 30 and roll.max() > 30
    told = yaw < 60  # nearer to a profile pitch and roll mean little
    assert pitch[told].max() < 46 and roll[told].max() < 46


def test_the_first_face_is_in_the_frame_and_most_others_too(drawn):
    for _, places in drawn:
        x, y, z = places[0].position_mm
        assert 0 < x / z * FOCAL + WIDTH / 2 < WIDTH and 0 < (y - 45) / z * FOCAL + HEIGHT / 2 < HEIGHT
    assert np.mean([place is not None for _, places in drawn for place in places]) > 0.8


def test_a_hand_on_the_face_keeps_the_head_still():
    _, places = draw_places([1500.0], [True], WIDTH, HEIGHT, FOCAL, 6.0, np.random.default_rng(1))
    turned = places[0].body_from_head(np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]]))
    assert np.degrees(np.arccos((np.trace(turned) - 1) / 2)) <= places[0].neck_deg
