"""Which palette a coloured thermal picture was drawn in, and its grey levels."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float32, UInt8

from thermvision.thermal.palettes import PALETTES, grey_from_colour, palette
from thermvision.thermal.picture_values import PALETTE_CHROMA

# Mean distance (RGB, of 255) of a picture's colours from a palette's, up to which it is one. Nine real pictures in a camera's iron lie
# at 11 to 14 from ours, nine photographs of faces at 35 and more from the nearest; skin and hair are near sepia.
FARTHEST, FARTHEST_SEPIA = 22.0, 8.0
OWN_SHARE = 0.99  # of the pixels, from which on a picture was made with our table
_COLOURED = tuple(name for name in PALETTES if name not in ("white_hot", "black_hot"))
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
_ASKED = 20_000  # pixels that are looked at for colour
_BITS = 5  # a channel, for guessing


def in_colours(rgb: UInt8[np.ndarray, "h w 3"]) -> bool:
    """Whether a picture is in colours: a palette or a photograph, no grey and no tint."""
    wide = rgb.reshape(-1, 3)[:: max(1, rgb[..., 0].size // _ASKED)].astype(np.int16)
    return float((wide.max(axis=1) - wide.min(axis=1)).mean()) > PALETTE_CHROMA


def guess_palette(rgb: UInt8[np.ndarray, "h w 3"]) -> str | None:
    """Name of the palette whose colours are nearest to the picture's, or None if none is near: a photograph, or an unknown palette."""
    level = rgb[::2, ::2].reshape(-1, 3) >> (8 - _BITS)
    counts = np.bincount(_packed(level, _BITS), minlength=1 << 3 * _BITS)
    means = {name: float(counts @ _distances(name) / counts.sum()) for name in _COLOURED}
    best = min(means, key=lambda name: means[name])
    return best if means[best] <= (FARTHEST_SEPIA if best == "sepia" else FARTHEST) else None


def grey_of_palette(rgb: UInt8[np.ndarray, "h w 3"], name: str) -> UInt8[np.ndarray, "h w"]:
    """Grey levels of a picture in a palette: exact for the palette's own colours.

    Of other colours (another maker's table, JPEG) by brightness where it rises along the palette, so that warmer stays warmer: the
    nearest colour jumps back and forth where two tables part, which draws rings on cheeks. Else the nearest colour.
    """
    table = palette(name).astype(np.float32) @ _LUMINANCE
    exact = np.isin(_packed(rgb, 8), _packed(palette(name), 8))
    if exact.mean() > OWN_SHARE or (np.diff(table) <= 0).any():
        return grey_from_colour(rgb, name)
    return np.rint(np.interp(brightness(rgb), table, np.arange(256))).astype(np.uint8)


def brightness(rgb: UInt8[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "h w"]:
    """Luma, 0-255: right for palettes that grow brighter with warmth, wrong for rainbows."""
    return (rgb.astype(np.float32) @ _LUMINANCE).astype(np.float32)


def _packed(rgb: UInt8[np.ndarray, "*shape 3"], bits: int) -> np.ndarray:
    wide = rgb.astype(np.int32)
    return wide[..., 0] << 2 * bits | wide[..., 1] << bits | wide[..., 2]


@lru_cache
def _distances(name: str) -> Float32[np.ndarray, " n"]:
    """Of each coarse colour to the nearest of a palette."""
    from scipy.spatial import cKDTree

    side = np.arange(1 << _BITS)
    middle = (side << (8 - _BITS)) + (1 << (7 - _BITS))
    cube = np.stack(np.meshgrid(middle, middle, middle, indexing="ij"), axis=-1).reshape(-1, 3)
    return cKDTree(palette(name).astype(np.float64)).query(cube)[0].astype(np.float32)
