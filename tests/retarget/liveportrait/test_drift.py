"""Temperature is kept: exactly without motion, whatever is drawn, and within 0.3 K on skin that does not move."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, shift

from thermvision.retarget.liveportrait.drift import anchored, at_rest, carried_residual, visibility

N = 256


def pictures(seed=0):
    rng = np.random.default_rng(seed)
    source = 305 + 3 * gaussian_filter(rng.normal(0, 30, (N, N)), 12) + gaussian_filter(rng.normal(0, 2, (N, N)), 1.5)
    drawn = source + 0.8 + gaussian_filter(rng.normal(0, 20, (N, N)), 20) + rng.normal(0, 0.2, (N, N))
    return source.astype(np.float32), drawn.astype(np.float32)


def kept(source, drawn_rest, drawn_now, move, visible):
    rest = at_rest(move, visible)
    with_residual = drawn_now + carried_residual(source - drawn_rest, move, visible)
    return anchored(with_residual, source, rest)


def test_without_motion_the_source_comes_back():
    source, drawn = pictures()
    still, visible = np.zeros((N, N, 2), np.float32), np.ones((N, N), np.float32)
    np.testing.assert_allclose(kept(source, drawn, drawn, still, visible), source, atol=1e-4)


def test_a_shifted_face_takes_its_temperature_along():
    """All moves by 6 px, networks that are wrong by what `pictures` adds: the source, shifted, comes out."""
    source, drawn = pictures(1)
    moved = shift(drawn, (0, 6), order=1, mode="nearest")
    move = np.zeros((N, N, 2), np.float32)
    move[..., 0] = -6
    out = kept(source, drawn, moved, move, np.ones((N, N), np.float32))
    expected = shift(source, (0, 6), order=1, mode="nearest")
    assert np.abs(out - expected)[:, 8:].max() < 0.02
    assert np.abs(moved - expected)[:, 8:].max() > 0.8  # without: the networks' own error


def part_that_moves():
    """The lower middle moves down by up to 10 px, as a jaw does; the rest is at rest."""
    y, x = np.mgrid[:N, :N]
    move = np.zeros((N, N, 2), np.float32)
    move[..., 1] = -10 * np.exp(-(((x - 128) / 30.0) ** 2) - ((y - 180) / 25.0) ** 2)
    return move


@pytest.mark.parametrize("drift_k", [-1.5, 0.7, 3.0])
def test_skin_at_rest_keeps_its_temperature_while_the_jaw_moves(drift_k):
    """The networks draw the moved frame warmer or colder all over, and that is not in what was measured at rest."""
    source, drawn = pictures(2)
    move = part_that_moves()
    out = kept(source, drawn, drawn + np.float32(drift_k), move, np.ones((N, N), np.float32))
    still = np.abs(move).max(axis=-1) < 0.05
    assert still.mean() > 0.7
    assert np.abs(out - source)[still].max() <= 0.3
    assert np.abs(drawn + drift_k - source)[still].mean() > 0.5


def test_what_was_hidden_gets_no_foreign_residual():
    source, drawn = pictures(3)
    hidden = np.ones((N, N), np.float32)
    hidden[:, :100] = 0
    residual = carried_residual(source - drawn, np.zeros((N, N, 2), np.float32), hidden)
    assert not residual[:, :100].any()
    np.testing.assert_allclose(residual[:, 100:], (source - drawn)[:, 100:], atol=1e-4)


def test_a_mouth_that_opens_shows_no_ghost_of_its_old_line():
    """A cold line in the residual where the lips met; the field pulls it open over 30 px: its detail is not smeared over them."""
    residual = np.zeros((N, N), np.float32)
    residual[127:129, 90:166] = -3.0
    y = np.mgrid[:N, :N][0] + 0.5
    opened = np.clip((y - 128) / 15, -1, 1) * 14.5  # lips part to both sides; between them all comes from the line
    move = np.zeros((N, N, 2), np.float32)
    move[..., 1] = -opened
    ghost = carried_residual(residual, move, np.ones((N, N), np.float32))[116:140, 100:156]
    assert np.abs(ghost).max() < 0.75


def test_visible_means_as_visible_as_at_rest():
    rng = np.random.default_rng(0)
    occlusion = gaussian_filter(rng.uniform(0, 1, (N, N)), 8).astype(np.float32)
    still = np.zeros((N, N, 2), np.float32)
    np.testing.assert_array_equal(visibility(occlusion, occlusion, still), 1)
    assert visibility(occlusion * 0.25, occlusion, still).max() <= 0.2501
    assert visibility(occlusion * 2, occlusion, still).max() == 1
