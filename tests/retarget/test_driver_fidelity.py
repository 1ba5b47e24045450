"""The thermal person does what the driver does: the same tracker on the rendered pixels and on the driving video."""

import os

import numpy as np
import pytest

from thermvision.config import make_config
from thermvision.motion.arkit import ARKIT_INDEX
from thermvision.motion.euler import euler_deg
from thermvision.motion.formats import load_motion
from thermvision.motion.neutral import mean_rotation, neutral_frames
from thermvision.pipeline import build

DRIVERS = ("d3", "d19")


@pytest.fixture(scope="module")
def driven(shared_dir, tmp_path_factory):
    """Two subjects moved by the two real videos; for each, driver and thermal tracks of both videos."""
    pytest.importorskip("mediapipe", reason="needs the extra [track]")
    from thermvision.motion.track import track_video

    model = shared_dir / "models/face_landmarker.task"
    out = tmp_path_factory.mktemp("driven") / "set"
    videos = [shared_dir / f"data/driving/{name}.mp4" for name in DRIVERS]
    report = build(
        make_config({"out": out, "driving": videos, "model": model, "workers": min(2, os.cpu_count() or 1)}, "test")
    )
    tracks = {}
    for subject in ("F001", "M001"):
        for name in DRIVERS:
            driver = load_motion(out / f"motions/{name}.npz")
            tracks[subject, name] = driver, track_video(out / f"clips/{subject}_S01_{name}/preview.mp4", model)
    return report, tracks


def turns_deg(motion, rest):
    """Yaw, pitch and roll of the face against the line of sight, relative to the mean of the frames `rest`."""
    return euler_deg(mean_rotation(motion.sight_from_head[rest]).T @ motion.sight_from_head)


def pooled(tracks, subject, signal):
    """Driver's and thermal signal over the frames of both videos, after the driver's neutral frames are removed from each."""
    driver, thermal = [], []
    for name in DRIVERS:
        a, b = tracks[subject, name]
        rest = neutral_frames(a)
        driver.append(signal(a, rest))
        thermal.append(signal(b, rest))
    return np.concatenate(driver), np.concatenate(thermal)


def test_every_frame_of_the_drivers_is_there(driven):
    report, tracks = driven
    assert (report.clips, report.frames) == (4, 2 * (354 + 250))
    for (_, name), (driver, thermal) in tracks.items():
        assert len(driver) == len(thermal) == {"d3": 354, "d19": 250}[name]


@pytest.mark.parametrize("subject", ["F001", "M001"])
def test_the_face_is_found_in_the_thermal_pixels(driven, subject):
    _, tracks = driven
    for name in DRIVERS:
        driver, thermal = tracks[subject, name]
        near = abs(turns_deg(driver, neutral_frames(driver))[:, 0]) <= 30
        assert thermal.measured[near].mean() >= 0.99, name


SMILE = ("mouthSmileLeft", "mouthSmileRight")
TURNS = [("yaw", 0), ("pitch", 1), ("roll", 2)]
MOUTH = [("jawOpen", ("jawOpen",)), ("mouthSmile", SMILE)]
LEAST = {"yaw": 0.97, "pitch": 0.97, "roll": 0.97, "jawOpen": 0.9, "mouthSmile": 0.8}


def correlation(tracks, subject, name):
    """Correlation over the frames of both videos of one signal, thermal pixels against driver."""
    if name in dict(TURNS):
        axis = dict(TURNS)[name]
        driver, thermal = pooled(tracks, subject, lambda motion, rest: turns_deg(motion, rest)[:, axis])
    else:
        columns = [ARKIT_INDEX[one] for one in dict(MOUTH)[name]]
        driver, thermal = pooled(tracks, subject, lambda motion, rest: motion.arkit[:, columns].mean(axis=1))
    return np.corrcoef(driver, thermal)[0, 1]


@pytest.mark.parametrize("subject", ["F001", "M001"])
@pytest.mark.parametrize("name", LEAST)
def test_head_and_mouth_follow_the_driver(driven, subject, name):
    assert correlation(driven[1], subject, name) >= LEAST[name]
