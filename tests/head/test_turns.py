"""Rotations written out against scipy's."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from thermvision.head.turns import gaze_turn, share_of_turn


def test_gaze_is_yaw_then_pitch():
    expected = Rotation.from_euler("YX", [-20.0, 11.0], degrees=True).as_matrix()
    assert gaze_turn(20.0, -11.0) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("angle_deg", [0.0, 1e-7, 1e-3, 30.0, 119.0, 175.0, 180.0])
def test_a_share_of_a_turn_is_a_share_of_its_angle(angle_deg):
    for seed in range(5):
        axis = np.random.default_rng(seed).normal(size=3)
        vector = axis / np.linalg.norm(axis) * np.radians(angle_deg)
        found = share_of_turn(Rotation.from_rotvec(vector).as_matrix(), 0.4)
        either = [Rotation.from_rotvec(sign * 0.4 * vector).as_matrix() for sign in (1, -1)]  # half a turn has two axes
        assert min(np.abs(found - one).max() for one in either[: 1 + (angle_deg == 180.0)]) < 1e-7
