"""Retargeting, stitching, lips and multiplier: in which order, from which numbers, and that nothing freezes the face."""

import numpy as np
import pytest
import torch

from thermvision.motion.euler import rotation_from_euler_deg
from thermvision.motion.liveportrait_template import MotionTemplate
from thermvision.retarget.liveportrait.last_steps import finished_keypoints
from thermvision.retarget.liveportrait.layout import STITCHING_NETWORKS
from thermvision.retarget.liveportrait.networks import LivePortraitNetworks
from thermvision.retarget.liveportrait.options import LivePortraitOptions
from thermvision.retarget.liveportrait.parts import IMAGE_LEFT_EYE, IMAGE_RIGHT_EYE

FRAMES = 6


@pytest.fixture(scope="module")
def networks(states):
    """The three small networks with random weights; the large ones have no part in this."""
    by_name = {}
    for name, make in STITCHING_NETWORKS.items():
        by_name[name] = make()
        by_name[name].load_state_dict(states[name])
    return LivePortraitNetworks(by_name, torch.device("cpu"), torch.float32, fast=False)


RNG = np.random.default_rng(0)
SOURCE = RNG.normal(0, 0.3, (1, 21, 3))
DRIVEN = SOURCE + RNG.normal(0, 0.05, (FRAMES, 21, 3))
DRIVER = MotionTemplate(
    "t", 25.0, np.stack([rotation_from_euler_deg(0, 0, 0)] * FRAMES), np.zeros((FRAMES, 21, 3), np.float32), np.ones(FRAMES, np.float32),
    np.zeros((FRAMES, 3), np.float32), RNG.uniform(0, 0.5, (FRAMES, 2)).astype(np.float32), RNG.uniform(0, 0.5, FRAMES).astype(np.float32),
)  # fmt: skip
PLAIN = {"stitching": False, "normalise_lips": False}


def finished(networks, lips=0.1, eyes=(0.3, 0.35), **settings):
    ratios = np.array([eyes]), np.array([lips])
    return finished_keypoints(networks, SOURCE, DRIVEN, ratios, DRIVER, LivePortraitOptions(**settings))


def tensor(values):
    return torch.tensor(np.broadcast_to(values, (FRAMES, *values.shape[1:])).copy(), dtype=torch.float32)


def test_plain_keypoints_pass_and_the_multiplier_scales_the_whole_motion(networks):
    np.testing.assert_allclose(finished(networks, **PLAIN), DRIVEN, atol=1e-6)
    np.testing.assert_allclose(finished(networks, multiplier=0.0), np.broadcast_to(SOURCE, DRIVEN.shape), atol=1e-6)
    double = finished(networks, **PLAIN, multiplier=2.0)
    np.testing.assert_allclose(double - SOURCE, 2 * (DRIVEN - SOURCE), atol=1e-6)


def test_stitching_then_normalised_lips(networks):
    stitched = networks.stitch(tensor(SOURCE), tensor(DRIVEN))
    np.testing.assert_allclose(finished(networks, normalise_lips=False), stitched, atol=1e-6)
    closing = networks.retarget_lip(tensor(SOURCE), torch.tensor([[0.1, 0.0]] * FRAMES))
    np.testing.assert_allclose(finished(networks), stitched + closing, atol=1e-6)
    np.testing.assert_allclose(finished(networks, lips=0.02), stitched, atol=1e-6)  # shut already
    np.testing.assert_allclose(finished(networks, lips=0.1, lip_threshold=0.2), stitched, atol=1e-6)
    np.testing.assert_allclose(finished(networks, motion="absolute"), stitched, atol=1e-6)


def test_retargeting_keeps_the_drivers_motion(networks):
    """The original puts the portrait's own keypoints in place of the driven ones here."""
    lips = networks.retarget_lip(
        tensor(SOURCE), torch.tensor(np.stack([np.full(FRAMES, 0.1), DRIVER.lip_ratio], 1), dtype=torch.float32)
    )
    out = finished(networks, stitching=False, lip_retargeting=True)
    np.testing.assert_allclose(out, tensor(DRIVEN) + lips, atol=1e-6)
    both = finished(networks, lip_retargeting=True)
    np.testing.assert_allclose(both, networks.stitch(tensor(SOURCE), tensor(DRIVEN) + lips), atol=1e-6)


def test_each_eye_has_its_own_target(networks):
    """A wink: what the other eye does changes nothing of this one's keypoints."""
    out = finished(networks, **PLAIN, eye_retargeting=True) - DRIVEN

    def asked(side):
        numbers = np.stack([np.full(FRAMES, 0.3), np.full(FRAMES, 0.35), DRIVER.eye_ratio[:, side]], axis=1)
        return networks.retarget_eye(tensor(SOURCE), torch.tensor(numbers, dtype=torch.float32)).numpy()

    for side, keypoints in enumerate((IMAGE_LEFT_EYE, IMAGE_RIGHT_EYE)):
        np.testing.assert_allclose(out[:, keypoints], asked(side)[:, keypoints], atol=1e-6)
    np.testing.assert_allclose(out[:, 2], (asked(0) + asked(1))[:, 2] / 2, atol=1e-6)


def test_held_eyes_of_a_moving_portrait(networks):
    source = np.broadcast_to(SOURCE, DRIVEN.shape)
    eyes, lips = np.linspace([0.3, 0.4], [0.0, 0.1], FRAMES), np.zeros(FRAMES)
    options = LivePortraitOptions(stitching=False, hold_source_eyes=True)
    out = finished_keypoints(networks, source, DRIVEN, (eyes, lips), DRIVER, options) - DRIVEN
    numbers = np.column_stack([eyes, np.full(FRAMES, 0.35)])
    np.testing.assert_allclose(
        out, networks.retarget_eye(tensor(SOURCE), torch.tensor(numbers, dtype=torch.float32)), atol=1e-6
    )
    shut = eyes[::-1]
    out = finished_keypoints(networks, source, DRIVEN, (shut, lips), DRIVER, options) - DRIVEN
    numbers = np.column_stack([shut, np.full(FRAMES, 0.39)])  # a first frame with shut eyes is no aim
    np.testing.assert_allclose(
        out, networks.retarget_eye(tensor(SOURCE), torch.tensor(numbers, dtype=torch.float32)), atol=1e-6
    )


def test_lips_of_a_moving_portrait_are_judged_once(networks):
    """A ratio that crosses the threshold from frame to frame must not make the lips jump."""
    source = np.broadcast_to(SOURCE, DRIVEN.shape)
    eyes, lips = np.full((FRAMES, 2), 0.3), np.array([0.02, 0.04, 0.02, 0.04, 0.04, 0.04])
    options = LivePortraitOptions(stitching=False)
    out = finished_keypoints(networks, source, DRIVEN, (eyes, lips), DRIVER, options) - DRIVEN
    assert (np.abs(out).max(axis=(1, 2)) > 1e-4).all()
