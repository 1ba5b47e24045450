"""A driver's motion made the portrait's: its own pose and face first, the driver's change on top, part by part."""

import dataclasses
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermvision.animate.compose import moved, moving
from thermvision.animate.held import HeldPortrait, before, frame_size, held_straight
from thermvision.motion.arkit import ARKIT_INDEX, ARKIT_NAMES
from thermvision.motion.euler import euler_deg, rotation_from_euler_deg
from thermvision.motion.neutral import neutral_frames, relative_to_neutral
from thermvision.motion.programs import make_program
from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait
from thermvision.rng import rng
from thermvision.types import InputError

PROGRAM = make_program("talking", rng(1), 60)
OWN_FACE = np.zeros(52, np.float32)
OWN_FACE[ARKIT_INDEX["mouthSmileLeft"]] = 0.4


@lru_cache(maxsize=1)
def somebody():
    subject = draw_subject(3, 0, "female")
    return make_portrait(subject, draw_session(3, subject, 0), 3)


def held(yaw_deg=20.0, face=OWN_FACE, place_mm=None) -> HeldPortrait:
    return HeldPortrait(
        somebody(), 128, 96, 24.0, place_mm, rotation_from_euler_deg(yaw_deg, 5.0, -8.0), face, np.array([3.0, -2.0], np.float32)
    )  # fmt: skip


def tracked(turn=None, rest=0.2):
    """The program as if a tracker had seen it in a driver who holds the head askew and never quite relaxes the jaw."""
    turn = rotation_from_euler_deg(-15.0, 10.0, 4.0) if turn is None else turn
    arkit = PROGRAM.arkit.copy()
    jaw = ARKIT_INDEX["jawOpen"]
    arkit[:, jaw] = rest + (1 - rest) * arkit[:, jaw]
    return dataclasses.replace(
        PROGRAM, kind="tracked", sight_from_head=turn @ PROGRAM.sight_from_head, arkit=arkit,
        head_position_mm=PROGRAM.head_position_mm + np.array([10.0, -20.0, 600.0]),
    )  # fmt: skip


def test_at_the_drivers_neutral_the_portrait_is_as_it_was():
    motion, own = tracked(), held()
    result = moved(motion, own)
    rest = neutral_frames(motion)
    angles = euler_deg(result.sight_from_head[rest]) - euler_deg(own.sight_from_head)
    assert np.abs(angles.mean(axis=0)).max() < 0.05  # degrees
    assert np.abs(result.head_position_mm[rest].mean(axis=0)).max() < 1e-9
    assert result.arkit[:, ARKIT_INDEX["mouthSmileLeft"]].min() == pytest.approx(0.4, abs=1e-6)


def test_how_the_driver_is_held_and_rests_does_not_matter():
    one, other = (moved(tracked(turn), held()) for turn in (np.eye(3), rotation_from_euler_deg(30.0, -12.0, 9.0)))
    assert np.abs(one.sight_from_head - other.sight_from_head).max() < 1e-9
    jaw = ARKIT_INDEX["jawOpen"]
    calm, lively = (moved(tracked(rest=rest), held()).arkit[:, jaw] for rest in (0.0, 0.5))
    assert np.abs(calm - lively).max() < 0.02


def test_a_coefficient_moves_from_the_portraits_own_to_one():
    shut = dataclasses.replace(PROGRAM, arkit=np.ones_like(PROGRAM.arkit))
    assert moved(shut, held()).arkit.min() == 1
    still = dataclasses.replace(PROGRAM, arkit=np.zeros_like(PROGRAM.arkit))
    assert np.allclose(moved(still, held()).arkit, OWN_FACE)


def test_absolute_takes_the_drivers_pose_and_face():
    motion = tracked()
    result = moved(motion, held(), absolute=True)
    assert np.abs(result.sight_from_head - motion.sight_from_head).max() < 1e-9
    assert np.allclose(result.arkit, motion.arkit) and np.allclose(result.gaze_deg, motion.gaze_deg)
    assert np.allclose(result.head_position_mm, relative_to_neutral(motion).head_position_mm)  # the place stays ours


@pytest.mark.parametrize("absolute", [False, True])
def test_without_strength_nothing_moves(absolute):
    result = moved(tracked(), held(), strength=0.0, absolute=absolute)
    for values in (result.sight_from_head, result.head_position_mm, result.arkit, result.gaze_deg):
        assert np.ptp(values, axis=0).max() < 1e-9
    assert set(result.expression) == {"neutral"}


@settings(max_examples=20, deadline=None)
@given(st.floats(0.1, 3.0))
def test_strength_scales_turns_and_positions(strength):
    once, scaled = moved(PROGRAM, held()), moved(PROGRAM, held(), strength=strength)
    own = held().sight_from_head
    angle = [np.degrees(np.arccos(np.clip((np.trace(own.T @ m.sight_from_head[40]) - 1) / 2, -1, 1))) for m in (once, scaled)]  # fmt: skip
    assert angle[1] == pytest.approx(strength * angle[0], rel=1e-4, abs=1e-4)
    assert np.allclose(scaled.head_position_mm, strength * once.head_position_mm)


@pytest.mark.parametrize(
    ("region", "turns", "looks", "names"),
    [
        ("all", True, True, ARKIT_NAMES),
        ("expression", False, True, ARKIT_NAMES),
        ("pose", True, False, ()),
        ("lips", False, False, tuple(name for name in ARKIT_NAMES if name.startswith(("mouth", "jaw", "tongue")))),
        ("eyes", False, True, tuple(name for name in ARKIT_NAMES if name.startswith("eye"))),
    ],
)
def test_regions_move_what_they_name(region, turns, looks, names):
    busy = dataclasses.replace(
        PROGRAM, arkit=PROGRAM.arkit + 0.3 * np.linspace(0, 1, 60, dtype=np.float32)[:, None] * (PROGRAM.arkit < 0.5),
        gaze_deg=PROGRAM.gaze_deg + np.linspace(0, 10, 60, dtype=np.float32)[:, None],
    )  # fmt: skip
    result, own = moved(busy, held(), region=region), held()
    assert {ARKIT_NAMES[i] for i in np.flatnonzero(np.ptp(result.arkit, axis=0) > 0)} == set(names)
    assert (np.abs(result.sight_from_head - own.sight_from_head).max() > 0.01) == turns
    assert bool(np.abs(result.head_position_mm).max() > 0) == turns
    assert bool(np.ptp(result.gaze_deg, axis=0).max() > 1) == looks
    assert moving(region).sum() == len(names)


def test_names_of_expressions_are_the_drivers_or_those_of_the_face():
    program = make_program("expression", rng(2), 200)
    assert moved(program, held(face=np.zeros(52, np.float32))).expression == program.expression
    only_eyes = moved(program, held(face=np.zeros(52, np.float32)), region="pose")
    assert set(only_eyes.expression) == {"neutral"}


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5000), st.integers(1, 5000), st.none() | st.integers(64, 4096))
def test_frames_have_the_pictures_shape(width, height, longer):
    try:
        sides = frame_size(width, height, longer)
    except InputError:
        assert longer is None or longer % 4
        return
    assert not sides[0] % 4 and not sides[1] % 4
    assert abs(max(sides) - (longer or max(width, height))) <= 2
    assert abs(sides[0] * height - sides[1] * width) <= 4 * max(width, height) * max(1, max(sides) / max(width, height))


@pytest.mark.parametrize("place", [(0.0, 20.0, 900.0), (150.0, -80.0, 700.0)])
def test_a_face_off_the_middle_is_turned_in_camera_axes(place):
    own = held(place_mm=np.array(place))
    back = own.to_sight() @ own.camera_from_head
    assert np.abs(back - own.sight_from_head).max() < 1e-12
    looks_at_camera = dataclasses.replace(own, sight_from_head=np.eye(3))
    forward = looks_at_camera.camera_from_head @ [0.0, 0.0, -1.0]
    assert forward @ np.array(place) / np.linalg.norm(place) == pytest.approx(-1)


def test_an_even_background():
    own = held_straight(somebody(), 64)
    even = before(own, 12.5)
    assert np.ptp(even.portrait.head.background_k) == 0 and even.portrait.head.background_k[0, 0] == pytest.approx(
        285.65
    )
    with pytest.raises(InputError, match="background is 99 C"):
        before(own, 99)


def test_held_straight_needs_a_frame():
    with pytest.raises(InputError, match="--size"):
        held_straight(somebody(), 16)
