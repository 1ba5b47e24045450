"""What lies behind the people of a wild clip: a room or a street under the camera's height and tilt."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32
from scipy.ndimage import gaussian_filter

from thermvision.head.projection import View
from thermvision.motion.placing import Stand
from thermvision.surroundings.rays import Rays
from thermvision.surroundings.rooms import room
from thermvision.surroundings.streets import street

# Blur in px for 1/mm of defocus. People are drawn sharp, so the lens is stopped down and focused among them.
_APERTURE_PX_MM = 1100.0
_MAX_BLUR_PX = 1.3


def surroundings_k(
    kind: str, room_k: float, view: View, stand: Stand, spots_mm: Float[np.ndarray, "n 3"], rng: np.random.Generator
) -> Float32[np.ndarray, "h w"]:
    """Apparent temperature, K, at the frame's size. spots_mm: people's head joints in the room's frame, the first in focus."""
    rays = Rays(view, stand)
    if kind == "outdoors":
        street(rays, room_k, stand, spots_mm, rng)
    else:
        room(rays, kind, room_k, stand, spots_mm, rng)
    sharp = rays.image_k()
    defocus = np.abs(1 / max(float(spots_mm[0, 2]), 300.0) - rays.inverse_depth())
    blur = np.clip(_APERTURE_PX_MM * defocus, 0, _MAX_BLUR_PX) / _MAX_BLUR_PX
    soft = gaussian_filter(sharp, _MAX_BLUR_PX, mode="nearest")
    return np.asarray(sharp + blur * (soft - sharp), np.float32)
