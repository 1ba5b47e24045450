"""Which palette a coloured picture was shown in, and its grey levels."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float32, UInt8

from thermvision.thermal.palettes import PALETTES, grey_from_colour, palette

# Mean distance (RGB, of 255) of a picture's colours from a palette's, up to which it is one. Nine real pictures in a camera's iron lie
# at 11 to 14 from ours, nine photographs of faces at 35 and more from the nearest.
FARTHEST = 22.0
OWN_SHARE = 0.99  # of the pixels, from which on a picture was made with our table
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
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
    """Grey levels of a picture in a palette: exact for the palette's own colours.

    Of other colours (another maker's table, JPEG) by brightness where it rises along the palette, so that warmer stays warmer: the
    nearest colour jumps back and forth where two tables part, which draws rings on cheeks. Else the nearest colour.
    """
    table = palette(name).astype(np.float32) @ _LUMINANCE
    exact = np.isin(_packed(rgb), _packed(palette(name)))
    if exact.mean() > OWN_SHARE or (np.diff(table) <= 0).any():
        return grey_from_colour(rgb, name)
    bright = rgb.astype(np.float32) @ _LUMINANCE
    return np.rint(np.interp(bright, table, np.arange(256))).astype(np.uint8)


def _packed(rgb: UInt8[np.ndarray, "*shape 3"]) -> np.ndarray:
    wide = rgb.astype(np.int32)
    return wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]


@lru_cache
def _distances(name: str) -> Float32[np.ndarray, " n"]:
    """Of each coarse colour to the nearest of a palette."""
    from scipy.spatial import cKDTree

    side = np.arange(1 << _BITS)
    middle = (side << (8 - _BITS)) + (1 << (7 - _BITS))
    cube = np.stack(np.meshgrid(middle, middle, middle, indexing="ij"), axis=-1).reshape(-1, 3)
    return cKDTree(palette(name).astype(np.float64)).query(cube)[0].astype(np.float32)
