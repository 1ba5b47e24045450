"""The whole way with random weights of the published layout, at half the published size: what holds whatever the weights are."""

import dataclasses
import logging

import numpy as np
import pytest
import torch
from analytic_portrait import portrait

from thermvision.flux.span import Span
from thermvision.motion.euler import euler_deg
from thermvision.motion.liveportrait_template import MotionTemplate
from thermvision.motion.programs import make_program
from thermvision.retarget.liveportrait.driver import driver_of
from thermvision.retarget.liveportrait.frames import driven_frames
from thermvision.retarget.liveportrait.networks import LivePortraitNetworks
from thermvision.retarget.liveportrait.options import LivePortraitOptions
from thermvision.retarget.liveportrait.retarget import retarget
from thermvision.retarget.liveportrait.told_labels import Person
from thermvision.types import InputError

SPAN, PERSON = Span(10, 42), Person("F007", "female", "span")


@pytest.fixture(scope="module")
def networks():
    return LivePortraitNetworks.random(
        5
    )  # of the few tried, one whose motion extractor says a scale over 0, as real ones do


def driver(frames=2, size=0.01):
    rng = np.random.default_rng(6)
    grow = np.arange(frames)[:, None, None]
    return driver_of(
        MotionTemplate(
            "t", 25.0, np.tile(np.eye(3), (frames, 1, 1)), (grow * rng.normal(0, size, (21, 3))).astype(np.float32),
            np.full(frames, 1.3, np.float32), np.zeros((frames, 3), np.float32), None, None,
        ),
        calm="first",
    )  # fmt: skip


def run(networks, source, count=1, find_landmarks=None, output_px=256, **settings):
    pictures, points = source
    options = LivePortraitOptions(**settings)
    if pictures.ndim == 2:
        pictures, points = pictures[None], points[None]
    return list(
        driven_frames(pictures, points, driver(count), networks, options, SPAN, PERSON, find_landmarks, output_px)
    )


@pytest.mark.parametrize("turn", [(0, 0, 0), (20, 8, -15)])
def test_a_motion_of_nothing_gives_the_portrait_back(networks, turn):
    """Identity motion in: every pixel's temperature, the points and the regions are the portrait's own (0.3 K is asked)."""
    picture, points = portrait(turn=turn)
    ((frame, labels),) = run(networks, (picture, points), multiplier=0.0)
    assert np.abs(frame["temperature_k"] - picture).max() < 1e-3
    np.testing.assert_allclose(labels.landmarks_px["478"], points, atol=1e-3)
    assert labels.region_temperature_k["forehead_centre"] == pytest.approx(307.5, abs=0.5)
    assert frame["face_mask"].sum() > 5000
    assert np.linalg.norm(points.mean(axis=0) - np.argwhere(frame["face_mask"]).mean(axis=0)[::-1]) < 25


def test_a_driven_frame_with_its_labels(networks):
    picture, points = portrait(height=440, width=460)
    (first, _), (frame, labels) = run(networks, (picture, points), count=2)
    temperature = frame["temperature_k"]
    assert temperature.dtype == np.float32
    assert temperature.shape == picture.shape
    assert np.isfinite(temperature).all()
    assert np.abs(temperature - first["temperature_k"]).max() > 0.01
    np.testing.assert_array_equal(temperature[:4], picture[:4])  # beyond the crop nothing is touched
    assert (labels.subject, labels.gender, labels.temperature_source, labels.label_source) == ("F007", "female", "span", "transferred")  # fmt: skip
    assert {name: value.shape for name, value in labels.landmarks_px.items()} == {
        "5": (5, 2), "54": (54, 2), "68": (68, 2), "70": (70, 2), "478": (478, 2),
    }  # fmt: skip
    assert labels.landmarks_visible.keys() == labels.landmarks_px.keys()
    assert labels.landmarks_visible["68"].mean() > 0.6
    low, high = labels.bbox_xyxy_px[:2], labels.bbox_xyxy_px[2:]
    assert (low <= labels.landmarks_px["68"] + 1e-3).all()
    assert (labels.landmarks_px["68"] <= high + 1e-3).all()
    assert 0.9 < labels.visible_share <= 1
    assert labels.arkit.shape == (52,)
    assert 20 < len(labels.region_temperature_k) <= 26
    assert dataclasses.asdict(labels).keys() == {field.name for field in dataclasses.fields(labels)}


def test_the_crop_alone_and_without_what_keeps_the_temperature(networks):
    picture, points = portrait()
    ((frame, labels),) = run(networks, (picture, points), multiplier=0.0, paste_back=False)
    assert frame["temperature_k"].shape == (256, 256)
    assert (np.abs(labels.landmarks_px["478"] - 128) < 110).all()
    ((drawn, _),) = run(networks, (picture, points), multiplier=0.0, paste_back=False, keep_temperature=False)
    assert np.abs(drawn["temperature_k"] - frame["temperature_k"]).mean() > 0.3  # random networks draw no face


def test_the_landmark_model_is_asked_when_there_is_one(networks):
    picture, points = portrait()
    asked = []

    def find(temperature_k):
        asked.append(temperature_k)
        return points + 3 if len(asked) == 1 else None

    frames = run(networks, (picture, points), count=2, find_landmarks=find, region="pose")
    assert len(asked) == 2
    np.testing.assert_allclose(frames[0][1].landmarks_px["478"], points + 3, atol=1e-4)
    assert np.abs(frames[1][1].landmarks_px["478"] - points - 3).max() > 1


def test_a_moving_portrait_has_its_frames_moved_each(networks, caplog):
    """Two pictures, a driver of three frames that does nothing: both pictures come back, and the third is told to be missing."""
    one, points = portrait()
    other, points_2 = portrait(turn=(10, 0, 0), at=(164, 150))
    out = list(
        driven_frames(np.stack([one, other]), np.stack([points, points_2]), driver(3, 0.0), networks,
                      LivePortraitOptions(stitching=False, normalise_lips=False, smoothing=0.0), SPAN, PERSON, None, 256)
    )  # fmt: skip
    assert len(out) == 2
    for (frame, labels), picture, marks in zip(out, (one, other), (points, points_2), strict=True):
        assert np.abs(frame["temperature_k"] - picture).max() < 0.05
        np.testing.assert_allclose(labels.landmarks_px["478"], marks, atol=0.05)


def test_the_pose_label_is_that_of_the_keypoints(networks):
    """Rotation added by the driver to what the motion extractor read from the portrait."""
    picture, points = portrait()
    turn = driver(2, 0.0)
    rotated = dataclasses.replace(
        turn.seen, rotation=np.stack([np.eye(3), np.diag([-1.0, -1.0, 1.0])])
    )  # half a turn of roll
    out = list(
        driven_frames(picture[None], points[None], driver_of(rotated, calm="first"), networks,
                      LivePortraitOptions(stitching=False, normalise_lips=False), SPAN, PERSON, None, 256)
    )  # fmt: skip
    roll = [labels.roll_deg for _, labels in out]
    assert abs(abs(roll[1] - roll[0]) - 180) < 0.5
    assert euler_deg(np.eye(3))[2] == 0


def test_what_the_span_cuts_off_is_told(networks, caplog):
    picture, points = portrait()
    with caplog.at_level(logging.WARNING):
        next(
            driven_frames(
                (picture + 20)[None],
                points[None],
                driver(1),
                networks,
                LivePortraitOptions(multiplier=0.0),
                SPAN,
                PERSON,
                None,
                256,
            )
        )
    assert "outside the span of 10 to 42 C" in caplog.text


PICTURE, POINTS = portrait()


@pytest.mark.parametrize(
    ("picture", "points", "told"),
    [
        (PICTURE - 273.15, POINTS, "expected kelvin"),
        (np.where(PICTURE > 300, np.nan, PICTURE), POINTS, "expected kelvin"),
        (PICTURE[..., None, None], POINTS, r"expected \(h, w\) or \(f, h, w\)"),
        (PICTURE, POINTS[:68], "MediaPipe's 478 points"),
        (np.stack([PICTURE] * 2), POINTS, "each of 2 pictures"),
    ],
)
def test_pictures_that_cannot_be_used(picture, points, told):
    with pytest.raises(InputError, match=told):
        retarget(picture, points, driver(), networks=LivePortraitNetworks({}, torch.device("cpu"), torch.float32, True))


def test_missing_weights_say_how_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setenv("THERMVISION_CACHE", str(tmp_path))
    monkeypatch.delenv("THERMVISION_LIVEPORTRAIT", raising=False)
    with pytest.raises(InputError, match="thermvision weights fetch liveportrait"):
        retarget(PICTURE, POINTS, driver())


def test_the_entry_at_the_published_size_with_one_of_our_motions(networks, caplog):
    """A program as driver, an option without effect told, and a portrait that a motion of nothing gives back."""
    motion = make_program("headpose", np.random.default_rng(0), 30)
    options = LivePortraitOptions(multiplier=0.0, friendly="pose")
    with caplog.at_level(logging.WARNING):
        frames = retarget(PICTURE, POINTS, motion, networks=networks, options=options, temperature_source="measured")
    assert "friendly has no effect: relative motion" in caplog.text
    frame, labels = next(frames)
    assert np.abs(frame["temperature_k"] - PICTURE).max() < 1e-3
    assert labels.temperature_source == "measured"
