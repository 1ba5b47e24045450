"""Which palette a coloured picture was shown in, and its grey levels."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float32, UInt8

from thermvision.thermal.palettes import PALETTES, grey_from_colour, palette

# Mean distance (RGB, of 255) of a picture's colours from a palette's, up to which it is one. Nine real pictures in a camera's iron lie
# at 11 to 14 from ours, nine photographs of faces at 35 and more from the nearest.
FARTHEST = 22.0
_BITS = 5  # a channel, for guessing
_COLOURED = tuple(
    name for name in PALETTES if name not in ("white_hot", "black_hot", "sepia")
)  # sepia: so are skin and hair


def guess_palette(rgb: UInt8[np.ndarray, "h w 3"]) -> str | None:
    """Name of the palette whose colours are nearest to the picture's, or None if none is near: a photograph, or an unknown palette."""
    level = rgb[::2, ::2].reshape(-1, 3) >> (8 - _BITS)
    packed = (level[:, 0].astype(np.int32) << 2 * _BITS) | (level[:, 1].astype(np.int32) << _BITS) | level[:, 2]
    counts = np.bincount(packed, minlength=1 << 3 * _BITS)
    means = {name: float(counts @ _distances(name) / counts.sum()) for name in _COLOURED}
    best = min(means, key=lambda name: means[name])
    return best if means[best] <= FARTHEST else None


def grey_of_palette(rgb: UInt8[np.ndarray, "h w 3"], name: str) -> UInt8[np.ndarray, "h w"]:
    """Grey levels of a picture in a palette, of the nearest colour where it has others."""
    return grey_from_colour(rgb, name)


@lru_cache
def _distances(name: str) -> Float32[np.ndarray, " n"]:
    """Of each coarse colour to the nearest of a palette."""
    from scipy.spatial import cKDTree

    side = np.arange(1 << _BITS)
    middle = (side << (8 - _BITS)) + (1 << (7 - _BITS))
    cube = np.stack(np.meshgrid(middle, middle, middle, indexing="ij"), axis=-1).reshape(-1, 3)
    return cKDTree(palette(name).astype(np.float64)).query(cube)[0].astype(np.float32)
