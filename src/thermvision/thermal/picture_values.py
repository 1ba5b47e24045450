"""What the values of a picture file mean: 8-bit colours without Pillow's traps, and counts that can only be temperatures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8

from thermvision.thermal.radiometric_files import RESOLUTIONS_K
from thermvision.types import ZERO_CELSIUS_K, InputError

PLAUSIBLE_K = (233.0, 423.0)  # what a scene with a person may hold; tells TLinear counts from raw ones
_WIDEST_K = 120.0


def eight_bit_rgb(path: Path, mode: str, values: np.ndarray, palette: list[int] | None) -> UInt8[np.ndarray, "h w 3"]:
    """Red, green and blue (h, w, 3) of an array in one of Pillow's 8-bit modes, transparency ignored; palettes looked up.

    Pillow's own conversion is not used: of deeper pictures it makes 255 everywhere without a word.
    """
    if mode == "P" and palette is not None:
        table = np.zeros((256, 3), np.uint8)
        given = np.array(palette, np.uint8).reshape(-1, 3)[:256]
        table[: len(given)] = given
        return table[values]
    if mode == "1":
        values = values.astype(np.uint8) * np.uint8(255)
    if values.dtype == np.uint8 and mode in ("1", "L", "LA"):
        grey = values if values.ndim == 2 else values[..., 0]
        return np.repeat(grey[..., None], 3, axis=2)
    if values.dtype == np.uint8 and mode in ("RGB", "RGBA", "RGBX"):
        return np.ascontiguousarray(values[..., :3])
    raise InputError(f"image {path} has the colour mode {mode}; save it as grey, RGB or with a palette")


def plausible_kelvin(values: np.ndarray) -> Float32[np.ndarray, "h w"] | None:
    """Kelvin (h, w) if the values can be a scene with a person: integers as TLinear counts, floats as kelvin or C; else None."""
    counts = values.astype(np.float32)
    if np.issubdtype(values.dtype, np.integer):
        readings = [counts * np.float32(step) for step in RESOLUTIONS_K]
    else:
        readings = [counts, counts + np.float32(ZERO_CELSIUS_K)]
    for kelvin in readings:
        low, high = np.percentile(kelvin, [1, 99])
        if low >= PLAUSIBLE_K[0] and high <= PLAUSIBLE_K[1] and high - low < _WIDEST_K:
            return kelvin.astype(np.float32)
    return None
