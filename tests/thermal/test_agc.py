"""From counts to grey levels."""

import numpy as np
import pytest

from thermvision.rng import rng
from thermvision.thermal.agc import LinearAgc, percentile_limits_ck, to_8bit
from thermvision.thermal.palettes import PALETTES, palette


def test_limits_are_the_percentiles():
    counts = rng(0).integers(29_000, 31_000, (200, 200)).astype(np.uint16)
    low, high = percentile_limits_ck(counts)
    assert low == pytest.approx(np.percentile(counts, 0.3), abs=2)
    assert high == pytest.approx(np.percentile(counts, 99.7), abs=2)


def test_a_flat_scene_is_not_stretched_to_noise():
    counts = (30_000 + rng(0).normal(0, 4, (64, 64))).astype(np.uint16)
    view = LinearAgc()(counts)
    assert view.std() < 8


@pytest.mark.parametrize(("count", "grey"), [(29_000, 0), (28_000, 0), (30_000, 128), (31_000, 255), (40_000, 255)])
def test_fixed_limits_map_linearly(count, grey):
    assert to_8bit(np.full((2, 2), count, np.uint16), 29_000, 31_000)[0, 0] == pytest.approx(grey, abs=1)


def test_damping_lets_the_limits_glide():
    agc = LinearAgc(damping=0.9)
    agc(np.full((40, 40), 30_000, np.uint16))
    before = agc.high_ck
    hot = np.full((40, 40), 31_000, np.uint16)
    agc(hot)
    assert before < agc.high_ck < before + 200
    for _ in range(100):
        agc(hot)
    assert agc.high_ck == pytest.approx(31_100, abs=5)


@pytest.mark.parametrize("name", sorted(PALETTES))
def test_palettes_can_be_inverted(name):
    assert len(np.unique(palette(name), axis=0)) == 256
