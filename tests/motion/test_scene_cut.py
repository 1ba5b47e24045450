"""Cuts are found where the picture and the face change at once; flashes and fast heads are none."""

import numpy as np
import pytest

from thermvision.motion.scene_cut import find_cut, refuse_cut, thumbnail
from thermvision.types import InputError

FRAMES = 40


def room(seed):
    return np.random.default_rng(seed).uniform(0.1, 0.9, (18, 32)).astype(np.float32)


def face(x, y=200.0, width=100.0):
    points = np.random.default_rng(5).uniform(-0.5, 0.5, (468, 3))
    return points * width + [x, y, 0]


def take(seed, start_x, speed=1.0):
    """Thumbnails and points of a face that moves in front of a room, with a little noise."""
    rng = np.random.default_rng(seed + 100)
    pictures = np.stack([room(seed) + rng.normal(0, 0.004, (18, 32)) for _ in range(FRAMES)])
    return pictures.astype(np.float32), np.stack([face(start_x + speed * f) for f in range(FRAMES)])


def joined(*takes):
    pictures, points = (np.concatenate(part) for part in zip(*takes, strict=True))
    return pictures, points, np.ones(len(points), bool)


@pytest.mark.parametrize(("second_x", "speed"), [(210.0, 1.0), (300.0, -2.0), (246.0, 0.0)])
def test_another_take_is_found_at_its_first_frame(second_x, speed):
    assert find_cut(*joined(take(1, 200.0), take(2, second_x, speed))) == FRAMES


def test_a_cut_behind_lost_frames_is_found():
    pictures, points, measured = joined(take(1, 200.0), take(2, 300.0))
    measured[FRAMES - 2 : FRAMES + 2] = False
    points[~measured] = 0
    assert find_cut(pictures, points, measured) == FRAMES


def test_one_take_has_none():
    pictures, points, measured = joined(take(1, 200.0, speed=12.0))
    assert find_cut(pictures, points, measured) is None
    flash = pictures.copy()
    flash[20] = np.clip(flash[20] * 1.6 + 0.2, 0, None)
    assert find_cut(flash, points, measured) is None
    pan = np.stack([np.roll(room(3), f, axis=1) for f in range(FRAMES)])  # a camera that turns: every frame changes
    assert find_cut(pan, points, measured) is None


def test_the_sentence_says_when():
    refuse_cut(None, 25.0, "a.mp4")
    with pytest.raises(InputError, match=r"a.mp4 has a cut at 1.60 s \(frame 40\).*one take"):
        refuse_cut(40, 25.0, "a.mp4")


def test_a_thumbnail_is_the_mean_of_its_part():
    picture = np.zeros((180, 320, 3), np.uint8)
    picture[:10, :10] = 255
    small = thumbnail(picture)
    assert small.shape == (18, 32)
    assert small[0, 0] == 1
    assert not small.ravel()[1:].any()
    assert thumbnail(np.full((97, 131, 3), 51, np.uint8)) == pytest.approx(np.full((18, 32), 0.2), abs=1e-6)
