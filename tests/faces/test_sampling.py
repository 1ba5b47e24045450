"""Cutting and stretching: what the networks get to see."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermvision.faces.boxes import one_each
from thermvision.faces.sampling import resampled, stretched

PICTURE = np.random.default_rng(0).normal(295, 3, (48, 64)).astype(np.float32)


def test_the_whole_picture_at_its_own_size_is_itself():
    same = resampled(PICTURE, np.array([32.0, 24.0]), np.diag([32.0, 24.0]), 48, 64)
    np.testing.assert_allclose(same, PICTURE, atol=1e-4)


def test_a_quarter_turn_is_one():
    square = PICTURE[:, :48]
    turned = resampled(square, np.array([24.0, 24.0]), 24 * np.array([[0.0, -1.0], [1.0, 0.0]]), 48, 48)
    np.testing.assert_allclose(turned, np.rot90(square), atol=1e-3)


def test_shrinking_averages():
    small = resampled(PICTURE, np.array([32.0, 24.0]), np.diag([32.0, 24.0]), 6, 8)
    assert abs(small.mean() - PICTURE.mean()) < 0.2
    assert small.std() < 0.45 * PICTURE.std()


def test_beyond_the_border_the_border_goes_on():
    wide = resampled(PICTURE, np.array([32.0, 24.0]), np.diag([64.0, 24.0]), 48, 128)
    np.testing.assert_allclose(wide[:, 10], PICTURE[:, 0], atol=1e-4)


@given(gain=st.floats(1e-3, 1e3), offset=st.floats(-1e3, 1e3))
def test_gain_and_offset_do_not_matter(gain, offset):
    np.testing.assert_allclose(
        stretched((PICTURE - 295) * np.float32(gain) + np.float32(offset * gain)), stretched(PICTURE - 295), atol=2e-3
    )


def test_flat_pictures_stay_finite():
    assert np.isfinite(stretched(np.full((16, 16), 3.0, np.float32))).all()


@pytest.mark.parametrize(
    ("boxes", "kept"),
    [
        ([[0, 0, 10, 10], [1, 0, 11, 10]], [0]),
        ([[0, 0, 10, 10], [9, 0, 19, 10]], [0, 1]),
        ([[0, 0, 20, 20], [6, 6, 12, 12]], [0]),
    ],
)
def test_one_box_for_a_face(boxes, kept):
    assert one_each(np.array(boxes, float), np.array([0.9, 0.8])) == kept
