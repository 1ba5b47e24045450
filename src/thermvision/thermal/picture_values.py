"""Picture files as they lie on the disk, and what their values mean: 8-bit colours without Pillow's traps, and counts that can only be temperatures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8

from thermvision.thermal.radiometric_files import RESOLUTIONS_K
from thermvision.types import ZERO_CELSIUS_K, InputError

PICTURE_ENDINGS = (".png", ".tif", ".tiff", ".jpg", ".jpeg", ".bmp")
MAX_PIXELS = 40_000_000
PALETTE_CHROMA = 20.0  # mean of max - min over channels, of 255: more is a palette or a photograph
PLAUSIBLE_K = (233.0, 423.0)  # what a scene with a person may hold; tells TLinear counts from raw ones
_WIDEST_K = 120.0


def decoded_picture(path: Path) -> tuple[str, np.ndarray, list[int] | None]:
    """Pillow's mode, the values as they lie in the file, and the palette if there is one; InputError for no picture."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as opened:
            width, height = opened.size
            if width * height > MAX_PIXELS:
                raise InputError(f"{path} has {width}x{height} pixels; at most {MAX_PIXELS} are read, make it smaller")
            opened.load()
            mode, values, palette = opened.mode, np.asarray(opened), opened.getpalette("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(
            f"{path} cannot be read as an image ({type(error).__name__}); remove it or save it again"
        ) from error
    if mode in ("RGB", "RGBA", "LA") and _png_depth(path) == 16:
        raise InputError(
            f"{path} is a 16-bit PNG with several channels, of which only 8 bits would be read; save it as 16-bit grey"
        )
    return mode, values, palette


def _png_depth(path: Path) -> int:
    """Bits a channel of a PNG; 0 for other files."""
    with open(path, "rb") as file:
        head = file.read(25)
    return head[24] if head.startswith(b"\x89PNG") and len(head) == 25 else 0


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
