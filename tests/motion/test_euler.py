"""Angles: there and back, and their signs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermvision.motion.euler import euler_deg, rotation_from_euler_deg
from thermvision.motion.line_of_sight import sight_turn

ANGLE = st.floats(-85, 85)
FACE = np.array([0.0, 0.0, -1.0])  # where a frontal face looks: towards the camera


@given(ANGLE, ANGLE, ANGLE)
def test_there_and_back(yaw, pitch, roll):
    assert euler_deg(rotation_from_euler_deg(yaw, pitch, roll)) == pytest.approx([yaw, pitch, roll], abs=1e-6)


@given(ANGLE, ANGLE, ANGLE)
def test_rotations_are_rotations(yaw, pitch, roll):
    rotation = rotation_from_euler_deg(yaw, pitch, roll)
    assert rotation @ rotation.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(rotation) == pytest.approx(1)


@pytest.mark.parametrize(
    ("angles", "what", "axis", "sign"),
    [
        ((20, 0, 0), FACE, 0, 1),  # yaw > 0: the face looks to image right
        ((0, 20, 0), FACE, 1, -1),  # pitch > 0: it looks up, and y points down
        ((0, 0, 20), np.array([0.0, -1.0, 0.0]), 0, 1),  # roll > 0: the crown tips to image right, clockwise
    ],
)
def test_signs(angles, what, axis, sign):
    turned = rotation_from_euler_deg(*angles) @ what
    assert np.sign(turned[axis]) == sign


@given(st.floats(-300, 300), st.floats(-300, 300), st.floats(200, 2000))
def test_sight_turn_takes_one_direction_to_the_other(x, y, z):
    start, end = np.array([10.0, -20.0, 500.0]), np.array([x, y, z])
    turned = sight_turn(start, end) @ (start / np.linalg.norm(start))
    assert turned == pytest.approx(end / np.linalg.norm(end), abs=1e-9)
