"""The inside of an opened mouth is warm, its lips and an unopened mouth stay as they are."""

import dataclasses

import numpy as np
import pytest
from analytic_portrait import portrait

from thermvision.retarget.liveportrait.warm_mouth import opening, own_mouth, warmed_mouth

LOWER = (14, 17, 84, 314, 87, 317, 88, 318, 178, 402, 95, 324)


def opened(gap_px=14.0):
    """A face whose networks drew a dark (291 K) hole between lips that parted by gap_px."""
    picture, points = portrait()
    own = own_mouth(picture, points)
    now = points.copy()
    now[list(LOWER), 1] += gap_px
    middle, width = (now[13] + now[14]) / 2, np.linalg.norm(now[308] - now[78])
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]] + 0.5
    hole = ((x - middle[0]) / (0.42 * width)) ** 2 + ((y - middle[1]) / (0.45 * gap_px)) ** 2 < 1
    drawn = picture.copy()
    drawn[hole] = 291.0
    return picture, points, own, now, drawn, hole


def test_a_dark_hole_becomes_as_warm_as_a_mouth_without_a_cold_rim():
    picture, _, own, now, drawn, hole = opened()
    out = warmed_mouth(drawn, now, own)
    assert np.median(out[hole]) == pytest.approx(own.warmest_k, abs=0.3)
    assert out[hole].min() > own.lips_k - 0.6
    assert (out >= drawn).all()
    far = np.abs(np.mgrid[: picture.shape[0], : picture.shape[1]] - now[14][::-1, None, None]).max(axis=0) > 40
    np.testing.assert_array_equal(out[far], drawn[far])


def test_lips_are_not_warmed_themselves():
    """3-6 px above and below the gap, in its middle."""
    _, _, own, now, drawn, _ = opened()
    change_k = warmed_mouth(drawn, now, own) - drawn
    columns = slice(int(now[13, 0]) - 5, int(now[13, 0]) + 5)
    for rows in (slice(int(now[13, 1]) - 6, int(now[13, 1]) - 2), slice(int(now[14, 1]) + 3, int(now[14, 1]) + 7)):
        assert np.abs(change_k[rows, columns]).max() < 0.1


def test_a_mouth_that_did_not_open_and_a_warm_inside_stay():
    picture, points, own, now, drawn, _ = opened()
    assert warmed_mouth(drawn, points, own) is drawn
    assert (
        warmed_mouth(drawn, now, dataclasses.replace(own, opening=opening(now))) is drawn
    )  # open in the portrait already
    np.testing.assert_array_equal(
        warmed_mouth(drawn, now, dataclasses.replace(own, lips_k=280.0, warmest_k=280.0)), drawn
    )
    assert warmed_mouth(picture, now - 1000, own) is picture  # out of the frame


def test_it_comes_gradually():
    levels = []
    for gap_px in (0.0, 2.0, 4.0, 6.0):
        _, _, own, now, drawn, _ = opened(max(gap_px, 0.1))
        levels.append(float((warmed_mouth(drawn, now, own) - drawn).max()))
    assert levels[0] == 0
    assert levels == sorted(levels)
