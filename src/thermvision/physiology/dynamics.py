"""What changes within seconds: breath at the nostrils, the cornea between blinks, a nose that cools under stress."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from thermvision.physiology.region_model import ROOM_RANGE_C
from thermvision.types import InputError

EXHALED_C = 35.5  # estimate; what is breathed out
BREATH_GAIN = (
    0.02,
    0.07,
)  # K at the nostril rim per K between exhaled air and room, peak to peak (estimate: 0.2-1 K seen)
CORNEA_COOLING_K_PER_S = (0.010, 0.033)  # Efron et al. 1989 and PMC7894805
CORNEA_WARM_AFTER_BLINK_K = 0.25  # a blink brings the cornea to the lid's temperature
CORNEA_FALL_K = 0.8  # it settles
_SHUT = 0.6  # eyeBlink beyond which the lids touch


@dataclass(frozen=True, slots=True)
class Dynamics:
    """One clip's slow and fast changes."""

    breath_hz: float
    breath_start: float  # cycles at time 0
    breath_k: tuple[float, float]  # peak to peak at the right and left nostril rim
    cornea_cooling_k_per_s: float
    nose_drift_k: float  # reached after `nose_drift_s`; negative cools
    nose_drift_s: float


def draw_dynamics(room_temperature_c: float, rng: np.random.Generator) -> Dynamics:
    """A clip's changes: 9-22 breaths a minute at rest, the two sides unlike (nasal cycle), a nose that mostly stays as it is."""
    if not ROOM_RANGE_C[0] <= room_temperature_c <= ROOM_RANGE_C[1]:
        raise InputError(
            f"room_temperature_c is {room_temperature_c:g}; expected {ROOM_RANGE_C[0]:g} to {ROOM_RANGE_C[1]:g} C"
        )
    drive = max(EXHALED_C - room_temperature_c, 0.0)
    right, left = rng.uniform(*BREATH_GAIN, 2) * drive
    stress = float(rng.random() < 0.2)
    return Dynamics(
        breath_hz=float(rng.uniform(0.15, 0.37)),
        breath_start=float(rng.random()),
        breath_k=(float(right), float(left)),
        cornea_cooling_k_per_s=float(rng.uniform(*CORNEA_COOLING_K_PER_S)),
        nose_drift_k=float(-rng.uniform(0.3, 1.0) * stress),
        nose_drift_s=float(rng.uniform(10, 60)),
    )


def breath_wave(time_s: Float[np.ndarray, " f"], dynamics: Dynamics) -> Float32[np.ndarray, " f"]:
    """-0.5 to 0.5: a quick rise on breathing out, a slower fall (Kumar and Joshi 2023 for the shape)."""
    cycle = (dynamics.breath_start + dynamics.breath_hz * time_s) % 1.0
    wave = np.where(
        cycle < 0.3, 0.5 - 0.5 * np.cos(np.pi * cycle / 0.3), 0.5 + 0.5 * np.cos(np.pi * (cycle - 0.3) / 0.7)
    )
    return (wave - 0.5).astype(np.float32)


def cornea_change_k(blink: Float[np.ndarray, "f 2"], rate_hz: float, dynamics: Dynamics) -> Float32[np.ndarray, "f 2"]:
    """Cornea against its session's value, K: warm after a blink, cooling until the next; columns as those of `blink`."""
    change = np.empty(blink.shape, np.float32)
    now = np.full(blink.shape[1], CORNEA_WARM_AFTER_BLINK_K * 0.5)
    for frame, lids in enumerate(blink):
        now = np.where(lids > _SHUT, CORNEA_WARM_AFTER_BLINK_K, now - dynamics.cornea_cooling_k_per_s / rate_hz)
        change[frame] = now = np.maximum(now, -CORNEA_FALL_K)
    return change


def nose_change_k(time_s: Float[np.ndarray, " f"], dynamics: Dynamics) -> Float32[np.ndarray, " f"]:
    """Nose tip against its session's value, K: an exponential approach (Engert et al. 2014 for direction and duration)."""
    return (dynamics.nose_drift_k * (1 - np.exp(-2 * time_s / dynamics.nose_drift_s))).astype(np.float32)
