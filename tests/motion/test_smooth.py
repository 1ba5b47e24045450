"""Smoothing, gaps and the neutral pose."""

import dataclasses

import numpy as np
import pytest

from thermvision.motion.arkit import ARKIT_INDEX
from thermvision.motion.euler import euler_deg, rotation_from_euler_deg
from thermvision.motion.gaps import bridge_rotations, bridge_values, check_gaps, gaps
from thermvision.motion.neutral import mean_rotation, neutral_frames, relative_to_neutral
from thermvision.motion.programs import make_program
from thermvision.motion.smooth import smooth_coefficients, smooth_rotations
from thermvision.rng import rng
from thermvision.types import InputError


def test_a_four_frame_blink_keeps_its_height_and_jitter_falls():
    arkit = np.clip(0.3 + rng(0).normal(0, 0.03, (200, 52)), 0, 1).astype(np.float32)
    blink, jaw = ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["jawOpen"]
    arkit[:, blink] = 0.05
    arkit[100:104, blink] = (0.5, 1.0, 0.9, 0.4)
    smooth = smooth_coefficients(arkit)
    assert smooth[:, blink].max() >= 0.9
    assert np.diff(smooth[:, jaw]).std() < 0.75 * np.diff(arkit[:, jaw]).std()


def test_rotations_lose_jitter_but_not_the_turn():
    yaw = 20 * np.sin(np.linspace(0, 2 * np.pi, 150))
    noisy = np.stack(
        [rotation_from_euler_deg(y + e, 0, 0) for y, e in zip(yaw, rng(0).normal(0, 0.5, 150), strict=True)]
    )
    smooth = euler_deg(smooth_rotations(noisy, 30.0))[:, 0]
    assert np.sqrt(np.mean((smooth - yaw) ** 2)) < 0.35
    assert smooth.max() > 19.3


def test_gaps_are_bridged_along_the_way():
    measured = np.ones(30, bool)
    measured[10:15] = measured[:2] = False
    yaw = np.linspace(0, 29, 30)
    rotations = np.stack(
        [rotation_from_euler_deg(y, 0, 0) if m else np.eye(3) for y, m in zip(yaw, measured, strict=True)]
    )
    filled = euler_deg(bridge_rotations(rotations, measured))[:, 0]
    assert filled[10:15] == pytest.approx(yaw[10:15], abs=1e-6)
    assert filled[:2] == pytest.approx([2, 2])
    values = bridge_values(np.where(measured, yaw, 0)[:, None], measured)[:, 0]
    assert values[10:15] == pytest.approx(yaw[10:15], abs=1e-6)
    assert gaps(measured) == [(0, 2), (10, 15)]


@pytest.mark.parametrize(
    ("lost", "fragment"),
    [
        (slice(0, 300), "no face was found"),
        (slice(60, 150), "3.0 s, from 2.0 s to 5.0 s"),
        (slice(0, 300, 2), None),
        (slice(50, 80), None),
    ],
)
def test_long_gaps_are_refused_with_their_times(lost, fragment):
    measured = np.ones(300, bool)
    measured[lost] = False
    if fragment is None:
        check_gaps(measured, 30.0, "x.mp4")
    else:
        with pytest.raises(InputError, match=fragment):
            check_gaps(measured, 30.0, "x.mp4")


def test_a_driver_filmed_from_the_side_drives_a_frontal_subject():
    program = make_program("headpose", rng(1))
    side = rotation_from_euler_deg(12, -5, 3)
    arkit = np.clip(program.arkit + 0.1, 0, 1).astype(np.float32)
    still = dataclasses.replace(
        program,
        kind="tracked",
        sight_from_head=side @ program.sight_from_head,
        head_position_mm=np.tile([30.0, 40.0, 400.0], (302, 1)),
        arkit=arkit,
    )
    relative = relative_to_neutral(still)
    rest = neutral_frames(still)
    assert len(rest) >= 5
    assert abs(euler_deg(mean_rotation(relative.sight_from_head[rest]))).max() < 1e-6
    assert abs(relative.head_position_mm).max() < 1e-9
    back = mean_rotation(program.sight_from_head[rest]) @ relative.sight_from_head
    assert euler_deg(back) == pytest.approx(euler_deg(program.sight_from_head), abs=1e-6)
    assert relative.arkit[:, ARKIT_INDEX["mouthPucker"]].max() < 0.02


def test_programs_are_relative_already():
    program = make_program("gaze", rng(1))
    assert relative_to_neutral(program) is program
