"""Draw the state of a person's skin: one temperature per region, as 987 measured people vary."""

from __future__ import annotations

from typing import get_args

import numpy as np
from jaxtyping import Float

from thermvision.physiology.region_table import (
    COEFFICIENTS,
    COLD_NOSE_DROP_K,
    COLD_NOSE_REACH,
    COLD_NOSE_SHARE_AT_24C,
    COLD_NOSE_SHARE_PER_K,
    COVARIANCE_K2,
    LEFT_RIGHT_SD_K,
    MEASURED,
    REGIONS,
)
from thermvision.types import ZERO_CELSIUS_K, Gender, InputError

# Real people's squared Mahalanobis distances have quantiles 7.4 / 19.2 / 26.1 / 48 (50, 90, 95, 99 %): tails far heavier
# than Gaussian (9.3 / 16 / 18.3 / 23.2). A multivariate t with 7 degrees of freedom gives 7.4 / 19.3 / 26.0 / 47.3; with
# 10 it gives 8.0 / 18.6 / 23.8 / 38.8, which also a sample of 987 keeps below the accepted 26.
DEGREES_OF_FREEDOM = 10.0
ROOM_RANGE_C = (10.0, 40.0)  # where the linear slopes may be used; measured between 20 and 29
CORE_RANGE_C = (35.0, 42.0)
ABOVE_CORE_K = 0.3  # no skin is warmer than core by more than reading scatter


def draw_conditions(rng: np.random.Generator) -> tuple[float, float]:
    """Room temperature and core (oral) temperature in C of a healthy session, spread as in the measured study."""
    room = float(np.clip(rng.normal(24.1, 1.35), 20.2, 29.1))
    core = float(np.clip(rng.normal(36.89, 0.28), 36.0, 37.5))
    return room, core


def mean_measured_c(room_temperature_c: float, core_temperature_c: float, gender: Gender) -> Float[np.ndarray, " 10"]:
    """The regression's mean for the ten measured quantities, C, in the order of `MEASURED`."""
    return COEFFICIENTS @ np.array([1.0, room_temperature_c - 24.0, core_temperature_c - 37.0, float(gender == "male")])


def draw_region_temperatures(
    rng: np.random.Generator, *, room_temperature_c: float, core_temperature_c: float, gender: Gender
) -> dict[str, float]:
    """Temperature in kelvin of every region of a resting person, as a camera set to skin's emissivity would read it.

    The ten measured quantities come from the regression with a multivariate t around it; the others hang on the
    forehead's centre by offset, slope with the room and spread. Raises InputError outside 10-40 C room or 35-42 C core.
    """
    for name, value, (low, high) in (
        ("room_temperature_c", room_temperature_c, ROOM_RANGE_C),
        ("core_temperature_c", core_temperature_c, CORE_RANGE_C),
    ):
        if not low <= value <= high:
            raise InputError(f"{name} is {value:g}; expected {low:g} to {high:g} C")
    if gender not in get_args(Gender):
        raise InputError(f"gender is {gender!r}; expected {' or '.join(get_args(Gender))}")
    scatter = rng.multivariate_normal(np.zeros(10), COVARIANCE_K2, method="cholesky")
    heaviness = DEGREES_OF_FREEDOM / rng.chisquare(DEGREES_OF_FREEDOM) * (DEGREES_OF_FREEDOM - 2) / DEGREES_OF_FREEDOM
    measured = mean_measured_c(room_temperature_c, core_temperature_c, gender) + np.sqrt(heaviness) * scatter
    regions_c = dict(zip(MEASURED, measured.tolist(), strict=True))
    regions_c |= _other_regions_c(rng, regions_c, room_temperature_c)
    regions_c |= {
        "mouth_interior": regions_c["mouth_open_max"],
        "tongue": regions_c["mouth_open_max"] - 0.25,
        "teeth": regions_c["mouth_open_max"] - 1.0,
    }
    bounded = {
        name: min(max(value, room_temperature_c), core_temperature_c + ABOVE_CORE_K)
        for name, value in regions_c.items()
    }
    bounded |= dict(zip(MEASURED, measured.tolist(), strict=True))  # readings scatter as they were measured
    shrink = _shrink(room_temperature_c)
    bounded["hair"] = room_temperature_c + shrink * float(np.clip(rng.normal(4.8, 0.9), 3.0, 8.0))
    bounded["clothes"] = room_temperature_c + shrink * float(np.clip(rng.normal(3.5, 1.0), 1.5, 6.0))
    return {name: value + ZERO_CELSIUS_K for name, value in bounded.items()}


def _shrink(room_temperature_c: float) -> float:
    """What hair and cloth exceed a room of 24 C by shrinks as the room nears skin temperature."""
    return float(np.clip((34.0 - room_temperature_c) / 10.0, 0.05, 1.6))


def _other_regions_c(rng: np.random.Generator, measured_c: dict[str, float], room_c: float) -> dict[str, float]:
    share_of_cold = np.clip(COLD_NOSE_SHARE_AT_24C + COLD_NOSE_SHARE_PER_K * (room_c - 24.0), 0.0, 0.95)
    nose_drop = float(rng.uniform(*COLD_NOSE_DROP_K)) if rng.random() < share_of_cold else 0.0
    regions: dict[str, float] = {}
    for name, region in REGIONS.items():
        # What the region hangs on follows the room already; what is left is the region's own.
        value = (
            measured_c[region.beside]
            + region.offset_k
            + (region.slope - COEFFICIENTS[MEASURED.index(region.beside), 1]) * (room_c - 24.0)
            + region.sd_k * float(rng.standard_normal())
        )
        value -= nose_drop * COLD_NOSE_REACH.get(name, 0.0)
        if region.paired:
            half = LEFT_RIGHT_SD_K / 2 * float(rng.standard_normal())
            regions |= {f"{name}_right": value - half, f"{name}_left": value + half}
        else:
            regions[name] = value
    return regions
