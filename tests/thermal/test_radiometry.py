"""Radiance against Planck's law, and there and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermvision.thermal.emissivity import directional_emissivity, leaving_radiance
from thermvision.thermal.radiometry import (
    band_radiance,
    radiance_slope,
    radiance_to_temperature_k,
)


def planck_band(temperature_k, low_um=7.5, high_um=14.0):
    """Numerical integral of Planck's law over wavelength, W m^-2 sr^-1."""
    h, c, k = 6.62607015e-34, 299792458.0, 1.380649e-23
    wavelength = np.linspace(low_um, high_um, 20001) * 1e-6
    spectral = 2 * h * c**2 / wavelength**5 / np.expm1(h * c / (wavelength * k * temperature_k))
    return np.trapezoid(spectral, wavelength)


@pytest.mark.parametrize("celsius", [15, 20, 25, 30, 34, 36, 40])
def test_formula_follows_planck(celsius):
    temperature = celsius + 273.15
    assert band_radiance(temperature) == pytest.approx(planck_band(temperature), rel=4e-4)


@pytest.mark.parametrize(("celsius", "slope"), [(20, 0.868), (30, 0.956), (34, 0.992), (40, 1.047)])
def test_slope_follows_planck_and_the_tabulated_values(celsius, slope):
    temperature = celsius + 273.15
    exact = (planck_band(temperature + 0.05) - planck_band(temperature - 0.05)) / 0.1
    assert radiance_slope(temperature) == pytest.approx(exact, rel=1e-3)
    assert radiance_slope(temperature) == pytest.approx(slope, abs=0.004)


@given(st.floats(220, 420))
def test_there_and_back(temperature):
    assert radiance_to_temperature_k(band_radiance(temperature)) == pytest.approx(temperature, abs=1e-6)


# Fresnel's equations for n = 1.33 with .98 at normal incidence, as the reference tabulates them.
@pytest.mark.parametrize(
    ("angle", "fresnel"), [(0, 0.980), (30, 0.979), (50, 0.967), (60, 0.941), (70, 0.867), (75, 0.789)]
)
def test_skin_follows_fresnel(angle, fresnel):
    assert directional_emissivity(0.98, angle) == pytest.approx(fresnel, abs=0.013)


def test_beyond_75_degrees_the_value_is_held():
    assert directional_emissivity(0.98, 89) == directional_emissivity(0.98, 75)


def test_a_surface_at_room_temperature_shows_the_room_whatever_its_emissivity():
    for emissivity in (0.1, 0.5, 0.98):
        assert leaving_radiance(296.0, emissivity, 296.0) == pytest.approx(float(band_radiance(296.0)))
