"""Edits of motions: what stays the same, what changes, and what is refused."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from thermvision.motion.arkit import ARKIT_INDEX
from thermvision.motion.edit import blend, loop, mirror, resample, scale, smooth, trim
from thermvision.motion.euler import euler_deg, rotation_from_euler_deg
from thermvision.motion.programs import PROGRAMS, make_program
from thermvision.rng import rng
from thermvision.types import InputError

MOTION = make_program("expression", rng(0), 90)
OTHER = make_program("headpose", rng(1), 80)
MOTIONS = st.builds(
    lambda name, seed, frames, rate: make_program(name, rng(seed), frames, rate),
    st.sampled_from(sorted(PROGRAMS)),
    st.integers(0, 50),
    st.integers(30, 70),
    st.sampled_from([20.0, 25.0, 29.97, 30.0, 60.0]),
)
FEW = settings(max_examples=25, deadline=None)


def same(first, second, tolerance=0.0):
    for field in dataclasses.fields(first):
        one, two = np.asarray(getattr(first, field.name)), np.asarray(getattr(second, field.name))
        assert one.shape == two.shape and one.dtype == two.dtype, field.name
        if one.dtype.kind == "f" and tolerance:
            np.testing.assert_allclose(one, two, atol=tolerance, err_msg=field.name)
        else:
            assert (one == two).all(), field.name


def valid(motion):
    frames = len(motion.arkit)
    for name in ("sight_from_head", "head_position_mm", "gaze_deg", "measured", "expression", "expression_intensity"):
        assert len(getattr(motion, name)) == frames, name
    assert motion.arkit.min() >= 0 and motion.arkit.max() <= 1 and motion.arkit.dtype == np.float32
    turns = motion.sight_from_head
    assert turns @ np.swapaxes(turns, 1, 2) == pytest.approx(np.broadcast_to(np.eye(3), turns.shape), abs=1e-9)


def steps(motion):
    """The largest step from frame to frame: rotation (rad), position, coefficients and gaze."""
    turns = Rotation.from_matrix(motion.sight_from_head)
    values = (motion.head_position_mm, motion.arkit, motion.gaze_deg)
    return np.array(
        [(turns[:-1].inv() * turns[1:]).magnitude().max(), *(np.abs(np.diff(v, axis=0)).max() for v in values)]
    )


def apart(first, second):
    """How far two frames lie apart, in the same units."""
    turn = (
        Rotation.from_matrix(first.sight_from_head[-1]).inv() * Rotation.from_matrix(second.sight_from_head[0])
    ).magnitude()
    pairs = ((a[-1], b[0]) for a, b in ((first.head_position_mm, second.head_position_mm), (first.arkit, second.arkit), (first.gaze_deg, second.gaze_deg)))  # fmt: skip
    return np.array([turn, *(np.abs(a - b).max() for a, b in pairs)])


@FEW
@given(MOTIONS)
def test_what_changes_nothing(motion):
    same(resample(motion, motion.rate_hz), motion)
    same(mirror(mirror(motion)), motion)
    same(scale(motion), motion)
    same(trim(motion), motion)
    same(loop(motion, 1), motion)
    same(smooth(motion, 0), motion)
    same(blend(motion, motion, 0.3), motion, 1e-6)
    same(
        blend(motion, OTHER, 0.0),
        trim(motion, 0, min(len(motion), len(resample(OTHER, motion.rate_hz))) / motion.rate_hz),
    )


@FEW
@given(MOTIONS, st.sampled_from([7.0, 24.0, 25.0, 50.0, 120.0]))
def test_resampling_keeps_the_movement(motion, rate_hz):
    other = resample(motion, rate_hz)
    valid(other)
    assert other.rate_hz == rate_hz
    lost_s = (len(motion) - 1) / motion.rate_hz - (len(other) - 1) / rate_hz
    assert -1e-9 <= lost_s < 1 / rate_hz
    same(trim(resample(motion, 2 * motion.rate_hz), 0), resample(motion, 2 * motion.rate_hz))
    doubled = resample(motion, 2 * motion.rate_hz)
    same(dataclasses.replace(resample(doubled, motion.rate_hz)), motion, 1e-6)


def test_resampling_goes_half_way():
    angles = np.zeros((40, 3))
    angles[:, 0] = np.arange(40)
    turning = dataclasses.replace(
        trim(MOTION, 0, 40 / 30), sight_from_head=np.stack([rotation_from_euler_deg(*a) for a in angles])
    )
    assert euler_deg(resample(turning, 60).sight_from_head)[:, 0] == pytest.approx(np.arange(79) / 2, abs=1e-9)


@FEW
@given(MOTIONS, st.floats(0.05, 0.95))
def test_parts_make_up_the_whole(motion, share):
    length_s = len(motion) / motion.rate_hz
    first, second = trim(motion, 0, share * length_s), trim(motion, share * length_s)
    valid(first)
    assert np.array_equal(np.concatenate([first.arkit, second.arkit]), motion.arkit)
    assert first.expression + second.expression == motion.expression


def test_trimming_takes_the_frames_it_says():
    assert len(trim(MOTION, 0.1, 0.2)) == 3
    assert np.array_equal(trim(MOTION, 0.1, 0.2).arkit, MOTION.arkit[3:6])
    assert len(trim(MOTION, 2.9, 100)) == 3


@FEW
@given(MOTIONS, st.integers(2, 4), st.floats(0, 0.24))
def test_loops_have_no_jumps(motion, times, fade_s):
    faded = round(fade_s * motion.rate_hz)
    looped = loop(motion, times, fade_s)
    valid(looped)
    assert len(looped) == times * len(motion) - (times - 1) * faded
    assert np.array_equal(looped.arkit[: len(motion) - faded], motion.arkit[: len(motion) - faded])
    assert np.array_equal(looped.arkit[len(looped) - len(motion) + faded :], motion.arkit[faded:])
    # In the seam both ends move, and the weight moves between them.
    end, start = (
        trim(motion, (len(motion) - max(faded, 1)) / motion.rate_hz),
        trim(motion, 0, max(faded, 1) / motion.rate_hz),
    )
    between = np.max([apart(trim(end, i / motion.rate_hz, (i + 1) / motion.rate_hz), trim(start, i / motion.rate_hz)) for i in range(len(end))], axis=0)  # fmt: skip
    assert (steps(looped) <= 2 * steps(motion) + between / (faded + 1) + 1e-6).all()


def test_a_faded_seam_is_smoother_than_a_cut():
    slow = make_program("headpose", rng(1), 600)
    part = trim(slow, 1, 7.5)  # begins and ends in the midst of turns
    cut, faded = loop(part, 3, 0), loop(part, 3, 0.5)
    assert len(cut) == len(faded) + 30
    assert steps(faded)[0] < steps(cut)[0] / 3


@FEW
@given(MOTIONS, MOTIONS, st.floats(0, 1))
def test_blends_lie_between(first, second, weight):
    mixed = blend(first, second, weight)
    valid(mixed)
    other = resample(second, first.rate_hz)
    count = min(len(first), len(other))
    assert len(mixed) == count and mixed.rate_hz == first.rate_hz
    low, high = (
        np.minimum(first.arkit[:count], other.arkit[:count]),
        np.maximum(first.arkit[:count], other.arkit[:count]),
    )
    assert ((mixed.arkit >= low - 1e-6) & (mixed.arkit <= high + 1e-6)).all()
    a, b, m = (
        Rotation.from_matrix(r[:count]) for r in (first.sight_from_head, other.sight_from_head, mixed.sight_from_head)
    )
    assert (a.inv() * m).magnitude() == pytest.approx(weight * (a.inv() * b).magnitude(), abs=1e-6)


def test_a_weight_for_each_frame_and_labels_of_the_heavier():
    happy = dataclasses.replace(
        OTHER, expression=("happy",) * len(OTHER), expression_intensity=np.ones(len(OTHER), np.float32)
    )
    weight = np.linspace(0, 1, len(OTHER))
    mixed = blend(OTHER, happy, weight)
    assert mixed.expression == tuple("happy" if w > 0.5 else "neutral" for w in weight)
    assert mixed.expression_intensity[-1] == 1 and mixed.expression_intensity[0] == 0
    assert mixed.kind == "program" and blend(OTHER, dataclasses.replace(OTHER, kind="tracked"), 0.5).kind == "tracked"


@FEW
@given(MOTIONS, st.sampled_from(["mean", "first"]))
def test_scaled_to_nothing_is_still(motion, about):
    still = scale(motion, rotation=0, position=0, expression=0, gaze=0, about=about)
    valid(still)
    assert steps(still) == pytest.approx(0, abs=1e-9)
    assert set(still.expression) == {"neutral"} and still.expression_intensity.max() == 0
    if about == "first":
        assert still.sight_from_head[5] == pytest.approx(motion.sight_from_head[0])


@FEW
@given(MOTIONS, st.floats(0.1, 2), st.sampled_from(["mean", "first"]))
def test_scaling_and_back(motion, factor, about):
    there = scale(motion, rotation=factor, position=factor, gaze=factor, about=about)
    valid(there)
    back = scale(there, rotation=1 / factor, position=1 / factor, gaze=1 / factor, about=about)
    if steps(motion)[0] < 0.1:  # the mean of large turns is not quite where it was
        assert back.sight_from_head == pytest.approx(motion.sight_from_head, abs=0.02)
    assert back.head_position_mm == pytest.approx(motion.head_position_mm, abs=1e-6)
    assert back.gaze_deg == pytest.approx(motion.gaze_deg, abs=1e-3)


def test_gaze_is_scaled_with_the_lids_that_follow_it():
    wide = scale(make_program("gaze", rng(2), 90), gaze=0.5)
    whole = make_program("gaze", rng(2), 90)
    jaw, look = ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeLookOutLeft"]
    assert np.array_equal(wide.arkit[:, jaw], whole.arkit[:, jaw])
    assert wide.arkit[:, look] == pytest.approx(whole.arkit[:, look] / 2)


def test_a_mirror_changes_sides():
    flipped = mirror(OTHER)
    assert euler_deg(flipped.sight_from_head) == pytest.approx(euler_deg(OTHER.sight_from_head) * [-1, 1, -1], abs=1e-9)
    assert np.array_equal(flipped.arkit[:, ARKIT_INDEX["jawLeft"]], OTHER.arkit[:, ARKIT_INDEX["jawRight"]])
    assert np.array_equal(flipped.arkit[:, ARKIT_INDEX["browInnerUp"]], OTHER.arkit[:, ARKIT_INDEX["browInnerUp"]])
    assert flipped.gaze_deg[:, 0] == pytest.approx(-OTHER.gaze_deg[:, 0])


def test_smoothing_takes_jitter_and_leaves_blinks():
    slow = make_program("natural", rng(1), 300)
    noise = rng(5).normal(0, 0.5, (300, 3))
    jitter = np.stack([rotation_from_euler_deg(*a) for a in euler_deg(slow.sight_from_head) + noise])
    noisy = dataclasses.replace(slow, sight_from_head=jitter)
    left = []
    for strength in (1, 2):
        calm = smooth(noisy, strength)
        valid(calm)
        left.append(np.abs(euler_deg(calm.sight_from_head) - euler_deg(slow.sight_from_head)).mean())
    assert left[1] < left[0] < 0.5 * np.abs(noise).mean()
    blink = ARKIT_INDEX["eyeBlinkLeft"]
    assert np.array_equal(smooth(MOTION).arkit[:, blink], MOTION.arkit[:, blink])


@pytest.mark.parametrize(
    ("edit", "fragment"),
    [
        (lambda: resample(MOTION, 0), "rate_hz is 0; expected 1 to 1000"),
        (lambda: resample(MOTION, math.nan), "rate_hz is nan"),
        (lambda: trim(MOTION, 2, 1), "expected 0 <= start_s < stop_s"),
        (lambda: trim(MOTION, -1), "expected 0 <= start_s"),
        (lambda: trim(MOTION, math.nan), "expected 0 <= start_s"),
        (lambda: trim(MOTION, 5), "in a motion of 3 s"),
        (lambda: trim(MOTION, 0.01, 0.02), "no frame lies between"),
        (lambda: loop(MOTION, 0), "times is 0"),
        (lambda: loop(MOTION, 10**6), "at most 200000 frames"),
        (lambda: loop(MOTION, 2, 2.0), "expected 0 to half"),
        (lambda: loop(MOTION, 2, math.nan), "expected 0 to half"),
        (lambda: blend(MOTION, OTHER, 1.5), "outside 0 to 1"),
        (lambda: blend(MOTION, OTHER, np.zeros(3)), "weight has 3 values; expected one, or 80"),
        (lambda: scale(MOTION, rotation=-1), "rotation is -1"),
        (lambda: scale(MOTION, gaze=math.inf), "gaze is inf"),
        (lambda: smooth(MOTION, -1), "strength is -1"),
    ],
)
def test_what_cannot_be_done(edit, fragment):
    with pytest.raises(InputError, match=fragment):
        edit()
