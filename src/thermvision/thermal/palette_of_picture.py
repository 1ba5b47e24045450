"""Which palette a coloured thermal picture was drawn in, and its grey levels."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float32, UInt8
from scipy.spatial import cKDTree

from thermvision.thermal.palettes import PALETTES, grey_from_colour, palette
from thermvision.thermal.picture_values import PALETTE_CHROMA

MOST_AWAY = 25.0  # mean distance in RGB, of 255, up to which a camera's palette counts as one of ours
MOST_AWAY_SEPIA = 8.0  # skin in visible light is near it, too
_GREYS = ("white_hot", "black_hot")
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
_ASKED = 20_000  # pixels that are looked at
_BITS = 6  # of a channel, by which near colours are looked up together


def in_colours(rgb: UInt8[np.ndarray, "h w 3"]) -> bool:
    """Whether a picture is in colours: a palette or a photograph, no grey and no tint."""
    wide = rgb.reshape(-1, 3)[:: max(1, rgb[..., 0].size // _ASKED)].astype(np.int16)
    return float((wide.max(axis=1) - wide.min(axis=1)).mean()) > PALETTE_CHROMA


def nearest_palette(rgb: UInt8[np.ndarray, "h w 3"]) -> tuple[str, float]:
    """Name of the palette whose colours lie nearest to the picture's, and their mean distance in RGB (0-442)."""
    some = rgb.reshape(-1, 3)[:: max(1, rgb[..., 0].size // _ASKED)]
    away = {name: float(_tree(name).query(some)[0].mean()) for name in PALETTES if name not in _GREYS}
    name = min(away, key=lambda one: away[one])
    return name, away[name]


def grey_of_colours(rgb: UInt8[np.ndarray, "h w 3"]) -> tuple[Float32[np.ndarray, "h w"], str]:
    """Grey levels 0-255 of a coloured picture and its palette's name, empty where none of ours is near.

    Exact to a level or two for our own palettes; for a camera's palette of the same family monotone, not linear. Without a
    palette it is the brightness, which is right for palettes that grow brighter with warmth and wrong for rainbows.
    """
    name, away = nearest_palette(rgb)
    if away > (MOST_AWAY_SEPIA if name == "sepia" else MOST_AWAY):
        return (rgb.astype(np.float32) @ _LUMINANCE).astype(np.float32), ""
    if away < 1.0:  # our own colours, or nearly: every level counts
        return grey_from_colour(rgb, name).astype(np.float32), name
    coarse = rgb >> (8 - _BITS)
    return _levels_of_coarse_colours(name)[coarse[..., 0], coarse[..., 1], coarse[..., 2]], name


@lru_cache
def _tree(name: str) -> cKDTree:
    return cKDTree(palette(name).astype(np.float64))


@lru_cache
def _levels_of_coarse_colours(name: str) -> Float32[np.ndarray, "64 64 64"]:
    """Grey level of the palette's colour nearest to each colour of 6 bits a channel."""
    steps = (np.arange(2**_BITS) + 0.5) * 2 ** (8 - _BITS)
    colours = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1)
    return _tree(name).query(colours.reshape(-1, 3))[1].reshape((2**_BITS,) * 3).astype(np.float32)
