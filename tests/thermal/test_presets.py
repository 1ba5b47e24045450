"""Presets: real cameras at their own resolution, `generic` at any."""

import pytest

from thermvision.thermal.presets import CAMERAS, camera_model, native_size
from thermvision.types import InputError


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("generic", None), ("lepton_3_5", (160, 120)), ("boson_320", (320, 256)), ("boson_640", (640, 512)),
        ("t540", (464, 348)), ("a325sc", (320, 240)), ("a65", (640, 512)), ("testo_880", (160, 120)), ("hd_820", (1024, 768)),
    ],
)  # fmt: skip
def test_sizes(name, size):
    assert native_size(name) == size
    camera = camera_model(name, 512, 384)
    assert (camera.width_px, camera.height_px) == (size or (512, 384))
    assert camera.width_px % 4 == camera.height_px % 4 == 0


def test_generic_is_what_it_was():
    camera = camera_model("generic", 512, 512)
    assert (camera.horizontal_fov_deg, camera.netd_k, camera.fixed_pattern_k, camera.column_noise_k) == pytest.approx(
        (24.0, 0.040, 0.016, 0.012)
    )
    assert (camera.blur_sigma_px, camera.level_error_k, camera.shutter_interval_s) == (0.55, 0.0, None)


@pytest.mark.parametrize("call", [lambda: native_size("kodak"), lambda: camera_model("kodak", 64, 64)])
def test_unknown_names_are_answered_with_the_choices(call):
    with pytest.raises(InputError, match="kodak") as raised:
        call()
    assert all(name in str(raised.value) for name in CAMERAS)


def test_an_impossible_size_is_refused():
    with pytest.raises(InputError, match="width_px"):
        camera_model("generic", 0, 64)
