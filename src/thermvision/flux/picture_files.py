"""Picture files as a model of a fixed span sees them: kelvin through the span, 8-bit greys as they are, never stretched.

Of 8-bit pictures the span is what their black and white stand for; deeper ones are turned to kelvin and then into the span.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8

from thermvision.flux.span import Span
from thermvision.thermal.flir_jpeg import is_flir_jpeg, read_flir_jpeg
from thermvision.thermal.palette_of_picture import in_colours
from thermvision.thermal.picture_values import decoded_picture, eight_bit_rgb, plausible_kelvin
from thermvision.thermal.radiometric_files import read_tlinear, sidecar_of
from thermvision.types import ZERO_CELSIUS_K, InputError

CLIPPED_SHARE = 0.9  # of pixels at an end of the range, from which on a picture shows nothing
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601


def read_unit(path: Path, span: Span | None) -> Float32[np.ndarray, "..."]:
    """A file as -1 (black) to 1 (white): (h, w), or (h, w, 3) where it has colours.

    InputError naming the file: unreadable, too large, clipped from 16 bits, counts without a meaning, or kelvin without a span.
    """
    if path.suffix.lower() in (".jpg", ".jpeg") and is_flir_jpeg(path):
        return _in_span(path, read_flir_jpeg(path)[0], span)
    mode, values, palette = decoded_picture(path)
    if mode.startswith("I") or mode == "F":
        return _in_span(path, kelvin_of_values(path, values), span)
    rgb = eight_bit_rgb(path, mode, values, palette)
    if (rgb.min(axis=2) == 255).mean() > CLIPPED_SHARE:
        raise InputError(
            f"{path} is white in {(rgb.min(axis=2) == 255).mean():.0%} of its pixels: a 16-bit picture that was clipped to 8 bits;"
            " give the 16-bit file itself"
        )
    return _of_bytes(rgb)


def read_start(path: Path, span: Span | None, width: int, height: int) -> Float32[np.ndarray, "h w"]:
    """A picture to start from, scaled to cover width x height and cut at its sides; colours count as their brightness.

    InputError naming the file: missing, or as `read_unit`.
    """
    if not path.is_file():
        raise InputError(f"image {path} {'is a folder' if path.is_dir() else 'does not exist'}; give one picture file")
    unit = read_unit(path, span)
    return _covering(unit if unit.ndim == 2 else unit @ _LUMINANCE, width, height)


def file_hash(path: Path) -> str:
    """Sixteen hex digits of its content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def kelvin_of_values(path: Path, values: np.ndarray) -> Float32[np.ndarray, "h w"]:
    """Kelvin of deep values, by what stands beside the file or because they can be nothing else; else InputError."""
    if not np.isfinite(values).all():
        raise InputError(f"{path} holds values that are not finite; mend or remove it")
    if np.issubdtype(values.dtype, np.integer) and sidecar_of(path).exists():
        return read_tlinear(path)[0]
    kelvin = plausible_kelvin(values)
    if kelvin is None:
        raise InputError(
            f"nothing says what the values of {path} mean ({values.min():g} to {values.max():g}, not kelvin in hundredths or tenths);"
            f" write {sidecar_of(path).name} beside it, or save it as centikelvin"
        )
    return kelvin


def _in_span(path: Path, kelvin: Float32[np.ndarray, "h w"], span: Span | None) -> Float32[np.ndarray, "h w"]:
    if span is None:
        raise InputError(
            f"{path} holds temperatures, and neither --span nor the model says which of them are black and white;"
            " give --span LOW HIGH in C, such as --span 10 42"
        )
    unit = span.to_unit(kelvin)
    if float((np.abs(unit) >= 1).mean()) > CLIPPED_SHARE:
        raise InputError(
            f"{path} lies outside the span of {span.low_c:g} to {span.high_c:g} C (its middle is {float(np.median(kelvin)) - ZERO_CELSIUS_K:.1f} C);"
            " give --span LOW HIGH that holds faces and rooms"
        )
    return unit


def _of_bytes(rgb: UInt8[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "..."]:
    wide = rgb.astype(np.float32)
    if in_colours(rgb):
        return (wide / np.float32(127.5) - 1).astype(np.float32)
    return (wide.mean(axis=2) / np.float32(127.5) - 1).astype(np.float32)


def _covering(unit: Float32[np.ndarray, "h w"], width: int, height: int) -> Float32[np.ndarray, "h w"]:
    """Scaled to cover the frame, its middle cut out."""
    from PIL import Image

    here_h, here_w = unit.shape
    scale = max(width / here_w, height / here_h)
    part_w, part_h = width / scale, height / scale
    left, top = (here_w - part_w) / 2, (here_h - part_h) / 2
    how = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    resized = Image.fromarray(np.ascontiguousarray(unit, np.float32)).resize(
        (width, height), how, box=(left, top, left + part_w, top + part_h)
    )
    return np.clip(np.asarray(resized, np.float32), -1, 1)
