"""A portrait through LivePortrait's networks (seeded random weights of the published layout): frames, labels and a camera's noise."""

import numpy as np
import pytest

from thermvision.animate.by_networks import NetworkWishes, scaled, shown_by_networks
from thermvision.animate.still_driven import prepared_still
from thermvision.motion.edit import trim
from thermvision.motion.programs import make_program
from thermvision.rng import rng
from thermvision.types import InputError

MOTION = trim(make_program("talking", rng(1), 30), 0.0, 1.5 / 30)


@pytest.fixture(scope="module")
def networks():
    pytest.importorskip("torch")
    from thermvision.retarget.liveportrait.networks import LivePortraitNetworks

    return LivePortraitNetworks.random(0)


def test_a_still_is_moved_and_labelled(stills, networks):
    prepared = prepared_still(stills["female"].portrait, 128)
    frames = list(shown_by_networks(prepared, MOTION, NetworkWishes(), rng(0), networks=networks))
    assert len(frames) == len(MOTION) == 2
    frame, labels = frames[0]
    assert frame["temperature_k"].shape == (128, 128) and frame["face_mask"].any()
    assert labels.label_source == "transferred" and labels.temperature_source == "physics"
    assert (labels.subject, labels.gender) == ("F001", "female")
    off = np.abs(frame["temperature_k"] - stills["female"].temperature_k)
    assert (
        np.median(off) < 0.5
    )  # K: a first frame is the portrait but for what the mouth already does, whatever the weights


def test_a_camera_adds_its_noise(stills, networks):
    prepared = prepared_still(stills["female"].portrait, 128)
    clean, noisy = (
        next(iter(shown_by_networks(prepared, MOTION, NetworkWishes(camera=name), rng(0), networks=networks)))[0]["temperature_k"]
        for name in ("none", "generic")
    )  # fmt: skip
    assert 0.02 < np.median(np.abs(noisy - clean)) / 0.6745 < 0.1  # K; the camera states 0.04, and blurs


def test_68_landmarks_are_too_few(stills):
    pytest.importorskip("torch")
    prepared = prepared_still(stills["female"].portrait, 128)
    few = type(prepared)(prepared.held, prepared.picture, prepared.landmarks_px[:68], {})
    with pytest.raises(InputError, match="68 landmarks; --retarget liveportrait needs MediaPipe's 478"):
        next(iter(shown_by_networks(few, MOTION, NetworkWishes(), rng(0))))


def test_a_picture_and_its_points_at_another_size():
    rows, columns = np.mgrid[:40, :60] + 0.5
    picture = (300 + 0.1 * columns + 0.05 * rows).astype(np.float32)
    larger, points = scaled(picture, np.array([[30.0, 20.0], [12.5, 7.5]]), 120, 80)
    assert larger.shape == (80, 120) and points.tolist() == [[60.0, 40.0], [25.0, 15.0]]
    assert larger[40, 60] == pytest.approx(300 + 0.1 * 30.25 + 0.05 * 20.25, abs=0.02)
    same, _ = scaled(picture, points, 60, 40)
    assert same is picture
