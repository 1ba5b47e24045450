"""Colours there and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from thermvision.thermal.palettes import PALETTES, colour, grey_from_colour, palette
from thermvision.types import InputError

NAMES = sorted(PALETTES)
VIEWS = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=12))


def test_the_names_that_cameras_use_are_there():
    assert {"white_hot", "black_hot", "iron", "rainbow", "lava", "arctic"} < set(NAMES) and len(NAMES) == 8


@pytest.mark.parametrize("name", NAMES)
def test_every_grey_has_a_colour_of_its_own_and_neighbours_are_alike(name):
    table = palette(name)
    assert table.shape == (256, 3) and table.dtype == np.uint8
    assert len(np.unique(table, axis=0)) == 256
    assert np.abs(np.diff(table.astype(int), axis=0)).max() <= 8


@settings(deadline=None)
@given(VIEWS, st.sampled_from(NAMES))
def test_greys_come_back_exactly(view, name):
    assert np.array_equal(grey_from_colour(colour(view, name), name), view)


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(np.uint8, (5, 3)), st.sampled_from(NAMES))
def test_other_colours_give_the_nearest(rgb, name):
    table = palette(name).astype(int)
    distance = ((rgb[:, None].astype(int) - table) ** 2).sum(axis=2)
    found = grey_from_colour(rgb, name)
    assert np.array_equal(distance[np.arange(5), found], distance.min(axis=1))


@pytest.mark.parametrize(
    "call",
    [
        lambda: palette("plasma"),
        lambda: colour(np.zeros((2, 2)), "iron"),
        lambda: grey_from_colour(np.zeros((2, 2, 4), np.uint8), "iron"),
        lambda: grey_from_colour(np.zeros((2, 2, 3)), "iron"),
    ],
)
def test_what_cannot_be_used_is_refused(call):
    with pytest.raises(InputError, match=r"expected|choose"):
        call()


def test_nobody_can_change_a_shared_table():
    with pytest.raises(ValueError):
        palette("iron")[0] = 0
