"""From ideal radiance to what a camera would have written: blur, noise, inversion, counts."""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
from jaxtyping import Float32

from thermvision.thermal.radiometry import band_radiance, radiance_slope, temperature_scalar
from thermvision.types import CameraModel, CentikelvinImage, InputError

NOISE_REFERENCE_K = 303.15  # cameras state their NETD at 30 C
CENTIKELVIN = 0.01
MIN_K, MAX_K = 200.0, 655.35  # what a centikelvin image may hold

# Presets: horizontal field of view (deg), NETD (K), fixed-pattern and column noise (K), blur (px), level error (K, SD over
# sessions). A generic uncooled microbolometer; the noise ratios are estimates (see docs), so they are settings.
CAMERAS = {"generic": (24.0, 0.040, 0.016, 0.012, 0.55, 0.0)}


def camera_model(name: str, width_px: int, height_px: int) -> CameraModel:
    """The preset `name` with an image of this size; unknown names raise InputError."""
    if name not in CAMERAS:
        raise InputError(f"camera '{name}' is not known; choose one of {', '.join(sorted(CAMERAS))}")
    fov, netd, fixed, column, blur, level = CAMERAS[name]
    return CameraModel(name, width_px, height_px, fov, netd, fixed, column, blur, level)


@dataclass(frozen=True, slots=True)
class CameraState:
    """What stays the same in one camera during one clip, in radiance units."""

    pattern_w: Float32[np.ndarray, "h w"]  # fixed pattern and columns
    level_w: float  # error of the absolute level
    noise_w: float  # standard deviation of temporal noise
    blur_kernel: Float32[np.ndarray, " k"]
    reflected_w: float  # what the camera believes is reflected
    emissivity_setting: float


def camera_state(camera: CameraModel, reflected_k: float, rng: np.random.Generator) -> CameraState:
    """Draw a camera's constants for one clip. reflected_k: the reflected temperature set in the camera."""
    slope = float(radiance_slope(NOISE_REFERENCE_K))
    pattern = camera.fixed_pattern_k * rng.standard_normal((camera.height_px, camera.width_px), dtype=np.float32)
    pattern += camera.column_noise_k * rng.standard_normal((1, camera.width_px), dtype=np.float32)
    reach = max(1, int(np.ceil(3 * camera.blur_sigma_px)))
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(camera.blur_sigma_px, 1e-6)) ** 2)
    return CameraState(
        pattern_w=(pattern * slope).astype(np.float32),
        level_w=float(camera.level_error_k * rng.standard_normal()) * slope,
        noise_w=camera.netd_k * slope,
        blur_kernel=(taps / taps.sum()).astype(np.float32),
        reflected_w=float(band_radiance(reflected_k)),
        emissivity_setting=camera.emissivity_setting,
    )


def observe(
    radiance_w: Float32[np.ndarray, "h w"], state: CameraState, rng: np.random.Generator
) -> Float32[np.ndarray, "h w"]:
    """Apparent temperature in kelvin that the camera shows for an ideal radiance image in W m^-2 sr^-1.

    Order as in nature: optics blur in radiance, detector noise in radiance, then inversion with the emissivity and
    reflected temperature set in the camera: L = setting * L(T) + (1 - setting) * L(reflected). Noise is white and
    independent from frame to frame.
    """
    noise = rng.standard_normal(radiance_w.shape, dtype=np.float32)
    temperature = np.empty_like(radiance_w)
    _observe(
        radiance_w, state.blur_kernel, noise, np.float32(state.noise_w), state.pattern_w, np.float32(state.level_w),
        np.float32(1 / state.emissivity_setting), np.float32((1 - state.emissivity_setting) * state.reflected_w), temperature,
    )  # fmt: skip
    return temperature


@nb.njit(cache=True, fastmath=True, error_model="numpy")
def _observe(radiance, kernel, noise, noise_w, pattern, level, gain, reflected, temperature):  # type: ignore[no-untyped-def]
    height, width = radiance.shape
    reach = len(kernel) // 2
    rows = np.empty_like(radiance)
    for y in range(height):
        for x in range(width):
            rows[y, x] = 0.0
        for k in range(-reach, reach + 1):
            v = y + k
            v = -v - 1 if v < 0 else (2 * height - v - 1 if v >= height else v)
            weight = kernel[k + reach]
            for x in range(width):
                rows[y, x] += weight * radiance[v, x]
    for y in range(height):
        for x in range(width):
            total = np.float32(0.0)
            for k in range(-reach, reach + 1):
                u = x + k
                u = -u - 1 if u < 0 else (2 * width - u - 1 if u >= width else u)
                total += kernel[k + reach] * rows[y, u]
            total += noise_w * noise[y, x] + pattern[y, x] + level
            temperature[y, x] = temperature_scalar(max((total - reflected) * gain, np.float32(1.0)))


def to_centikelvin(temperature_k: Float32[np.ndarray, "h w"]) -> CentikelvinImage:
    """Kelvin to uint16 counts of 0.01 K, rounded; refuses anything a file could not hold, NaN first of all."""
    low, high = float(np.min(temperature_k)), float(np.max(temperature_k))
    if not (low >= MIN_K and high <= MAX_K):  # also catches NaN
        raise InputError(
            f"temperature_k runs from {low:g} to {high:g} K; a 16-bit centikelvin image holds {MIN_K:g} to {MAX_K:g} K and no NaN"
        )
    return np.rint(temperature_k * np.float32(1 / CENTIKELVIN)).astype(np.uint16)
