"""Values that no nature, camera or room has: refused with field, value and range, and NaN reaches no file."""

import dataclasses
import math

import numpy as np
import pytest

from thermvision.head.projection import View
from thermvision.motion.programs import make_program
from thermvision.physiology.dynamics import draw_dynamics
from thermvision.physiology.region_model import draw_region_temperatures
from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait
from thermvision.retarget.mesh import retarget
from thermvision.rng import rng
from thermvision.thermal.camera import camera_model, camera_state, observe, to_centikelvin
from thermvision.thermal.emissivity import directional_emissivity, leaving_radiance
from thermvision.thermal.radiometric_files import TLinear
from thermvision.thermal.radiometry import band_radiance, radiance_slope, radiance_to_temperature_k
from thermvision.types import InputError

CAMERA = camera_model("generic", 16, 16)


def regions(room=24.0, core=37.0):
    return draw_region_temperatures(rng(0), room_temperature_c=room, core_temperature_c=core, gender="female")


def shown(radiance):
    stream = rng(0)
    return observe(np.full((16, 16), radiance, np.float32), camera_state(CAMERA, 296.0, stream), stream)


@pytest.mark.parametrize(
    ("act", "fragments"),
    [
        (lambda: regions(room=80), ["room_temperature_c is 80", "10 to 40"]),
        (lambda: regions(room=math.nan), ["room_temperature_c is nan", "10 to 40"]),
        (lambda: regions(core=20), ["core_temperature_c is 20", "35 to 42"]),
        (lambda: draw_dynamics(80, rng(0)), ["room_temperature_c is 80", "10 to 40"]),
        (lambda: dataclasses.replace(CAMERA, netd_k=-0.1), ["netd_k", "-0.1", "0 to 10"]),
        (lambda: dataclasses.replace(CAMERA, netd_k=math.nan), ["netd_k", "nan"]),
        (lambda: dataclasses.replace(CAMERA, emissivity_setting=2), ["emissivity_setting", "2", "0.01 to 1"]),
        (lambda: dataclasses.replace(CAMERA, horizontal_fov_deg=200), ["horizontal_fov_deg", "200", "170"]),
        (lambda: camera_state(CAMERA, 353.0, rng(0)), ["reflected_k is 353", "233.15 to 333.15"]),
        (lambda: camera_state(CAMERA, 296.0, rng(0), 0), ["rate_hz is 0", "0.1 to 1000"]),
        (lambda: shown(math.nan), ["radiance_w", "nan", "0 to 2000"]),
        (lambda: shown(-1), ["radiance_w", "-1", "0 to 2000"]),
        (lambda: to_centikelvin(np.full((4, 4), math.nan, np.float32)), ["temperature_k", "nan", "200 to 655.35"]),
        (lambda: to_centikelvin(np.full((4, 4), 20.0, np.float32)), ["temperature_k", "20", "200 to 655.35"]),
        (lambda: band_radiance(37 - 273), ["temperature_k is -236", "100 to 800 K"]),
        (lambda: band_radiance([300.0, math.nan]), ["temperature_k", "nan", "100 to 800 K"]),
        (lambda: radiance_slope(0), ["temperature_k is 0", "100 to 800 K"]),
        (lambda: radiance_to_temperature_k(-3.0), ["radiance_w is -3", "0.001 to 3000"]),
        (lambda: leaving_radiance(300.0, 2.0, 296.0), ["emissivity is 2", "0 to 1"]),
        (lambda: directional_emissivity(0.98, 120.0), ["angle_deg is 120", "0 to 90"]),
        (lambda: directional_emissivity(-0.5, 20.0), ["normal_emissivity is -0.5", "0 to 1"]),
        (lambda: TLinear(emissivity=2.0), ["emissivity is 2", "at most 1"]),
        (lambda: make_program("gaze", rng(0), 30, 0), ["rate_hz is 0", "1 to 1000"]),
        (lambda: View.from_fov(0, 64, 24), ["width_px is 0", "1 to 16384"]),
        (lambda: View.from_fov(64, 64, math.nan), ["horizontal_fov_deg is nan", "0.1 to 170"]),
    ],
)  # fmt: skip
def test_refused_with_field_value_and_range(act, fragments):
    with pytest.raises(InputError) as caught:
        act()
    for fragment in fragments:
        assert fragment in str(caught.value), caught.value


@pytest.mark.parametrize(
    ("distance_mm", "words"), [(100.0, "larger than the frame"), (1e9, "too small"), (math.nan, "nan")]
)
def test_a_face_larger_than_the_frame(distance_mm, words):
    subject = draw_subject(0, 0, "female")
    portrait = make_portrait(subject, draw_session(0, subject, 0), 0)
    portrait = dataclasses.replace(portrait, head=dataclasses.replace(portrait.head, distance_mm=distance_mm))
    frames = retarget(portrait, make_program("gaze", rng(0), 30), width_px=64, height_px=64, horizontal_fov_deg=24)
    with pytest.raises(InputError, match="distance_mm of the head") as caught:
        next(frames)
    assert words in str(caught.value)
