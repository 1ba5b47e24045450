"""A picture's apparent temperatures as what the renderer's surfaces must have to look so.

Surfaces carried from a picture are black (emissivity 1): what they were seen to send out they send out from every side,
so a temperature stays what it was while the head turns. The loss of real skin towards grazing is left as the picture has it.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32

from thermvision.portraits.still import SKIN_SETTING
from thermvision.thermal.radiometry import band_radiance, radiance_to_temperature_k

BLACK = 255  # emissivity 1 in a head's material: no loss towards grazing, nothing mirrored


def black_temperature_k(apparent_k: Float[np.ndarray, "*n"], reflected_k: float) -> Float32[np.ndarray, "*n"]:
    """Temperature of black surfaces that a camera set to skin's emissivity reads as `apparent_k`; surroundings at `reflected_k`."""
    radiance_w = SKIN_SETTING * band_radiance(apparent_k) + (1 - SKIN_SETTING) * band_radiance(reflected_k)
    return np.asarray(radiance_to_temperature_k(radiance_w), np.float32)


def apparent_temperature_k(radiance_w: Float[np.ndarray, "*n"], reflected_k: float) -> Float32[np.ndarray, "*n"]:
    """What a camera set to skin's emissivity reads, the other way round."""
    own = (radiance_w - (1 - SKIN_SETTING) * float(band_radiance(reflected_k))) / SKIN_SETTING
    return np.asarray(radiance_to_temperature_k(own), np.float32)
