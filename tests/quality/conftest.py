"""A small data set of the simulator, made once, and its frames in memory."""

import dataclasses

import numpy as np
import pytest

from thermvision.config import make_config
from thermvision.pipeline import build
from thermvision.quality.sample import read_frames, read_labels


@pytest.fixture(scope="session")
def small_set(tmp_path_factory):
    out = tmp_path_factory.mktemp("check") / "set"
    settings = {
        "out": out,
        "subjects": 2,
        "sessions": 2,
        "motions": ["natural"],
        "frames": 30,
        "size": 512,
        "workers": 1,
    }
    build(make_config(settings, "test"))
    return out


@pytest.fixture(scope="session")
def clips(small_set):
    return [read_labels(folder) for folder in sorted((small_set / "clips").iterdir())]


@pytest.fixture(scope="session")
def frames(clips):
    """The most frontal frame of each clip."""
    return [next(read_frames(clip, [int(np.argmin(np.abs(clip.yaw_deg)))])) for clip in clips]


@pytest.fixture
def frame(frames):
    one = frames[0]
    return dataclasses.replace(one, temperature_k=one.temperature_k.copy())


def verdict_of(findings, name):
    return next(one.verdict for one in findings if one.name == name)


@pytest.fixture
def verdict():
    return verdict_of
