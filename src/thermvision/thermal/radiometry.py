"""Band radiance of a black body over 7.5-14 um, and back to temperature.

L(T) = R / (exp(B / T) - F), the form that FLIR cameras use, with constants fitted to the numerical integral of Planck's
law: within 1.1e-4 between 15 and 40 C and 2.5e-4 between -10 and 50 C. (F = 1, R = 6166, B = 1396 reach 4.1e-4 at 15 C.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermvision.types import InputError

R_W = 5076.5
B_K = 1347.95
F = 3.8072
RANGE_K = (100.0, 800.0)  # of temperatures: from the coldest sky to where a camera for people has long been blind
RANGE_W = (1e-3, 3000.0)  # the radiances of RANGE_K, and a little more


def band_radiance(temperature_k: ArrayLike) -> NDArray[np.float64]:
    """Black-body radiance in W m^-2 sr^-1 of temperatures in kelvin; InputError outside 100 to 800 K, NaN included."""
    return R_W / (np.exp(B_K / within("temperature_k", temperature_k, RANGE_K, "K")) - F)


def radiance_to_temperature_k(radiance_w: ArrayLike) -> NDArray[np.float64]:
    """Temperature in kelvin of the black body with this band radiance in W m^-2 sr^-1, 0.001 to 3000, else InputError."""
    return B_K / np.log(R_W / within("radiance_w", radiance_w, RANGE_W, "W m^-2 sr^-1") + F)


def radiance_slope(temperature_k: ArrayLike) -> NDArray[np.float64]:
    """dL/dT in W m^-2 sr^-1 K^-1: turns small temperature differences into radiance differences."""
    temperature = within("temperature_k", temperature_k, RANGE_K, "K")
    growth = np.exp(B_K / temperature)
    return R_W * B_K * growth / (temperature**2 * (growth - F) ** 2)


def within(name: str, values: ArrayLike, limits: tuple[float, float], unit: str) -> NDArray[np.float64]:
    """Values as float64; InputError naming the field, what it holds and what was expected if any lies outside or is NaN."""
    array = np.asarray(values, dtype=np.float64)
    if not array.size:
        return array
    low, high = float(array.min()), float(array.max())
    if not (limits[0] <= low and high <= limits[1]):  # also catches NaN
        held = f"is {low:g}" if low == high or array.size == 1 else f"runs from {low:g} to {high:g}"
        raise InputError(
            f"{name} {held}; expected {limits[0]:g} to {limits[1]:g}{f' {unit}' if unit else ''} and no NaN"
        )
    return array
