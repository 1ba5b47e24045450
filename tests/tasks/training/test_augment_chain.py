"""What augmentation may and may not do to a picture."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from thermvision.tasks.training.augment import display, gain_kinds, jpeg, kelvin, palette_grey
from thermvision.tasks.training.augment.blur import blurred
from thermvision.tasks.training.augment.chain import augment, observed, shown
from thermvision.tasks.training.augment.covering import THING_K, covered, hidden_points
from thermvision.tasks.training.augment.resolution import through_detector
from thermvision.tasks.training.augment.settings import AUGMENT_LIMITS, AugmentSettings
from thermvision.tasks.training.augment.stretch import stretched
from thermvision.types import InputError

ALWAYS = AugmentSettings(**{name: 1.0 for name in AUGMENT_LIMITS if name.endswith("_share")})
NOTHING = AugmentSettings(**{name: 0.0 for name in AUGMENT_LIMITS if name.endswith("_share")})
seeds = st.integers(0, 2**31)
few = settings(max_examples=25, deadline=None)


def scenes(seed, count=4, height=48, width=64):
    """Pictures in kelvin: a warm face before a room."""
    stream = torch.Generator().manual_seed(seed)
    y, x = torch.meshgrid(torch.arange(float(height)), torch.arange(float(width)), indexing="ij")
    at = torch.rand(count, 2, 1, 1, generator=stream) * torch.tensor([width, height]).reshape(2, 1, 1)
    face = torch.exp(-((x - at[:, 0]) ** 2 + 0.6 * (y - at[:, 1]) ** 2) / 90)
    room = 285 + 12 * torch.rand(count, 1, 1, generator=stream)
    return (room + 13 * face + 0.2 * torch.randn(count, height, width, generator=stream))[:, None]


def generator(seed):
    return torch.Generator().manual_seed(seed)


def every(count, value):
    return torch.full((count,), value)


@few
@given(seeds, st.booleans())
def test_strength_zero_leaves_every_bit(seed, radiometric):
    x = scenes(seed)
    done = augment(x, every(4, radiometric), dataclasses.replace(ALWAYS, strength=0.0), generator(seed))
    assert torch.equal(done.x, x) and not done.inverted.any() and not done.covered.any()


@few
@given(seeds)
def test_no_shares_change_nothing_but_pixel_noise_of_zero(seed):
    x = scenes(seed)
    done = augment(x, every(4, True), NOTHING, generator(seed))
    assert torch.equal(done.x, x)


@few
@given(seeds, st.floats(0.01, 1), st.booleans(), st.sampled_from([(48, 64), (64, 48), (40, 40), (61, 83)]))
def test_what_comes_out_can_be_stretched(seed, strength, radiometric, size):
    x = scenes(seed, 4, *size)
    before = x.clone()
    done = augment(x, every(4, radiometric), dataclasses.replace(ALWAYS, strength=strength), generator(seed))
    assert torch.equal(x, before)  # not in place
    assert done.x.shape == x.shape and torch.isfinite(done.x).all()
    y = stretched(done.x)
    assert y.min() >= -1.5 and y.max() <= 1.5
    again = augment(x, every(4, radiometric), dataclasses.replace(ALWAYS, strength=strength), generator(seed))
    assert torch.equal(again.x, done.x) and torch.equal(again.covered, done.covered)


@few
@given(seeds, st.floats(0, 1), st.floats(0, 5), st.floats(230, 400))
def test_kelvin_stay_within_the_stated_bounds(seed, strength, limit_k, level_k):
    x = scenes(seed) - 300 + level_k
    y = kelvin.recalibrated(x, strength, limit_k, generator(seed))
    assert ((y - x).abs() <= kelvin.largest_change_k(x, strength, limit_k)).all()
    skin = torch.full((1, 1, 1, 1), 307.0)  # in words: less than 1.1 K on skin beside the level
    assert float(kelvin.largest_change_k(skin, 1.0, 0.0)) < 1.1


@few
@given(seeds)
def test_observed_stays_kelvin_within_things_and_noise(seed):
    x = scenes(seed)
    y, mask = observed(x, every(4, True), ALWAYS, generator(seed))
    # Noise and unevenness are at most a few times noise_k; things lie within THING_K.
    slack = kelvin.largest_change_k(x, 1.0, ALWAYS.level_limit_k).max() + 12 * ALWAYS.noise_k
    low, high = min(float(x.min()), THING_K[0]), max(float(x.max()), THING_K[1])
    assert y.min() > low - slack and y.max() < high + slack
    assert mask.any()


def test_order_of_temperatures_survives_calibration():
    x = torch.linspace(280, 320, 64 * 48).reshape(1, 1, 48, 64)
    for seed in range(20):
        assert (kelvin.recalibrated(x, 1.0, 2.0, generator(seed)).flatten().diff() > 0).all()


@few
@given(seeds)
def test_polarity_twice_is_the_same(seed):
    x = torch.rand(3, 1, 20, 24, generator=generator(seed))
    np.testing.assert_allclose(display.inverted(display.inverted(x)), x, atol=1e-6)


def test_black_hot_is_told():
    x = scenes(5, 16)
    some = dataclasses.replace(NOTHING, shown_share=1.0, inverted_share=0.5)
    done = augment(x, every(16, True), some, generator(3))
    assert 0 < int(done.inverted.sum()) < 16
    for before, after, inverted in zip(x, done.x, done.inverted, strict=True):
        together = np.corrcoef(before.flatten(), after.flatten())[0, 1]
        assert together < -0.95 if inverted else together > 0.95


@few
@given(seeds, st.floats(0, 1))
def test_gain_controls_but_detail_keep_the_order(seed, strength):
    x = torch.rand(3, 1, 24, 32, generator=generator(seed))
    order = x.flatten(1).argsort(dim=1)
    for change in (gain_kinds.windowed, gain_kinds.gamma, gain_kinds.equalised):
        y = change(x, strength, generator(seed))
        assert y.min() >= 0 and y.max() <= 1
        assert (y.flatten(1).gather(1, order).diff(dim=1) >= -1e-6).all(), change.__name__


@few
@given(seeds)
def test_gain_kinds_at_strength_zero_are_linear(seed):
    x = torch.rand(2, 1, 40, 40, generator=generator(seed))
    np.testing.assert_allclose(gain_kinds.equalised(x, 0.0, generator(seed)), x, atol=1e-5)
    np.testing.assert_allclose(gain_kinds.gamma(x, 0.0, generator(seed)), x, atol=1e-6)
    np.testing.assert_allclose(gain_kinds.detailed(x, 0.0, generator(seed)), x, atol=1e-5)
    np.testing.assert_allclose(palette_grey.through_palette(x, 0.0, generator(seed)), x, atol=0.51 / 255)


def test_equalised_flattens_the_histogram():
    x = scenes(1, 1, 96, 96)
    x = (x - x.min()) / (x.max() - x.min())
    spread = [np.histogram(y.numpy(), 16, (0, 1))[0].std() for y in (x, gain_kinds.equalised(x, 1.0, generator(0)))]
    assert spread[1] < 0.7 * spread[0]


def test_detail_raises_fine_contrast():
    x = torch.zeros(1, 1, 64, 64)
    x[..., ::2] = 0.02
    x[..., 32:] += 0.5
    y = gain_kinds.detailed(x, 1.0, generator(4))
    assert y[..., 10:20, 10:20].std() > 1.3 * x[..., 10:20, 10:20].std()


def test_palettes_that_brighten_come_back_in_order_and_rainbows_do_not():
    bank = palette_grey.curves()
    assert bank.shape == (6 * (2 + palette_grey.OTHER_TABLES), 256)
    assert bank.min() >= 0 and bank.max() <= 1
    falling = (bank.diff(dim=1) < -1 / 255 / 2).float().mean(dim=1)
    assert (falling == 0).any() and (falling > 0.1).any()
    assert (bank - torch.linspace(0, 1, 256)).abs().amax(dim=1).median() > 0.02  # errors there are


@pytest.mark.parametrize("quality_scale", [0.2, 3.3])
def test_jpeg_is_near_pillows(quality_scale):
    """Pillow's quality 90 and 15 are the standard's table times 0.2 and 3.3."""
    import io

    from PIL import Image

    quality = {0.2: 90, 3.3: 15}[quality_scale]
    x = ((scenes(2, 1, 61, 83) - 283) / 30).clamp(0, 1)
    ours = jpeg.jpeg_at(x, torch.full((1, 1, 1, 1), quality_scale))[0, 0].numpy()
    file = io.BytesIO()
    Image.fromarray(np.rint(x[0, 0].numpy() * 255).astype(np.uint8)).save(file, "JPEG", quality=quality)
    theirs = np.asarray(Image.open(file)) / 255
    assert np.abs(ours - theirs)[:56, :80].mean() < 0.35 * np.abs(ours - x[0, 0].numpy())[:56, :80].mean() + 1e-3


def test_few_pixels_lose_detail_and_keep_the_mean():
    x = scenes(7, 2, 64, 80)
    y = through_detector(x, 16, 20, "bilinear", lambda small: small)
    assert abs(float(x.mean() - y.mean())) < 0.05
    assert y.diff(dim=3).abs().mean() < 0.6 * x.diff(dim=3).abs().mean()
    assert torch.equal(through_detector(x, 64, 80, "nearest", lambda small: small), x)


def test_blur_of_zero_is_none_and_keeps_flat_pictures():
    x = scenes(8)
    np.testing.assert_allclose(blurred(x, torch.zeros(4)), x, atol=1e-3)
    flat = torch.full((2, 1, 20, 30), 300.0)
    np.testing.assert_allclose(blurred(flat, torch.tensor([0.5, 2.5])), flat, atol=1e-3)


def test_covered_pixels_are_those_that_changed():
    x = scenes(9, 8)
    y, mask = covered(x, every(8, True), 1.0, generator(2))
    assert torch.equal(x[~mask], y[~mask]) and (x[mask] != y[mask]).float().mean() > 0.99
    assert y[mask].min() >= THING_K[0] and y[mask].max() <= THING_K[1]


def test_points_behind_things_are_hidden():
    mask = torch.zeros(1, 1, 20, 30, dtype=torch.bool)
    mask[..., 5:10, 10:20] = True
    points = torch.tensor(
        [[[10.0, 5.0], [19.9, 9.9], [20.0, 9.0], [9.9, 7.0], [-3.0, 7.0], [float("nan"), 7.0], [31, 30]]]
    )
    assert hidden_points(mask, points).tolist() == [[True, True, False, False, False, False, False]]


@few
@given(seeds)
def test_flat_and_tiny_pictures_survive(seed):
    for x in (torch.full((2, 1, 33, 17), 300.0), torch.zeros(2, 1, 16, 16)):
        done = augment(x, every(2, True), ALWAYS, generator(seed))
        assert torch.isfinite(stretched(done.x)).all()
        y, _ = shown(x, ALWAYS, generator(seed))
        assert y.min() >= 0 and y.max() <= 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("strength", 1.1), ("strength", float("nan")), ("noise_k", -0.1), ("least_px", 4), ("jpeg_scale", 9)],
)
def test_settings_outside_their_range_are_refused(name, value):
    with pytest.raises(InputError, match=name):
        AugmentSettings(**{name: value})
