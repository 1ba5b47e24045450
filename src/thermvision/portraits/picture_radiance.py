"""A picture's apparent temperatures as what the renderer's surfaces must have to look so.

All surfaces have skin's emissivity, so that what is seen from straight before them is their temperature. Where a picture shows
that skin sends out less towards grazing, the renderer takes that away again from every side, and what is seen is first brought
to what would be seen facing it. Everything else is matte (`ThermalHead.grazing`): it looks the same from every side.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32

from thermvision.portraits.still import SKIN_SETTING
from thermvision.thermal.emissivity import GRAZING_LOSS, MAX_ANGLE_DEG
from thermvision.thermal.radiometry import band_radiance, radiance_to_temperature_k

SKIN = round(255 * SKIN_SETTING)  # emissivity in a head's material
MOST_UNDONE_K = 0.8


def grazing_loss(cosine: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    """Share of its radiance beyond the surroundings' that skin does not send out at an angle with this cosine."""
    return np.asarray(GRAZING_LOSS * (1 - np.clip(cosine, np.cos(np.radians(MAX_ANGLE_DEG)), 1)) ** 5)


def facing_temperature_k(
    apparent_k: Float[np.ndarray, "*n"], cosine: Float[np.ndarray, "*n"], reflected_k: float
) -> Float32[np.ndarray, "*n"]:
    """What skin, seen as `apparent_k` at an angle with this cosine, looks like from straight before it.

    The loss towards grazing is that of `thermal.emissivity.directional_emissivity`, held beyond 75 degrees; no more than
    `MOST_UNDONE_K` is undone, as an outline that was fitted a little off would glow.
    """
    around_w = float(band_radiance(reflected_k))
    own_w = around_w + (band_radiance(apparent_k) - around_w) / (1 - grazing_loss(cosine))
    facing = radiance_to_temperature_k(own_w)
    return np.asarray(np.clip(facing, apparent_k - MOST_UNDONE_K, apparent_k + MOST_UNDONE_K), np.float32)


def black_temperature_k(apparent_k: Float[np.ndarray, "*n"], reflected_k: float) -> Float32[np.ndarray, "*n"]:
    """Temperature of a black wall that a camera set to skin's emissivity reads as `apparent_k`; surroundings at `reflected_k`."""
    radiance_w = SKIN_SETTING * band_radiance(apparent_k) + (1 - SKIN_SETTING) * band_radiance(reflected_k)
    return np.asarray(radiance_to_temperature_k(radiance_w), np.float32)


def apparent_temperature_k(radiance_w: Float[np.ndarray, "*n"], reflected_k: float) -> Float32[np.ndarray, "*n"]:
    """What a camera set to skin's emissivity reads, the other way round."""
    own = (radiance_w - (1 - SKIN_SETTING) * float(band_radiance(reflected_k))) / SKIN_SETTING
    return np.asarray(radiance_to_temperature_k(own), np.float32)
