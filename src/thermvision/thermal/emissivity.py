"""How much of a black body's radiance surfaces emit, by material and by angle."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermvision.thermal.radiometry import band_radiance, within

# At normal incidence, 8-14 um. Skin: Charlton 2020, Jagadev 2020; cotton and polyester: NIJ, 8-12 um; glass and plastic:
# handbook ranges .85-.95 and .95; hair: an estimate between .95 and .98.
EMISSIVITY = {
    "skin": 0.98, "hair": 0.96, "cotton": 0.88, "polyester": 0.88, "glass": 0.90, "plastic": 0.95, "wall": 0.95, "metal": 0.15,
}  # fmt: skip
GRAZING_LOSS = 0.878 / 0.98
MAX_ANGLE_DEG = 75.0


def directional_emissivity(normal_emissivity: ArrayLike, angle_deg: ArrayLike) -> NDArray[np.float64]:
    """Emissivity seen at an angle from the surface normal, 0-90 degrees; other angles and emissivities outside 0-1 raise InputError.

    For skin 0.98 - 0.878 (1 - cos)^5: within 0.012 of Fresnel's equations for n = 1.33 up to 80 degrees. Real skin is rough
    and falls off more slowly beyond, so the value is held from 75 degrees on (Watmough 1969 for the effect itself).
    """
    angle = np.minimum(within("angle_deg", angle_deg, (0.0, 90.0), "degrees"), MAX_ANGLE_DEG)
    return within("normal_emissivity", normal_emissivity, (0.0, 1.0), "") * (
        1 - GRAZING_LOSS * (1 - np.cos(np.radians(angle))) ** 5
    )


def leaving_radiance(temperature_k: ArrayLike, emissivity: ArrayLike, reflected_k: ArrayLike) -> NDArray[np.float64]:
    """Radiance that leaves a surface: what it emits and what it reflects of uniform surroundings, W m^-2 sr^-1."""
    share = within("emissivity", emissivity, (0.0, 1.0), "")
    return share * band_radiance(temperature_k) + (1 - share) * band_radiance(reflected_k)
