"""The eyes' direction and the eyeLook coefficients that belong to it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32

from thermvision.motion.arkit import ARKIT_INDEX
from thermvision.motion.programs import GAZE_AT_FULL_DEG


def gaze_from_coefficients(arkit: Float[np.ndarray, "f 52"]) -> Float32[np.ndarray, "f 2"]:
    """Gaze of both eyes together, (yaw, pitch) in degrees in the head frame, from the eyeLook coefficients (0-1)."""

    def look(where: str) -> np.ndarray:
        return np.asarray(arkit[:, ARKIT_INDEX[f"eyeLook{where}"]])

    yaw = (look("OutLeft") + look("InRight") - look("InLeft") - look("OutRight")) / 2
    pitch = (look("UpLeft") + look("UpRight") - look("DownLeft") - look("DownRight")) / 2
    return (GAZE_AT_FULL_DEG * np.stack([yaw, pitch], axis=1)).astype(np.float32)
