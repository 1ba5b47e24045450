"""A coloured picture's palette is recognised and undone; photographs and unknown palettes are not taken for ours."""

import numpy as np
import pytest

from thermvision.thermal.palette_of_picture import brightness, grey_of_palette, guess_palette, in_colours
from thermvision.thermal.palettes import PALETTES, colour

COLOURED = [name for name in PALETTES if name not in ("white_hot", "black_hot")]
LEVELS = np.add.outer(np.arange(64), np.arange(192)).astype(np.uint8)


@pytest.mark.parametrize("name", COLOURED)
def test_every_palette_is_its_own_nearest(name):
    assert guess_palette(colour(LEVELS, name)) == name
    np.testing.assert_array_equal(grey_of_palette(colour(LEVELS, name), name), LEVELS)


@pytest.mark.parametrize("name", COLOURED)
def test_noise_of_a_few_levels_does_not_matter(name):
    noise = np.random.default_rng(5).integers(-4, 5, (*LEVELS.shape, 3))
    noisy = np.clip(colour(LEVELS, name).astype(int) + noise, 0, 255).astype(np.uint8)
    assert guess_palette(noisy) == name
    assert np.abs(grey_of_palette(noisy, name).astype(int) - LEVELS).mean() < 6


@pytest.mark.parametrize(("scale", "coloured"), [(0, False), (8, False), (60, True)])
def test_a_tint_is_no_colour(scale, coloured):
    rgb = np.repeat(LEVELS[..., None] // 2, 3, axis=2)
    rgb[..., 0] += np.uint8(scale)
    assert in_colours(rgb) == coloured


def test_a_palette_that_is_not_ours_is_not_guessed():
    green = np.stack([np.zeros_like(LEVELS), LEVELS, np.zeros_like(LEVELS)], axis=-1)
    assert guess_palette(green) is None
    np.testing.assert_allclose(brightness(green), 0.587 * LEVELS, atol=1e-3)


def test_skin_tones_are_no_sepia():
    skin = np.clip(LEVELS[..., None] * np.array([1.0, 0.72, 0.6]) + 20, 0, 255).astype(np.uint8)
    assert guess_palette(skin) is None
