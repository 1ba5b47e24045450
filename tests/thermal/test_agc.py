"""From counts to grey levels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.ndimage import uniform_filter

from thermvision.rng import rng
from thermvision.thermal.agc import (
    AGC_NAMES,
    DetailAgc,
    LinearAgc,
    PlateauAgc,
    RangeDamper,
    make_agc,
    middle,
    percentile_limits_ck,
    to_8bit,
)  # fmt: skip
from thermvision.thermal.agc.detail import box_mean, guided_base
from thermvision.thermal.agc.plateau import equalising_curve
from thermvision.types import InputError


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


def scene(noise_ck=4.0, seed=0):
    """A warm disc before a cool wall."""
    y, x = np.mgrid[:120, :160]
    face = np.hypot(y - 60, x - 80) < 40
    return (29_400 + 1_000 * face + rng(seed).normal(0, noise_ck, face.shape)).astype(np.uint16), face


@pytest.mark.parametrize("name", AGC_NAMES)
def test_every_gain_control_shows_the_face_brighter_than_the_wall(name):
    counts, face = scene()
    view = make_agc(name)(counts)
    assert view.dtype == np.uint8 and view.shape == counts.shape
    assert view[face].mean() > view[~face].mean() + 60


@pytest.mark.parametrize("name", AGC_NAMES)
@pytest.mark.parametrize("counts", [0, 30_000, 65_535])
def test_a_constant_scene_is_shown_constant(name, counts):
    agc = make_agc(name)
    for _ in range(3):
        assert np.ptp(agc(np.full((40, 52), counts, np.uint16)).astype(int)) <= 1


@pytest.mark.parametrize("name", AGC_NAMES)
def test_a_still_scene_does_not_flicker(name):
    agc, means = make_agc(name), []
    for seed in range(40):
        counts, face = scene(seed=seed)
        means.append(agc(counts)[face].mean())
    assert np.abs(np.diff(means[3:])).max() < 1.5


def test_unknown_gain_controls_are_answered_with_the_choices():
    with pytest.raises(InputError, match="linear, plateau, detail"):
        make_agc("magic")
    with pytest.raises(InputError, match="rate_hz"):
        make_agc("linear", rate_hz=0)
    with pytest.raises(InputError, match="radius_px"):
        DetailAgc(radius_px=0)


def test_the_span_expands_fast_and_contracts_slowly():
    """63 % of a step out takes 0.1 s, of a step in 1.3 s."""
    damper = RangeDamper(rate_hz=100)
    damper.follow(29_000, 30_000)
    for _ in range(10):
        low, high = damper.follow(28_000, 31_000)
    assert (low, high) == pytest.approx((29_000 - 632, 30_000 + 632), abs=1)
    damper = RangeDamper(rate_hz=100)
    damper.follow(28_000, 31_000)
    for _ in range(130):
        low, high = damper.follow(29_000, 30_000)
    assert (low, high) == pytest.approx((28_000 + 632, 31_000 - 632), abs=1)


def test_small_moves_inwards_stay_in_the_dead_band():
    damper = RangeDamper()
    damper.follow(29_000, 30_000)
    assert damper.follow(29_020, 29_980) == (29_000, 30_000)


@settings(max_examples=30, deadline=None)
@given(hnp.arrays(np.uint16, (24, 32)))
def test_plateau_never_shows_a_warmer_pixel_darker(counts):
    view = PlateauAgc()(counts).ravel().astype(int)
    assert (np.diff(view[np.argsort(counts.ravel(), kind="stable")]) >= 0).all()


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(np.int64, 128, elements=st.integers(0, 100_000)), st.floats(200, 6000))
def test_the_equalising_curve_rises_within_0_to_255_and_its_cap_holds(histogram, span_ck):
    curve = equalising_curve(histogram, span_ck, 2.0, 0.2, 1.0)
    assert curve.min() >= -1e-6 and curve.max() <= 255 + 1e-6
    assert (np.diff(curve) > 0).all()
    assert np.diff(curve).max() <= 1.0 * span_ck / 128 + 1e-9
    assert curve[0] + curve[-1] == pytest.approx(255)


def test_a_wall_does_not_take_all_greys():
    """Without a plateau the wall's bin, 90 % of the pixels, would get 90 % of the greys."""
    histogram = np.full(128, 10)
    histogram[5] = 12_000
    share = np.diff(equalising_curve(histogram, 6000, 2.0, 0.0, 10.0))[5] / 255
    assert share < 0.2


def test_box_mean_is_the_mean_of_the_box():
    image = rng(0).normal(0, 1, (40, 60)).astype(np.float32)
    expected = uniform_filter(image.astype(np.float64), 2 * 4 + 1, mode="nearest")
    assert box_mean(image, 4) == pytest.approx(expected, abs=1e-5)
    assert box_mean(image, 64) == pytest.approx(uniform_filter(image.astype(np.float64), 129, mode="nearest"), abs=1e-4)


def test_the_base_keeps_edges_and_smooths_noise():
    counts, _ = scene(noise_ck=8)
    picture = (counts.astype(np.float32) - 29_900) / 100
    base = guided_base(picture, 6, 0.4)
    inside = np.hypot(*(np.mgrid[:120, :160] - np.array([60, 80])[:, None, None])) < 25
    assert base[inside].std() < 0.4 * picture[inside].std()
    assert np.abs(base - picture).max() < 1.0  # a step of 10 K: a plain box would leave 5 K


def test_detail_gain_1_is_a_linear_view_and_more_gain_shows_more():
    counts, _ = scene()
    plain = DetailAgc(detail_gain=1.0)(counts).astype(int)
    assert np.abs(plain - to_8bit(counts, *percentile_limits_ck(middle(counts))).astype(int)).max() <= 1
    vein = counts.copy()
    vein[59:62] -= 30  # three rows, 0.3 K cooler than the rest
    shallow, deep = (
        view[52:55, 70:90].mean() - view[59:62, 70:90].mean()
        for view in (DetailAgc(detail_gain=gain)(vein).astype(float) for gain in (1.0, 2.5))
    )
    assert deep > 1.5 * shallow > 5
