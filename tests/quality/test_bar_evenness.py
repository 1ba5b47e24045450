"""A painted colour bar rises evenly and has an edge; walls, soft shoulders and cloth that fades do not."""

import numpy as np
import pytest
from scipy import ndimage

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


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize(
    ("width_px", "blur_px", "noise"), [(5, 0, 0), (9, 1.0, 0), (12, 1.5, 0), (14, 0, 0.003), (24, 1.0, 0.003)]
)
def test_bars_are_found_at_every_side_thin_soft_and_noisy(turns, width_px, blur_px, noise):
    grey = np.zeros((SIDE, SIDE), np.float32)
    grey[60:200, 90:170] = 1.0
    grey[40:220, 10 : 10 + width_px] = np.linspace(0, 1, 180)[:, None]
    soft = ndimage.gaussian_filter(grey, blur_px) + noise * np.random.default_rng(0).standard_normal(grey.shape)
    assert painted_bar_length(np.rot90(soft, turns).astype(np.float32)) == pytest.approx(0.7, abs=0.08)


@pytest.mark.parametrize("slope", [0.0, 0.5])
def test_cloth_that_fades_into_the_wall_is_no_bar(slope):
    """The lower border of a soft portrait: an even ramp over 80 pixels, which goes on upwards without an edge, or with one aslant."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    shoulder = np.clip((x - 40 - slope * (SIDE - 1 - y)) / 80, 0, 1)
    grey = (shoulder * np.clip((y - 170) / 80, 0, 1)).astype(np.float32)
    grey[60:190, 110:190] = 1.0
    assert painted_bar_length(grey) < 0.1
