"""Read pictures of unknown origin: 8-bit greys and palettes, or temperatures in 16 bits or floats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8

from thermvision.portraits.paint_files import finished
from thermvision.quality.foreign import ForeignImage
from thermvision.thermal.picture_values import eight_bit_rgb, plausible_kelvin
from thermvision.thermal.radiometric_files import read_tlinear, sidecar_of
from thermvision.types import ZERO_CELSIUS_K, InputError

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
VIDEO_SUFFIXES = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".seq", ".csq", ".gif")
LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
PALETTE_CHROMA = 20.0  # mean of max - min over channels, of 255: more is a palette, not a tint
MIN_SIDE_PX, MAX_PIXELS = 48, 40_000_000


def image_files(paths: list[Path]) -> list[Path]:
    """The given files, and of a folder the images in it by name; InputError if there is none.

    Of a folder of painted portraits, each once: its temperatures where they are known, and not the contact sheet.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            painted = finished(path)
            inside = [path / (row["temperature_file"] or row["file"]) for _, row in sorted(painted.items())]
            inside = inside or sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
            if not inside:
                raise InputError(f"check: folder {path} holds neither clips nor images; give a data set or image files")
            found += inside
        else:
            found.append(path)
    return found


def read_image(path: Path, span_c: tuple[float, float] | None = None) -> ForeignImage:
    """Read a picture; InputError naming the file if it is missing, no picture, too small, not finite, or counts without a meaning.

    span_c: temperature in C of the lowest and the highest value that the file's format holds (0 and 255, or 65535).
    """
    from PIL import Image, UnidentifiedImageError

    if not path.is_file():
        raise InputError(f"check: image {path} does not exist; give a data set folder or image files")
    if path.suffix.lower() in VIDEO_SUFFIXES:
        raise InputError(f"check: {path} is a video; give its frames as PNG files")
    try:
        with Image.open(path) as opened:
            width, height = opened.size
            if width * height > MAX_PIXELS:
                raise InputError(f"check: image {path} has {width}x{height} pixels; at most {MAX_PIXELS} are read, make it smaller")  # fmt: skip
            opened.load()
            mode, values, palette = opened.mode, np.asarray(opened), opened.getpalette("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"check: {path} cannot be read as an image ({type(error).__name__}); give PNG, JPEG, TIFF or BMP") from error  # fmt: skip
    if min(width, height) < MIN_SIDE_PX:
        raise InputError(f"check: image {path} is {width}x{height}; at least {MIN_SIDE_PX} pixels a side are needed")
    if mode.startswith("I") or mode == "F":
        return _of_temperatures(path, values, span_c)
    return _of_8_bits(path.name, eight_bit_rgb(path, mode, values, palette), span_c)


def _of_8_bits(name: str, rgb: UInt8[np.ndarray, "h w 3"], span_c: tuple[float, float] | None) -> ForeignImage:
    wide = rgb.astype(np.float32)
    false_colour = float((wide.max(axis=2) - wide.min(axis=2)).mean()) > PALETTE_CHROMA
    grey = (wide @ LUMINANCE).astype(np.float32)
    clipped = float(((grey <= 0.5) | (grey >= 254.5)).mean())
    if span_c is not None and not false_colour:
        return ForeignImage(name, _spread(grey / 255, span_c), rgb, True, False, clipped)
    return ForeignImage(name, grey, rgb, False, false_colour, clipped)


def _of_temperatures(path: Path, values: np.ndarray, span_c: tuple[float, float] | None) -> ForeignImage:
    """Kelvin from a span, from what stands beside or in the file, or from counts that can only be TLinear; else InputError."""
    counts = values.astype(np.float32)
    if not np.isfinite(counts).all():
        raise InputError(f"check: image {path} holds values that are not finite; replace them and try again")
    deep = np.issubdtype(values.dtype, np.integer)
    clipped = float(((counts <= 0) | (counts >= 65535)).mean()) if deep else 0.0
    if span_c is not None and deep:
        return ForeignImage(path.name, _spread(counts / 65535, span_c), None, True, False, clipped)
    if deep and sidecar_of(path).exists():
        return ForeignImage(path.name, read_tlinear(path)[0], None, True, False, clipped)
    if (kelvin := plausible_kelvin(values)) is not None:
        return ForeignImage(path.name, kelvin, None, True, False, clipped)
    raise InputError(
        f"check: nothing says what the values of {path} mean ({counts.min():g} to {counts.max():g}, not kelvin in hundredths or"
        f" tenths); give --span LOW HIGH, the temperatures in C of the lowest and highest value of its format"
    )


def _spread(share: Float32[np.ndarray, "h w"], span_c: tuple[float, float]) -> Float32[np.ndarray, "h w"]:
    low, high = span_c
    return (low + share * (high - low) + ZERO_CELSIUS_K).astype(np.float32)
