"""Head rotation from points: turning is told from talking."""

import numpy as np
import pytest

from thermvision.motion.arkit import ARKIT_INDEX
from thermvision.motion.euler import euler_deg, rotation_from_euler_deg
from thermvision.motion.head_turn import _face, _kabsch, head_turns
from thermvision.rng import rng

FRAMES = 60


def moving_face(units, strength, noise_mm=0.3):
    """Points of a turning, talking face on a picture of another scale; its angles and coefficients."""
    stream = rng(4, "points")
    time = np.linspace(0, 2 * np.pi, FRAMES)
    angles = np.stack([18 * np.sin(time), 12 * np.cos(2 * time), 8 * np.sin(3 * time)], axis=1)
    arkit = np.zeros((FRAMES, 52))
    for name in units:
        arkit[:, ARKIT_INDEX[name]] = strength * np.clip(np.sin(4 * time), 0, 1)
    shape, displacement = _face()
    shape = shape * [1.05, 0.96, 1.0]  # not the average person
    points = shape + np.einsum("fk,knj->fnj", arkit, displacement)
    rotation = np.stack([rotation_from_euler_deg(*one) for one in angles])
    turned = np.einsum("fij,fnj->fni", rotation, points) + stream.normal(0, noise_mm, points.shape)
    return 2.7 * turned + [300, 200, 0], angles, arkit


def errors_deg(turns, angles):
    found = euler_deg(turns)
    return abs((found - found.mean(axis=0)) - (angles - angles.mean(axis=0)))


@pytest.mark.parametrize(
    "units",
    [
        (),
        ("jawOpen",),
        ("mouthSmileLeft", "mouthSmileRight"),
        ("mouthLeft", "browDownLeft"),
        ("mouthPucker", "jawForward"),
    ],
    ids="+".join,
)
def test_the_turn_is_found_whatever_the_mouth_does(units):
    points, angles, arkit = moving_face(units, 0.7)
    assert errors_deg(head_turns(points, arkit), angles).max() < 0.7


def test_an_expression_the_tracker_did_not_report_is_not_taken_for_a_nod():
    points, angles, _ = moving_face(("jawOpen",), 0.7)
    told_nothing = errors_deg(head_turns(points, np.zeros((FRAMES, 52))), angles)[:, 1].max()
    centred = points - points.mean(axis=1, keepdims=True)
    rigid = errors_deg(_kabsch(centred, np.broadcast_to(_face()[0], centred.shape)), angles)[:, 1].max()
    assert told_nothing < 0.5 * rigid


def test_one_frame_is_enough():
    points, _, arkit = moving_face((), 0.0)
    assert head_turns(points[:1], arkit[:1]).shape == (1, 3, 3)
