"""The camera: exact without imperfections, its imperfections as stated, and nothing but numbers in a file."""

import dataclasses
import re

import numpy as np
import pytest

from thermvision.rng import rng
from thermvision.thermal.camera import CAMERAS, camera_model, camera_state, observe, to_centikelvin
from thermvision.thermal.radiometry import band_radiance
from thermvision.types import CAMERA_LIMITS, CameraModel, InputError

SIZE = 128
ROOM_K = 297.0


def perfect(**changes):
    return dataclasses.replace(CameraModel("perfect", SIZE, SIZE, 24.0, 0.0, 0.0, 0.0, 0.0), **changes)


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


FLAT = np.full((SIZE, SIZE), 303.15)


def components(frames):
    """Standard deviations of the seven parts of the 3-D noise model, from cubes (time, v, h), by averaging out axes."""
    cube = frames.astype(np.float64)
    axes, parts, rest = {"t": 0, "v": 1, "h": 2}, {}, cube - cube.mean()
    for name in ("t", "v", "h", "tv", "th", "vh"):
        away = tuple(axis for letter, axis in axes.items() if letter not in name)
        part = rest.mean(axis=away, keepdims=True)
        parts[name], rest = part.std(), rest - part
    return {**parts, "tvh": rest.std()}


@pytest.mark.parametrize(
    ("field", "part"),
    [
        ("netd_k", "tvh"), ("fixed_pattern_k", "vh"), ("row_noise_k", "v"), ("column_noise_k", "h"),
        ("temporal_row_k", "tv"), ("temporal_column_k", "th"), ("frame_bounce_k", "t"),
    ],
)  # fmt: skip
def test_each_part_of_the_noise_is_as_strong_as_stated_and_no_other_is_there(field, part):
    found = components(seen(FLAT, perfect(emissivity_setting=1.0, **{field: 0.1}), frames=64))
    assert found[part] == pytest.approx(0.1, rel=0.25)  # 64 numbers at the least: 9 % at one sigma
    assert all(value < 0.02 for name, value in found.items() if name != part)


@pytest.mark.parametrize("name", sorted(CAMERAS))
def test_noise_of_every_preset_is_independent_from_frame_to_frame(name):
    camera = dataclasses.replace(camera_model(name, SIZE, SIZE), shutter_interval_s=None)
    stream = rng(3, name)
    state = camera_state(camera, ROOM_K, stream)
    radiance = band_radiance(np.full((camera.height_px, camera.width_px), 296.0)).astype(np.float32)
    frames = np.stack([observe(radiance, state, stream) for _ in range(40)])
    residual = (frames - frames.mean(axis=0)).reshape(40, -1)
    r = [np.corrcoef(residual[k], residual[k + 1])[0, 1] for k in range(39)]
    assert np.abs(r).max() <= 0.05
    assert residual.std(axis=1).mean() == pytest.approx(
        camera.netd_k * 0.956 / 0.893, rel=0.06
    )  # slopes at 30 and 23 C


def test_a_portrait_clip_of_the_generic_camera_has_no_repeated_frame():
    frames = seen(FLAT, camera_model("generic", SIZE, SIZE), frames=302)
    assert all(not np.array_equal(frames[k], frames[k + 1]) for k in range(301))
    assert np.ptp(np.median(frames, axis=(1, 2))) < 0.1  # drift of at most 1 mK/s, and the frame bounce


def test_a_shutter_event_repeats_the_image_then_steps():
    camera = perfect(shutter_interval_s=2.0, shutter_freeze_s=0.5, shutter_step_k=0.5, fixed_pattern_k=0.02,
                     drift_k_per_s=0.02, rate_hz=10.0, emissivity_setting=1.0)  # fmt: skip
    frames = seen(FLAT, camera, frames=60)
    same = np.array([np.array_equal(frames[k], frames[k + 1]) for k in range(59)])
    starts = np.flatnonzero(same[1:] & ~same[:-1]) + 1
    assert set(np.diff(starts)) <= {24, 25, 26}
    assert [int(same[start : start + 7].sum()) for start in starts[:2]] == pytest.approx([5, 5], abs=1)
    levels = frames.mean(axis=(1, 2))
    steps = np.abs(np.diff(levels))
    assert steps[~same].max() > 0.1
    assert np.median(steps[~same]) <= 0.0021  # drift: 20 mK/s at most, at 10 frames/s


def test_what_the_caller_writes_into_a_frame_does_not_come_back():
    camera = perfect(shutter_interval_s=1.0, rate_hz=10.0)
    stream = rng(0)
    state = camera_state(camera, ROOM_K, stream)
    radiance = band_radiance(FLAT).astype(np.float32)
    for _ in range(40):
        shown = observe(radiance, state, stream)
        assert shown.min() > 290
        shown[:] = 0


def test_the_pattern_grows_between_shutter_events():
    camera = perfect(pattern_growth_k=0.1, rate_hz=1.0, emissivity_setting=1.0)
    spread = seen(FLAT, camera, frames=61).std(axis=(1, 2))
    assert spread[0] == pytest.approx(0, abs=1e-4)
    assert spread[15] == pytest.approx(0.05, rel=0.05)  # the square root of a quarter
    assert spread[60] == pytest.approx(0.1, rel=0.05)


def test_the_detector_follows_with_its_time_constant():
    camera = perfect(time_constant_s=0.010, rate_hz=30.0, emissivity_setting=1.0)
    stream = rng(0)
    state = camera_state(camera, ROOM_K, stream)
    cool, warm = (band_radiance(np.full((SIZE, SIZE), t)).astype(np.float32) for t in (300.0, 310.0))
    observe(cool, state, stream)
    shown = band_radiance(observe(warm, state, stream)[0, 0])
    assert (shown - cool[0, 0]) / (warm[0, 0] - cool[0, 0]) == pytest.approx(1 - np.exp(-1 / 0.3), abs=1e-3)


def test_the_bowl_is_smooth_and_as_deep_as_stated():
    depths = [np.ptp(seen(FLAT, perfect(bowl_k=0.2, emissivity_setting=1.0), seed=k)[0]) for k in range(40)]
    assert np.sqrt(np.mean(np.square(depths))) == pytest.approx(0.2, rel=0.35)
    bowl = seen(FLAT, perfect(bowl_k=0.2, emissivity_setting=1.0))[0]
    assert np.abs(np.diff(bowl, axis=0)).max() < 0.02


def test_dead_pixels_take_their_neighbours_values():
    camera = perfect(dead_pixel_share=0.001, netd_k=0.05, emissivity_setting=1.0)
    stream = rng(0)
    state = camera_state(camera, ROOM_K, stream)
    shown = observe(band_radiance(FLAT).astype(np.float32), state, stream)
    assert len(state.dead) == round(0.001 * SIZE * SIZE)
    y, x = next((d // SIZE, d % SIZE) for d in state.dead if 0 < d // SIZE < SIZE - 1 and 0 < d % SIZE < SIZE - 1)
    around = [shown[y - 1, x], shown[y + 1, x], shown[y, x - 1], shown[y, x + 1]]
    assert shown[y, x] == pytest.approx(np.mean(around), abs=1e-3)


def test_the_same_generator_gives_the_same_bytes():
    camera = camera_model("lepton_3_5", SIZE, SIZE)
    first, second = (seen(np.full((120, 160), 303.15), camera, frames=4, seed=8) for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert first.tobytes() != seen(np.full((120, 160), 303.15), camera, frames=4, seed=9).tobytes()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1.0, 1e30])
def test_what_is_no_radiance_is_refused(value):
    radiance = band_radiance(FLAT).astype(np.float32)
    radiance[3, 4] = value
    stream = rng(0)
    with pytest.raises(InputError, match="radiance_w"):
        observe(radiance, camera_state(perfect(), ROOM_K, stream), stream)


@pytest.mark.parametrize("radiance", [np.zeros((4, 4), np.float32), np.zeros((SIZE, SIZE))])
def test_another_size_or_type_is_refused(radiance):
    stream = rng(0)
    with pytest.raises(InputError, match="radiance_w is float"):
        observe(radiance, camera_state(perfect(), ROOM_K, stream), stream)


def test_even_no_radiance_at_all_gives_numbers():
    stream = rng(0)
    state = camera_state(camera_model("generic", SIZE, SIZE), ROOM_K, stream)
    assert np.isfinite(observe(np.zeros((SIZE, SIZE), np.float32), state, stream)).all()


@pytest.mark.parametrize("field", sorted(CAMERA_LIMITS))
def test_settings_out_of_range_are_named_with_value_and_range(field):
    low, high = CAMERA_LIMITS[field]
    for value in (low - 1, high * 2, float("nan")):
        with pytest.raises(
            InputError, match=re.escape(f"{field} of camera 'perfect' is {value:g}; expected {low:g} to {high:g}")
        ):
            perfect(**{field: value})


@pytest.mark.parametrize("celsius", [-41, 61, float("nan")])
def test_rooms_where_nobody_sits_are_refused(celsius):
    with pytest.raises(InputError, match="reflected_k"):
        camera_state(perfect(), celsius + 273.15, rng(0))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 9), (7, 1), (3, 5), (33, 127)])
def test_odd_and_tiny_images_are_observed_too(height, width):
    camera = perfect(width_px=width, height_px=height, blur_sigma_px=1.5, netd_k=0.01, emissivity_setting=1.0)
    assert seen(np.full((height, width), 303.15), camera)[0] == pytest.approx(
        np.full((height, width), 303.15), abs=0.06
    )
