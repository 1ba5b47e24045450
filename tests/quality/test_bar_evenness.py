"""A painted colour bar rises evenly; a wall with the soft edge of a shoulder before it does not."""

import numpy as np
import pytest

from thermvision.quality.overlay import painted_bar_length

SIDE = 256


def picture(profile):
    """A warm middle on a cold ground, with `profile` (0 to 1) down the left border."""
    grey = np.zeros((SIDE, SIDE), np.float32)
    grey[60:200, 90:170] = 1.0
    grey[:, :24] = profile[:, None]
    return grey


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
def test_an_even_ramp_is_as_long_as_it_was_painted(share):
    length = round(share * SIDE)
    profile = np.zeros(SIDE, np.float32)
    profile[20 : 20 + length] = np.linspace(0, 1, length)
    assert painted_bar_length(picture(profile)) == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize("edge_px", [8, 16, 32])
def test_a_drifting_wall_and_a_soft_edge_are_no_longer_than_the_edge(edge_px):
    wall = np.linspace(0, 0.03, 150)  # warmer towards the ceiling
    edge = np.linspace(0.03, 0.9, edge_px)
    cloth = np.linspace(0.9, 0.93, SIDE - 150 - edge_px)
    profile = np.concatenate([wall, edge, cloth]).astype(np.float32)
    assert painted_bar_length(picture(profile)) < (edge_px + 6) / SIDE
