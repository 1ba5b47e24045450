"""Keypoints are put together as the published networks were trained: order, signs, and the pose read back."""

import numpy as np
import pytest

from thermvision.motion.euler import euler_deg, rotation_from_euler_deg
from thermvision.retarget.liveportrait.keypoints import head_rotation, place_keypoints, rotation_from_network_deg


def heads(count, seed=0):
    rng = np.random.default_rng(seed)
    canonical = rng.normal(0, 0.3, (count, 21, 3))
    rotation = np.stack([rotation_from_euler_deg(*rng.uniform(-25, 25, 3)) for _ in range(count)])
    return canonical, rotation, rng.normal(0, 0.02, (count, 21, 3)), rng.uniform(1.1, 1.6, count), rng.normal(0, 0.1, (count, 3))  # fmt: skip


def test_expression_comes_after_rotation_and_before_scale_and_depth_is_not_moved():
    canonical, rotation, expression, scale, translation = heads(4)
    placed = place_keypoints(canonical, rotation, expression, scale, translation)
    for f in range(4):
        stored = rotation[f].T  # as the original stores it, for row vectors
        expected = scale[f] * (canonical[f] @ stored + expression[f])
        expected[:, :2] += translation[f, :2]
        np.testing.assert_allclose(placed[f], expected, atol=1e-12)


@pytest.mark.parametrize(
    ("pitch", "yaw", "roll", "moved", "label"),
    [
        (0, -25, 0, (1, 0), (25, 0, 0)),  # nose to image right; ours: yaw > 0
        (0, 25, 0, (-1, 0), (-25, 0, 0)),
        (20, 0, 0, (0, 1), (0, -20, 0)),  # nose down; ours: pitch < 0
        (0, 0, 15, (0, 0), (0, 0, 15)),
    ],
)
def test_signs_of_the_motion_extractor(pitch, yaw, roll, moved, label):
    rotation = rotation_from_network_deg(*(np.array([float(a)]) for a in (pitch, yaw, roll)))
    nose = (rotation[0] @ [0, 0, -1])[:2]
    np.testing.assert_array_equal(np.sign(nose.round(9)), moved)
    np.testing.assert_allclose(euler_deg(rotation[0]), label, atol=1e-9)
    if roll:
        assert (rotation[0] @ [0, -1, 0])[0] > 0  # the top of the head goes to image right: clockwise


def test_pose_is_read_back_from_keypoints_that_were_shifted_afterwards():
    canonical, rotation, expression, scale, translation = heads(6, seed=2)
    placed = place_keypoints(canonical, rotation, expression, scale, translation)
    placed += np.random.default_rng(1).normal(0, 0.1, (6, 1, 3))  # what stitching does most: all keypoints together
    np.testing.assert_allclose(head_rotation(placed, canonical, expression, scale), rotation, atol=1e-9)
    lips = placed.copy()
    lips[:, 19] += 0.2  # a keypoint that is all expression does not count
    np.testing.assert_allclose(head_rotation(lips, canonical, expression, scale), rotation, atol=1e-9)
