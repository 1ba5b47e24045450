"""Built-in motions: seeded, labelled, human."""

import numpy as np
import pytest

from thermvision.motion.arkit import ARKIT_INDEX, ARKIT_NAMES
from thermvision.motion.euler import euler_deg
from thermvision.motion.expressions import EXPRESSIONS, preset, recognise
from thermvision.motion.program_names import PROGRAM_NAMES
from thermvision.motion.programs import PROGRAMS, make_program
from thermvision.rng import rng
from thermvision.types import InputError


def test_names_are_complete_and_in_mediapipes_order():
    assert len(ARKIT_NAMES) == len(set(ARKIT_NAMES)) == 52
    assert ARKIT_NAMES[:3] == ("browDownLeft", "browDownRight", "browInnerUp")
    assert ARKIT_INDEX["jawOpen"] == 24 and ARKIT_NAMES[-1] == "tongueOut"
    assert tuple(PROGRAMS) == PROGRAM_NAMES


@pytest.mark.parametrize("name", PROGRAM_NAMES)
@pytest.mark.parametrize("frames", [30, 302])
def test_every_program_is_sane(name, frames):
    motion = make_program(name, rng(0, name), frames)
    assert len(motion) == frames == len(motion.expression)
    assert motion.arkit.min() >= 0 and motion.arkit.max() <= 1
    assert np.isfinite(motion.sight_from_head).all() and np.isfinite(motion.head_position_mm).all()
    assert abs(euler_deg(motion.sight_from_head[0])).max() < 3  # starts frontal


@pytest.mark.parametrize("name", PROGRAM_NAMES)
def test_the_seed_decides(name):
    one, same, other = (make_program(name, rng(seed, name)) for seed in (0, 0, 1))
    assert np.array_equal(one.arkit, same.arkit) and np.array_equal(one.sight_from_head, same.sight_from_head)
    assert not np.allclose(one.arkit, other.arkit)


def test_headpose_sweeps_all_directions():
    angles = euler_deg(make_program("headpose", rng(3)).sight_from_head)
    assert angles[:, 0].max() > 38 and angles[:, 0].min() < -38
    assert angles[:, 1].max() > 15 and angles[:, 1].min() < -15
    assert angles[:, 2].max() > 10 and angles[:, 2].min() < -10
    assert abs(np.diff(angles[:, 0])).max() < 12  # degrees from frame to frame: a head, not a robot


def test_expression_shows_all_seven_with_onset_and_offset():
    motion = make_program("expression", rng(4))
    assert set(motion.expression) == set(EXPRESSIONS)
    intensity = motion.expression_intensity
    assert 0.5 < intensity.max() <= 1
    assert ((intensity > 0.15) & (intensity < 0.5)).sum() > 20  # it grows and fades


def test_blinks_come_at_a_human_rate_and_shut_the_eye():
    shut = make_program("natural", rng(5), 1800).arkit[:, ARKIT_INDEX["eyeBlinkLeft"]]
    starts = ((shut[1:] > 0.5) & (shut[:-1] <= 0.5)).sum()
    assert 8 <= starts <= 24  # in a minute
    assert shut.max() > 0.94


@pytest.mark.parametrize("expression", EXPRESSIONS[1:])
def test_an_acted_expression_is_recognised(expression):
    names, intensity = recognise(np.repeat(preset(expression)[None] * 0.9, 30, axis=0))
    assert set(names) == {expression}
    assert intensity[0] > 0.6


def test_a_resting_face_is_neutral():
    names, intensity = recognise(np.full((30, 52), 0.03, np.float32))
    assert set(names) == {"neutral"} and intensity.max() == 0


@pytest.mark.parametrize(("name", "hint"), [("headpos", "headpose"), ("Talking", "talking"), ("zzz", "choose from")])
def test_unknown_names_get_a_suggestion(name, hint):
    with pytest.raises(InputError, match=hint):
        make_program(name, rng(0))
