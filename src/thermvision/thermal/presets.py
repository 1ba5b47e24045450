"""Cameras by name: what data sheets say of them, and estimates for what they do not say.

Resolution, NETD, rate and field of view follow data sheets and the papers of the data sets that were recorded with these
cameras. The ratios between the parts of the noise, bowl, drift, time constants and shutter intervals are estimates (tag M
of the reference sheet), within the ranges seen on uncooled microbolometers (SPIE 12533; Wolf 2016): they are settings, so
`dataclasses.replace(camera_model(...), drift_k_per_s=...)` changes them.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from thermvision.types import CameraModel, InputError
from thermvision.wording import did_you_mean

_ANY_SIZE = 4  # stands for the size of a preset that takes the size of the frames


def _bolometer(name: str, size: tuple[int, int], fov_deg: float, netd_k: float, **settings: Any) -> CameraModel:
    """A microbolometer camera with the usual ratios of the noise parts to its NETD."""
    usual: dict[str, Any] = {
        "fixed_pattern_k": 0.4 * netd_k,
        "column_noise_k": 0.3 * netd_k,
        "row_noise_k": 0.15 * netd_k,
        "temporal_row_k": 0.1 * netd_k,
        "temporal_column_k": 0.1 * netd_k,
        "frame_bounce_k": 0.2 * netd_k,
        "pattern_growth_k": 0.25 * netd_k,
        "bowl_k": 0.15,
        "drift_k_per_s": 0.003,
        "shutter_interval_s": 180.0,
        "shutter_step_k": 0.05,
        "time_constant_s": 0.010,
        "blur_sigma_px": 0.5,
        "dead_pixel_share": 0.0003,
        "level_error_k": 0.7,
    }
    return CameraModel(name, *size, horizontal_fov_deg=fov_deg, netd_k=netd_k, **{**usual, **settings})


_CAMERAS = (
    # No camera in particular, for portraits: any size, the level exact, and no shutter event within a clip.
    _bolometer("generic", (_ANY_SIZE, _ANY_SIZE), 24.0, 0.040, blur_sigma_px=0.55, level_error_k=0.0, shutter_interval_s=None,
               drift_k_per_s=0.001, bowl_k=0.05, shutter_step_k=0.0),
    _bolometer("lepton_3_5", (160, 120), 57.0, 0.050, rate_hz=8.7, time_constant_s=0.012, level_error_k=1.0, bowl_k=0.3,
               drift_k_per_s=0.010, band_um=(8.0, 14.0)),
    _bolometer("boson_320", (320, 256), 34.0, 0.040, rate_hz=60.0, time_constant_s=0.008, band_um=(8.0, 14.0)),
    _bolometer("boson_640", (640, 512), 32.0, 0.040, rate_hz=60.0, time_constant_s=0.008, band_um=(8.0, 14.0)),
    _bolometer("t540", (464, 348), 24.0, 0.035, rate_hz=30.0, blur_sigma_px=0.45, shutter_interval_s=300.0),
    _bolometer("a325sc", (320, 240), 25.0, 0.050, rate_hz=60.0, time_constant_s=0.012, band_um=(7.5, 13.0),
               shutter_interval_s=300.0, level_error_k=0.5),
    _bolometer("a65", (640, 512), 25.0, 0.050, rate_hz=30.0, time_constant_s=0.012, band_um=(7.5, 13.0)),
    _bolometer("testo_880", (160, 120), 32.0, 0.100, rate_hz=9.0, time_constant_s=0.012, level_error_k=1.0, bowl_k=0.3,
               drift_k_per_s=0.005, band_um=(8.0, 14.0)),
    _bolometer("hd_820", (1024, 768), 30.0, 0.040, rate_hz=30.0, blur_sigma_px=0.45, shutter_interval_s=300.0),
)  # fmt: skip
CAMERAS = {camera.name: camera for camera in _CAMERAS}


def native_size(name: str) -> tuple[int, int] | None:
    """Width and height in pixels of a preset's own detector; None if the preset takes the size of the frames."""
    camera = _known(name)
    return None if camera.width_px == _ANY_SIZE else (camera.width_px, camera.height_px)


def camera_model(name: str, width_px: int, height_px: int) -> CameraModel:
    """The preset `name`: at its own resolution if it has one (`native_size`), else with an image of this size.

    Unknown names and impossible sizes raise InputError.
    """
    if native_size(name) is not None:
        return _known(name)
    return dataclasses.replace(_known(name), width_px=width_px, height_px=height_px)


def _known(name: str) -> CameraModel:
    if name not in CAMERAS:
        raise InputError(
            f"camera '{name}' is not known; choose one of {', '.join(sorted(CAMERAS))}{did_you_mean(name, CAMERAS)}"
        )
    return CAMERAS[name]
