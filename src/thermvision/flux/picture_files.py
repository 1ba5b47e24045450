"""A picture to start from, as a model of a fixed span sees it: kelvin through the span, 8-bit greys as they are, a photo as its brightness."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from thermvision.flux.span import Span
from thermvision.thermal.flir_jpeg import is_flir_jpeg, read_flir_jpeg
from thermvision.thermal.picture_values import eight_bit_rgb, plausible_kelvin
from thermvision.thermal.radiometric_files import read_tlinear, sidecar_of
from thermvision.types import InputError

MAX_PIXELS = 40_000_000
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
_CUT_OFF = 0.9  # share of pixels beyond the span's ends from which on a picture shows nothing


def read_start(path: Path, span: Span | None, width: int, height: int) -> Float32[np.ndarray, "h w"]:
    """The picture as -1 (black) to 1 (white), scaled to cover width x height and cut at its sides.

    InputError naming the file: missing, no picture, too large, values without a meaning, or temperatures without a span.
    """
    if not path.is_file():
        raise InputError(f"image {path} {'is a folder' if path.is_dir() else 'does not exist'}; give one picture file")
    if path.suffix.lower() in (".jpg", ".jpeg") and is_flir_jpeg(path):
        unit = _of_kelvin(path, read_flir_jpeg(path)[0], span)
    else:
        unit = _of_file(path, span)
    return _covering(unit, width, height)


def file_hash(path: Path) -> str:
    """Sixteen hex digits of its content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _of_file(path: Path, span: Span | None) -> Float32[np.ndarray, "h w"]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise InputError(
                    f"image {path} has {opened.width}x{opened.height} pixels; at most {MAX_PIXELS} are read, make it smaller"
                )
            opened.load()
            mode, values, palette = opened.mode, np.asarray(opened), opened.getpalette("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(
            f"image {path} cannot be read ({type(error).__name__}); give PNG, JPEG, TIFF or BMP"
        ) from error
    if mode.startswith("I") or mode == "F":
        return _of_kelvin(path, _kelvin(path, values), span)
    wide = eight_bit_rgb(path, mode, values, palette).astype(np.float32)
    return (wide @ _LUMINANCE / np.float32(127.5) - 1).astype(np.float32)


def _kelvin(path: Path, values: Any) -> Float32[np.ndarray, "h w"]:
    if not np.isfinite(values).all():
        raise InputError(f"image {path} holds values that are not finite; mend it")
    if np.issubdtype(values.dtype, np.integer) and sidecar_of(path).exists():
        return read_tlinear(path)[0]
    kelvin = plausible_kelvin(values)
    if kelvin is None:
        raise InputError(
            f"nothing says what the values of image {path} mean ({values.min():g} to {values.max():g}, not kelvin in hundredths or"
            f" tenths); write {sidecar_of(path).name} beside it, or give an 8-bit picture"
        )
    return kelvin


def _of_kelvin(path: Path, kelvin: Float32[np.ndarray, "h w"], span: Span | None) -> Float32[np.ndarray, "h w"]:
    if span is None:
        raise InputError(
            f"image {path} holds temperatures and neither the model nor --span says which of them are black and white; give"
            " --span LOW HIGH in C, such as --span 10 42"
        )
    unit = span.to_unit(kelvin)
    if float((np.abs(unit) >= 1).mean()) > _CUT_OFF:
        raise InputError(
            f"image {path} lies outside the span of {span.low_c:g} to {span.high_c:g} C (its middle is"
            f" {float(np.median(kelvin)) - 273.15:.1f} C); give another picture or --span"
        )
    return unit


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
