"""How densely hair covers the scalp, by the height above the hairline: skin and cap share it, so that they meet unseen."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

FIRST_MM, FULL_MM = -8.0, 26.0  # single hairs begin below the hairline; far above it no scalp shows
CAP_FROM_MM = 3.5  # the cap begins where the painted roots have become dense enough to hide its edge


def height_above_hairline_mm(
    scalp_height_mm: Float32[np.ndarray, " n"], position_mm: Float32[np.ndarray, "n 3"], hairline_mm: float
) -> Float32[np.ndarray, " n"]:
    """Height above a person's hairline, which recedes at the front and temples only; base-mesh positions."""
    front = np.clip((-position_mm[:, 2] - 10) / 60, 0, 1)
    return scalp_height_mm - np.float32(hairline_mm) * front


def cover_at_height(height_mm: np.ndarray) -> np.ndarray:
    """Share of the scalp's warmth that hair hides, 0-1."""
    share = np.clip((height_mm - FIRST_MM) / (FULL_MM - FIRST_MM), 0, 1)
    return 1 - (1 - share) ** 1.6
