"""The inside of an opened mouth is warm, its lips and an unopened mouth stay as they are."""

import numpy as np
import pytest
from analytic_portrait import portrait

from thermvision.retarget.liveportrait.told_labels import face_mask
from thermvision.retarget.liveportrait.warm_mouth import opening, warmed_mouth, warmest_skin_k

LOWER = (14, 17, 84, 314, 87, 317, 88, 318, 178, 402, 95, 324)


def opened(gap_px=14.0):
    """A face whose networks drew a dark (291 K) hole between lips that parted by gap_px."""
    picture, points = portrait()
    before = opening(points)
    now = points.copy()
    now[list(LOWER), 1] += gap_px
    middle, width = (now[13] + now[14]) / 2, np.linalg.norm(now[308] - now[78])
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]] + 0.5
    hole = ((x - middle[0]) / (0.42 * width)) ** 2 + ((y - middle[1]) / (0.45 * gap_px)) ** 2 < 1
    drawn = picture.copy()
    drawn[hole] = 291.0
    return picture, points, before, now, drawn, hole


def test_a_dark_hole_becomes_as_warm_as_a_mouth():
    picture, points, before, now, drawn, hole = opened()
    warmest = warmest_skin_k(picture, face_mask(points, *picture.shape))
    out = warmed_mouth(drawn, now, before, warmest)
    assert np.median(out[hole]) == pytest.approx(warmest, abs=0.3)
    assert (out >= drawn).all()
    mouth = np.abs(np.mgrid[: picture.shape[0], : picture.shape[1]] - now[14][::-1, None, None]).max(axis=0) > 40
    np.testing.assert_array_equal(out[mouth], drawn[mouth])


def test_a_mouth_that_did_not_open_and_a_warm_inside_stay():
    picture, points, before, now, drawn, _ = opened()
    assert warmed_mouth(drawn, points, before, 308.0) is drawn
    assert warmed_mouth(drawn, now, opening(now), 308.0) is drawn  # open in the portrait already
    np.testing.assert_array_equal(warmed_mouth(drawn, now, before, 280.0), drawn)
    assert warmed_mouth(picture, now - 1000, before, 308.0) is picture  # out of the frame


def test_it_comes_gradually():
    levels = []
    for gap_px in (0.0, 2.0, 4.0, 6.0):
        _, _, before, now, drawn, _ = opened(max(gap_px, 0.1))
        out = warmed_mouth(drawn, now, before, 307.0)
        levels.append(float((out - drawn).max()))
    assert levels[0] == 0
    assert levels == sorted(levels)
