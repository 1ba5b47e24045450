"""A coloured picture's palette is recognised and undone; photographs and unknown palettes are not taken for ours."""

import numpy as np
import pytest

from thermvision.thermal.palette_of_picture import grey_of_colours, in_colours, nearest_palette
from thermvision.thermal.palettes import PALETTES, colour

COLOURED = [name for name in PALETTES if name not in ("white_hot", "black_hot")]
LEVELS = np.add.outer(np.arange(64), np.arange(192)).astype(np.uint8)


@pytest.mark.parametrize("name", COLOURED)
def test_every_palette_is_its_own_nearest(name):
    assert nearest_palette(colour(LEVELS, name)) == (name, 0.0)
    grey, told = grey_of_colours(colour(LEVELS, name))
    assert told == name
    np.testing.assert_array_equal(grey, LEVELS)


@pytest.mark.parametrize("name", COLOURED)
def test_noise_of_a_few_levels_does_not_matter(name):
    noise = np.random.default_rng(5).integers(-4, 5, (*LEVELS.shape, 3))
    grey, told = grey_of_colours(np.clip(colour(LEVELS, name).astype(int) + noise, 0, 255).astype(np.uint8))
    assert told == name
    assert np.abs(grey - LEVELS).mean() < 6


@pytest.mark.parametrize(("scale", "coloured"), [(0, False), (8, False), (60, True)])
def test_a_tint_is_no_colour(scale, coloured):
    rgb = np.repeat(LEVELS[..., None] // 2, 3, axis=2)
    rgb[..., 0] += np.uint8(scale)
    assert in_colours(rgb) == coloured


def test_a_palette_that_is_not_ours_gives_its_brightness():
    green = np.stack([np.zeros_like(LEVELS), LEVELS, np.zeros_like(LEVELS)], axis=-1)
    grey, told = grey_of_colours(green)
    assert told == ""
    np.testing.assert_allclose(grey, 0.587 * LEVELS, atol=1e-3)


def test_skin_tones_are_no_sepia():
    skin = np.clip(LEVELS[..., None] * np.array([1.0, 0.72, 0.6]) + 20, 0, 255).astype(np.uint8)
    assert grey_of_colours(skin)[1] == ""
