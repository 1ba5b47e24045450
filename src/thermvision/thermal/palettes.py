"""Colour tables of thermal viewers, invertible: every grey level has a colour of its own.

The tables are drawn after the look of the palettes that thermal cameras offer under these names; they are no copies.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import UInt8

from thermvision.types import InputError

# Control points: position 0-1, then red, green, blue 0-255.
PALETTES = {
    "white_hot": ((0.0, 0, 0, 0), (1.0, 255, 255, 255)),
    "black_hot": ((0.0, 255, 255, 255), (1.0, 0, 0, 0)),
    "iron": ((0.0, 0, 0, 12), (0.16, 38, 0, 110), (0.34, 130, 8, 148), (0.5, 196, 32, 106), (0.66, 236, 96, 24),
             (0.82, 252, 178, 14), (0.92, 254, 232, 100), (1.0, 255, 255, 240)),
    "rainbow": ((0.0, 10, 0, 60), (0.14, 20, 20, 190), (0.3, 0, 140, 230), (0.42, 0, 200, 150), (0.54, 60, 210, 30),
                (0.68, 240, 225, 10), (0.8, 250, 120, 5), (0.91, 222, 20, 15), (1.0, 252, 160, 170)),
    "lava": ((0.0, 0, 0, 8), (0.18, 8, 30, 92), (0.34, 74, 22, 104), (0.52, 176, 16, 38), (0.68, 236, 66, 8),
             (0.84, 255, 160, 30), (1.0, 255, 252, 214)),
    "arctic": ((0.0, 6, 6, 44), (0.2, 22, 44, 150), (0.4, 40, 130, 206), (0.52, 140, 182, 196), (0.62, 178, 160, 130),
               (0.76, 208, 136, 44), (0.9, 250, 196, 84), (1.0, 255, 252, 226)),
    "glow": ((0.0, 0, 0, 0), (0.28, 112, 14, 4), (0.52, 214, 66, 4), (0.76, 255, 164, 24), (1.0, 255, 255, 206)),
    "sepia": ((0.0, 2, 0, 0), (0.35, 100, 58, 30), (0.7, 200, 154, 104), (1.0, 255, 248, 232)),
}  # fmt: skip


@lru_cache
def palette(name: str) -> UInt8[np.ndarray, "256 3"]:
    """The table of a palette: row g is the colour (RGB) of grey level g; all rows differ. Unknown names raise InputError."""
    if name not in PALETTES:
        raise InputError(f"palette '{name}' is not known; choose one of {', '.join(sorted(PALETTES))}")
    points = np.array(PALETTES[name])
    levels = np.arange(256) / 255
    channels = [_smooth(np.interp(levels, points[:, 0], points[:, c])) for c in (1, 2, 3)]
    table = np.stack(channels, axis=1).round().astype(np.uint8)
    table.setflags(write=False)  # it is shared
    return table


def colour(view: UInt8[np.ndarray, "*shape"], name: str) -> UInt8[np.ndarray, "*shape 3"]:
    """An 8-bit view in the colours (RGB) of a palette. Other types than uint8, and unknown names, raise InputError."""
    if view.dtype != np.uint8:
        raise InputError(f"view is {view.dtype}; expected uint8 grey levels: use a gain control or to_8bit first")
    return palette(name)[view]


def grey_from_colour(rgb: UInt8[np.ndarray, "*shape 3"], name: str) -> UInt8[np.ndarray, "*shape"]:
    """Grey levels of a coloured view: exact for the palette's own colours, of the nearest of them (RGB) for others.

    Images not of type uint8 with three channels, and unknown names, raise InputError.
    """
    if rgb.dtype != np.uint8 or rgb.ndim < 1 or rgb.shape[-1] != 3:
        raise InputError(
            f"rgb is {rgb.dtype} {rgb.shape}; expected uint8 (..., 3): drop the alpha channel if it has one"
        )
    packed = _pack(rgb)
    codes = _pack(palette(name))
    order = np.argsort(codes)
    grey = order[np.minimum(np.searchsorted(codes, packed, sorter=order), 255)].astype(np.uint8)
    foreign = codes[grey] != packed
    if foreign.any():
        from scipy.spatial import cKDTree

        colours, places = np.unique(rgb[foreign], axis=0, return_inverse=True)
        nearest = cKDTree(palette(name).astype(np.float64)).query(colours)[1]
        grey[foreign] = nearest[places.reshape(-1)].astype(np.uint8)
    return grey


def _smooth(channel: np.ndarray) -> np.ndarray:
    """A running mean that keeps straight pieces and both ends: the eye sees a kink in a ramp as a line."""
    reach = 12
    padded = np.pad(channel, reach, mode="reflect", reflect_type="odd")
    return np.convolve(padded, np.full(2 * reach + 1, 1 / (2 * reach + 1)), mode="valid")


def _pack(rgb: UInt8[np.ndarray, "*shape 3"]) -> np.ndarray:
    wide = rgb.astype(np.int32)
    return wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]
