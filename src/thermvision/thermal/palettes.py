"""Colour tables of thermal viewers, invertible: every grey level has a colour of its own."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import UInt8

# Control points: position 0-1, then red, green, blue 0-255.
_IRON = ((0.0, 0, 0, 12), (0.16, 38, 0, 110), (0.34, 130, 8, 148), (0.5, 196, 32, 106), (0.66, 236, 96, 24), (0.82, 252, 178, 14),
         (0.94, 254, 240, 110), (1.0, 255, 255, 240))  # fmt: skip
PALETTES = {"white_hot": ((0.0, 0, 0, 0), (1.0, 255, 255, 255)), "iron": _IRON}


@lru_cache
def palette(name: str) -> UInt8[np.ndarray, "256 3"]:
    """The table of a palette: row g is the colour of grey level g; all rows differ."""
    points = np.array(PALETTES[name])
    levels = np.arange(256) / 255
    return np.stack([np.interp(levels, points[:, 0], points[:, c]) for c in (1, 2, 3)], axis=1).round().astype(np.uint8)
