"""Motion goes from a driver to a portrait as the formulas say, region by region, and options that do nothing say so."""

import dataclasses
import logging

import numpy as np
import pytest

from thermvision.motion.arkit import ARKIT_INDEX
from thermvision.motion.euler import euler_deg, rotation_from_euler_deg
from thermvision.motion.liveportrait_template import MotionTemplate, read_template
from thermvision.motion.program_names import PROGRAM_NAMES
from thermvision.motion.programs import make_program
from thermvision.retarget.liveportrait.driver import driver_of, first_frames, smoothed
from thermvision.retarget.liveportrait.keypoints import HeadState
from thermvision.retarget.liveportrait.motion_driver import driver_from_motion
from thermvision.retarget.liveportrait.options import LivePortraitOptions, make_options, without_effect
from thermvision.retarget.liveportrait.parts import EYES, LIPS, copied
from thermvision.retarget.liveportrait.transfer import driven_keypoints, transferred
from thermvision.types import InputError, Motion


def head(frames=1, seed=0):
    rng = np.random.default_rng(seed)
    return HeadState(
        canonical=np.broadcast_to(rng.normal(0, 0.3, (21, 3)), (frames, 21, 3)),
        rotation=np.stack([rotation_from_euler_deg(4 + f, -3, 2) for f in range(frames)]),
        expression=rng.normal(0, 0.02, (frames, 21, 3)),
        scale=rng.uniform(1.2, 1.5, frames),
        translation=rng.normal(0, 0.05, (frames, 3)),
    )


def template(frames=12, seed=1, ratios=True):
    rng = np.random.default_rng(seed)
    return MotionTemplate(
        name="t",
        rate_hz=25.0,
        rotation=np.stack([rotation_from_euler_deg(-6 + 2 * f, 1.5 * f, 1 - f) for f in range(frames)]),
        expression=rng.normal(0, 0.03, (frames, 21, 3)).astype(np.float32),
        scale=rng.uniform(1.2, 1.6, frames).astype(np.float32),
        translation=rng.normal(0, 0.1, (frames, 3)).astype(np.float32),
        eye_ratio=rng.uniform(0, 0.5, (frames, 2)).astype(np.float32) if ratios else None,
        lip_ratio=rng.uniform(0, 0.5, frames).astype(np.float32) if ratios else None,
    )


RAW = {"smoothing": 0.0, "calm": "first"}


def moved(**settings):
    options = LivePortraitOptions(**(RAW | settings))
    source, driver = head(), driver_of(template(), calm=options.calm)
    state = transferred(source, driver, options)
    return source, driver, state, driven_keypoints(source, state, driver, options)


def test_relative_motion_starts_at_the_portrait_and_adds_the_change():
    source, driver, state, keypoints = moved()
    np.testing.assert_allclose(keypoints[0], source.keypoints()[0], atol=1e-7)
    seen, f = driver.seen, 5
    stored = [r.T for r in (seen.rotation[f], seen.rotation[0], source.rotation[0])]  # as the original stores them
    np.testing.assert_allclose(state.rotation[f], ((stored[0] @ stored[1].T) @ stored[2]).T, atol=1e-12)
    change = seen.expression[f] - seen.expression[0]
    np.testing.assert_allclose(state.expression[f], source.expression[0] + change, atol=1e-7)
    assert state.scale[f] == pytest.approx(source.scale[0] * seen.scale[f] / seen.scale[0])
    np.testing.assert_allclose(
        state.translation[f], source.translation[0] + seen.translation[f] - seen.translation[0], atol=1e-7
    )


def test_a_turn_is_made_in_the_portraits_own_axes():
    """The driver turns by 20 degrees about its own axis from a frontal start: so does a portrait that is tilted."""
    source = dataclasses.replace(head(), rotation=rotation_from_euler_deg(0, 0, 30)[None])
    seen = dataclasses.replace(template(2), rotation=np.stack([np.eye(3), rotation_from_euler_deg(20, 0, 0)]))
    state = transferred(source, driver_of(seen, calm="first"), LivePortraitOptions(**RAW))
    np.testing.assert_allclose(source.rotation[0].T @ state.rotation[1], rotation_from_euler_deg(20, 0, 0), atol=1e-12)


def test_expression_and_pose_friendly_are_the_same_in_relative_motion():
    """The original's expression-friendly branch multiplies by 1 here, as its first frame is the portrait."""
    np.testing.assert_allclose(moved(friendly="pose")[3], moved(friendly="expression")[3], atol=1e-12)


def test_absolute_motion():
    source, driver, state, keypoints = moved(motion="absolute", friendly="pose")
    np.testing.assert_allclose(state.rotation, driver.seen.rotation)
    np.testing.assert_allclose(state.translation, driver.seen.translation, atol=1e-7)
    assert set(state.scale) == {source.scale[0]}
    taken = copied("all", whole=False)
    assert not taken[[0, 7, 10]].any()  # the shape of the portrait's face stays its own
    assert taken[[1, 2, 6, *range(11, 21)]].all()
    np.testing.assert_array_equal(taken[[3, 4, 5, 8, 9]], [[0, 1, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1], [0, 1, 1]])
    np.testing.assert_allclose(state.expression[3][taken], driver.seen.expression[3][taken])
    np.testing.assert_allclose(state.expression[3][~taken], source.expression[0][~taken])
    friendly = moved(motion="absolute", friendly="expression")[3]
    np.testing.assert_allclose(friendly[0], source.keypoints()[0], atol=1e-7)
    assert np.abs(keypoints[0] - source.keypoints()[0]).max() > 0.01


@pytest.mark.parametrize("motion", ["relative", "absolute"])
@pytest.mark.parametrize(
    ("region", "keypoints", "head_moves"),
    [("expression", None, False), ("pose", (), True), ("lips", LIPS, False), ("eyes", EYES, False)],
)
def test_a_region_moves_nothing_else(motion, region, keypoints, head_moves):
    source, _, state, _ = moved(motion=motion, region=region, friendly="pose")
    assert (not np.allclose(state.rotation, source.rotation)) == head_moves
    assert (not np.allclose(state.translation, source.translation)) == head_moves
    np.testing.assert_allclose(state.scale, source.scale[0])
    changed = {int(k) for k in np.flatnonzero(np.abs(state.expression - source.expression).max(axis=(0, 2)) > 1e-9)}
    if keypoints is not None:
        assert changed == set(keypoints)


def test_retargeted_eyes_and_lips_are_not_moved_twice():
    source, _, state, _ = moved(eye_retargeting=True, lip_retargeting=True)
    still = list(EYES + LIPS)
    np.testing.assert_allclose(
        state.expression[:, still], np.broadcast_to(source.expression[:, still], (12, len(still), 3))
    )
    others = [k for k in range(21) if k not in still]
    assert (
        np.abs(state.expression - source.expression).max(axis=(0, 2))[others] > 1e-3
    ).all()  # the face is not frozen
    no_ratios = driver_of(template(ratios=False), calm="first")
    options = LivePortraitOptions(**RAW, eye_retargeting=True)
    assert (
        np.abs(transferred(source, no_ratios, options).expression - source.expression)
        .max(axis=(0, 2))[list(EYES)]
        .all()
    )


def test_the_calm_face_is_sought_and_one_noisy_first_frame_does_not_spoil_the_clip(shared_dir):
    seen = read_template(shared_dir / "data/motion_templates/talking.pkl")
    grimace = seen.expression.copy()
    grimace[0, 19, 1] += 0.07  # the clip starts with an open mouth
    spoilt = dataclasses.replace(seen, expression=grimace)
    sought, first = driver_of(spoilt).calm, driver_of(spoilt, calm="first").calm
    clean = driver_of(seen).calm
    assert abs(sought.expression[19, 1] - clean.expression[19, 1]) < 0.01
    assert abs(first.expression[19, 1] - clean.expression[19, 1]) > 0.03


def test_smoothing_takes_size_more_than_speech(shared_dir):
    seen = read_template(shared_dir / "data/motion_templates/talking.pkl")
    smooth = smoothed(seen, 0.3)

    def roughness(values):
        return np.abs(np.diff(values, 2, axis=0)).mean()

    assert roughness(np.log(smooth.scale)) < 0.25 * roughness(np.log(seen.scale))
    lips = (seen.expression[:, 19, 1], smooth.expression[:, 19, 1])
    assert np.ptp(lips[1]) > 0.9 * np.ptp(lips[0])
    assert smoothed(seen, 0.0) is seen


def test_a_moving_portrait_keeps_its_own_motion():
    source = head(12)
    driver = driver_of(template(), calm="first")
    still_driver = driver_of(dataclasses.replace(template(), expression=np.zeros((12, 21, 3), np.float32), rotation=np.tile(np.eye(3), (12, 1, 1))), calm="first")  # fmt: skip
    options = LivePortraitOptions(**RAW)
    state = transferred(source, still_driver, options)
    np.testing.assert_allclose(state.rotation, source.rotation, atol=1e-12)
    np.testing.assert_allclose(state.keypoints(), source.keypoints(), atol=1e-9)
    state = transferred(source, driver, options)
    np.testing.assert_allclose(state.scale, source.scale)
    assert not np.allclose(state.rotation, source.rotation)
    assert len(first_frames(driver, 5)) == 5


def motion(angles=((0, 0, 0), (10, 5, 0)), **units):
    n = len(angles)
    arkit = np.zeros((n, 52), np.float32)
    for name, value in units.items():
        arkit[:, ARKIT_INDEX[name]] = value
    return Motion(
        "m", "program", 25.0, np.stack([rotation_from_euler_deg(*a) for a in angles]), np.zeros((n, 3)), arkit, np.zeros((n, 2), np.float32),
        np.ones(n, bool), ("neutral",) * n, np.zeros(n, np.float32),
    )  # fmt: skip


def test_a_motion_drives_through_its_known_response():
    driver = driver_from_motion(motion(jawOpen=0.5))
    assert driver.seen.expression[1, 19, 1] == pytest.approx(0.039)
    np.testing.assert_allclose(euler_deg(driver.seen.rotation[1]), (10, 5, 0), atol=1e-9)
    state = transferred(head(), driver, LivePortraitOptions())
    assert state.expression[0, 19, 1] - head().expression[0, 19, 1] == pytest.approx(0.039, abs=1e-6)


def test_a_motion_says_what_it_cannot_show(caplog):
    with caplog.at_level(logging.WARNING):
        driver_from_motion(motion(cheekPuff=0.8, mouthFunnel=0.5, jawOpen=0.5))
    assert "moves 2 coefficients that liveportrait cannot show" in caplog.text
    assert "--retarget mesh" in caplog.text
    caplog.clear()
    driver_from_motion(motion(jawOpen=0.9))
    assert not caplog.text


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"multiplier": 9}, "multiplier is 9; expected a number from 0"),
        ({"region": "nose"}, "region is 'nose'; expected one of all, expression"),
        ({"region": "lip"}, "did you mean 'lips'"),
        ({"stiching": True}, "setting 'stiching' is not known; did you mean 'stitching'"),
        ({"smoothing": float("nan")}, "smoothing is nan"),
    ],
)
def test_options_out_of_range_are_refused_in_one_sentence(settings, told):
    with pytest.raises(InputError, match=told):
        make_options(settings)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, []),
        ({"friendly": "pose"}, ["friendly has no effect: relative motion"]),
        ({"motion": "absolute", "normalise_lips": True}, ["normalise_lips has no effect: absolute"]),
        ({"eye_retargeting": True}, ["eye_retargeting has no effect: the driver holds no eye ratios"]),
        ({"hold_source_eyes": True, "smoothing": 0.0}, ["hold_source_eyes has no effect: the portrait is a still"]),
        ({"region": "lips", "follow_scale": True}, ["follow_scale has no effect"]),
    ],
)
def test_choices_without_effect_are_told(settings, told):
    said = without_effect(LivePortraitOptions(**settings), moving_source=False, frames=10, driver_has_ratios=False)
    assert len(said) == len(told)
    for sentence, start in zip(said, told, strict=True):
        assert sentence.startswith(start)


@pytest.mark.parametrize("name", PROGRAM_NAMES)
def test_every_built_in_program_is_a_driver(name):
    driver = driver_from_motion(make_program(name, np.random.default_rng(0), 40))
    state = transferred(head(), driver, LivePortraitOptions())
    assert np.isfinite(state.keypoints()).all()
    turned = euler_deg(head().rotation[0].T @ state.rotation)
    np.testing.assert_allclose(turned, euler_deg(driver.told.sight_from_head), atol=1e-6)
