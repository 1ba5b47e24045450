"""Noise of the kernels: normal, and white over pixels and frames; and their logarithm."""

import numba as nb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermvision.rng import rng
from thermvision.thermal.camera_kernel import invert_row
from thermvision.thermal.noise import fill_normal_row, normal_table
from thermvision.thermal.radiometry import band_radiance

HEIGHT, WIDTH, FRAMES = 256, 512, 24


@nb.njit
def _frame(keys, table, image):
    for y in range(image.shape[0]):
        fill_normal_row(image[y], y * (image.shape[1] // 2), keys, table)


@pytest.fixture(scope="module")
def noise():
    stream, images = rng(1), np.empty((FRAMES, HEIGHT, WIDTH), np.float32)
    for image in images:
        _frame(stream.integers(0, 1 << 32, 2, dtype=np.uint32), normal_table(), image)
    return images.astype(np.float64)


def test_moments_are_those_of_a_normal_variable(noise):
    """3.1 million numbers; limits are about four standard errors."""
    assert noise.mean() == pytest.approx(0, abs=0.0023)
    assert noise.var() == pytest.approx(1, abs=0.0033)
    assert (noise**3).mean() == pytest.approx(0, abs=0.006)
    assert (noise**4).mean() == pytest.approx(3, abs=0.025)
    assert (np.abs(noise) > 3).mean() == pytest.approx(0.0027, rel=0.06)


def test_the_table_has_mean_0_variance_1_and_reaches_four_sigma():
    table = normal_table().astype(np.float64)
    assert (table.mean(), table.var()) == pytest.approx((0, 1), abs=1e-6)
    assert (table**4).mean() == pytest.approx(3, abs=0.01)
    assert table.max() > 4.2


@pytest.mark.parametrize(
    "lag", [(0, 0, 1), (0, 1, 0), (0, 1, 1), (0, 0, WIDTH // 2), (0, 8, 0), (1, 0, 0), (1, 0, 1), (2, 1, 0)]
)
def test_numbers_near_and_far_are_independent(noise, lag):
    t, y, x = lag
    a, b = noise[t:, y:, x:], noise[: FRAMES - t, : HEIGHT - y, : WIDTH - x]
    assert abs((a * b).mean()) < 4.5 / np.sqrt(a.size)


def test_the_spectrum_is_flat(noise):
    power = (np.abs(np.fft.rfft2(noise)) ** 2).mean(axis=0) / (HEIGHT * WIDTH)
    low, high = (
        power[: HEIGHT // 4, : WIDTH // 8].mean(),
        power[HEIGHT // 4 : HEIGHT // 2, WIDTH // 8 : WIDTH // 4].mean(),
    )
    assert (low, high) == pytest.approx((1, 1), abs=0.02)
    assert power.max() < 4  # the mean of 24 exponential variables: no line stands out


@settings(deadline=None)  # the first call compiles
@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_any_keys_give_noise(key, second_key):
    image = np.empty((64, 128), np.float32)
    _frame(np.array([key, second_key], np.uint32), normal_table(), image)
    assert abs(image.mean()) < 0.066 and 0.94 < image.std() < 1.06  # six standard errors or more


@settings(deadline=None)
@given(st.floats(200, 500))
def test_inversion_is_within_a_millikelvin(temperature_k):
    radiance, shown = np.full(7, band_radiance(temperature_k), np.float32), np.empty(7, np.float32)
    invert_row(radiance, shown)
    assert shown == pytest.approx(np.full(7, temperature_k), abs=1e-3)
