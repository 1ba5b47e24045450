"""The camera: exact without imperfections, its imperfections as stated, and nothing but numbers in a file."""

import dataclasses

import numpy as np
import pytest

from thermvision.rng import rng
from thermvision.thermal.camera import camera_model, camera_state, observe, to_centikelvin
from thermvision.thermal.radiometry import band_radiance
from thermvision.types import InputError

SIZE = 128
ROOM_K = 297.0


def perfect(**changes):
    values = {
        "netd_k": 0.0,
        "fixed_pattern_k": 0.0,
        "column_noise_k": 0.0,
        "blur_sigma_px": 0.0,
        "level_error_k": 0.0,
        **changes,
    }
    return dataclasses.replace(camera_model("generic", SIZE, SIZE), **values)


def seen(temperature_k, camera, frames=1, seed=0):
    """What a camera shows of a black body at emissivity setting 1."""
    stream = rng(seed)
    state = camera_state(camera, ROOM_K, stream)
    radiance = band_radiance(temperature_k).astype(np.float32)
    return np.stack([observe(radiance, state, stream) for _ in range(frames)])


def test_a_perfect_camera_reads_a_black_body():
    scene = np.linspace(285, 311, SIZE * SIZE).reshape(SIZE, SIZE)
    assert seen(scene, perfect(emissivity_setting=1.0))[0] == pytest.approx(scene, abs=2e-3)


def test_a_camera_set_to_skin_reads_skin():
    """Emissivity .98 surface, camera set to .98 and the room: the true temperature comes back."""
    skin = np.full((SIZE, SIZE), 307.0)
    radiance = (0.98 * band_radiance(skin) + 0.02 * band_radiance(ROOM_K)).astype(np.float32)
    stream = rng(0)
    shown = observe(radiance, camera_state(perfect(emissivity_setting=0.98), ROOM_K, stream), stream)
    assert shown == pytest.approx(skin, abs=2e-3)


def test_noise_is_white_in_time_and_as_strong_as_stated():
    flat = np.full((SIZE, SIZE), 303.15)
    frames = seen(flat, perfect(netd_k=0.04, emissivity_setting=1.0), frames=20)
    residual = frames - frames.mean(axis=0)
    assert residual.std() * np.sqrt(20 / 19) == pytest.approx(0.04, rel=0.03)
    correlation = np.corrcoef(residual[0].ravel(), residual[1].ravel())[0, 1]
    assert abs(correlation + 1 / 19) < 0.03  # removing the mean of 20 frames leaves -1/19
    neighbours = np.corrcoef(residual[0][:, 1:].ravel(), residual[0][:, :-1].ravel())[0, 1]
    assert abs(neighbours) < 0.03


def test_fixed_pattern_stays():
    flat = np.full((SIZE, SIZE), 303.15)
    frames = seen(flat, perfect(fixed_pattern_k=0.02, column_noise_k=0.03, emissivity_setting=1.0), frames=3)
    assert np.array_equal(frames[0], frames[2])
    assert frames[0].mean(axis=0).std() == pytest.approx(0.03, rel=0.25)
    assert (frames[0] - frames[0].mean(axis=0)).std() == pytest.approx(0.02, rel=0.1)


def test_blur_keeps_the_mean_radiance_and_widens_a_point():
    scene = np.full((SIZE, SIZE), 300.0)
    scene[64, 64] = 310.0
    shown = seen(scene, perfect(blur_sigma_px=1.0, emissivity_setting=1.0))[0]
    assert band_radiance(shown).mean() == pytest.approx(band_radiance(scene).mean(), rel=1e-6)
    assert 0.12 < (shown[64, 64] - 300) / 10 < 0.18  # 1 / (2 pi sigma^2) = .159
    assert shown[64, 60] == pytest.approx(300.0, abs=5e-3)


@pytest.mark.parametrize(
    ("value", "fragment"),
    [(np.nan, "nan"), (np.inf, "inf"), (-5.0, "-5"), (100.0, "100"), (700.0, "700")],
)
def test_what_no_file_can_hold_is_refused(value, fragment):
    image = np.full((4, 4), 300.0, np.float32)
    image[1, 2] = value
    with pytest.raises(InputError, match=fragment):
        to_centikelvin(image)


def test_rounding_costs_at_most_half_a_centikelvin():
    image = np.linspace(280, 320, 10_000, dtype=np.float32).reshape(100, 100)
    assert abs(to_centikelvin(image) * 0.01 - image).max() <= 0.0051


def test_unknown_camera_is_named():
    with pytest.raises(InputError, match="generic"):
        camera_model("kodak", 64, 64)
