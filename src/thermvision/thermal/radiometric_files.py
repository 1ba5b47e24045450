"""Temperature images as 16-bit files that other thermal software opens: TLinear PNG and TIFF with a JSON sidecar.

TLinear means kelvin = counts x resolution, with a resolution of 0.01 K or 0.1 K as FLIR's cores write it. What the counts
mean stands in `<file>.json` beside the file, and in a TIFF in its ImageDescription as well, so that a TIFF alone suffices.
"""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32
from PIL import Image, TiffImagePlugin, UnidentifiedImageError

from thermvision.thermal.png16 import encode_png16
from thermvision.types import InputError

RESOLUTIONS_K = (0.01, 0.1)
_PNG, _TIFF = (".png",), (".tif", ".tiff")
_DESCRIPTION_TAG = 270
_ENCODING = "TLinear"


@dataclass(frozen=True, slots=True)
class TLinear:
    """What the counts of a file mean; other values than these ranges raise InputError."""

    resolution_k: float = 0.01  # 0.01 or 0.1
    emissivity: float = 0.98  # set in the camera, (0, 1]
    reflected_k: float = 296.15  # set in the camera, > 0

    def __post_init__(self) -> None:
        if self.resolution_k not in RESOLUTIONS_K:
            raise InputError(f"resolution_k is {self.resolution_k}; expected 0.01 or 0.1")
        if not 0 < self.emissivity <= 1:
            raise InputError(f"emissivity is {self.emissivity}; expected more than 0, at most 1")
        if not 0 < self.reflected_k < math.inf:
            raise InputError(f"reflected_k is {self.reflected_k}; expected a temperature in kelvin")


def write_tlinear(path: Path, temperature_k: Float32[np.ndarray, "h w"], meaning: TLinear) -> None:
    """Write kelvin (h, w) as a 16-bit .png, .tif or .tiff, and `<path>.json`; rounding costs half a resolution.

    NaN, temperatures outside 0 to 65,535 counts, and other endings raise InputError.
    """
    counts = _to_counts(temperature_k, meaning.resolution_k)
    text = json.dumps({"encoding": _ENCODING, "unit": "K", **dataclasses.asdict(meaning)}, sort_keys=True)
    if path.suffix.lower() in _PNG:
        path.write_bytes(encode_png16(counts))
    elif path.suffix.lower() in _TIFF:
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[_DESCRIPTION_TAG] = text
        Image.fromarray(counts).save(path, "TIFF", tiffinfo=tags)
    else:
        raise InputError(f"'{path.name}' has no ending for temperatures; expected .png, .tif or .tiff")
    sidecar_of(path).write_text(text + "\n")


def read_tlinear(path: Path, meaning: TLinear | None = None) -> tuple[Float32[np.ndarray, "h w"], TLinear]:
    """Kelvin (h, w) and their meaning, from the sidecar or the TIFF's description, or as given in `meaning`.

    Files that are missing, not 16-bit grey, or without a meaning raise InputError.
    """
    try:
        with Image.open(path) as image:
            if not image.mode.startswith("I"):
                raise InputError(f"'{path.name}' is {image.mode}, not 16-bit grey: it holds no temperatures")
            counts = np.asarray(image).astype(np.uint16)
            tags = getattr(image, "tag_v2", {})
            description = tags.get(_DESCRIPTION_TAG, "")
    except FileNotFoundError:
        raise InputError(f"'{path.name}' is not there; expected a 16-bit PNG or TIFF") from None
    except UnidentifiedImageError:
        raise InputError(f"'{path.name}' is no image; expected a 16-bit PNG or TIFF") from None
    meaning = meaning or _meaning(path, description)
    return (counts * meaning.resolution_k).astype(np.float32), meaning


def sidecar_of(path: Path) -> Path:
    """The JSON file beside a temperature image."""
    return path.with_name(path.name + ".json")


def _to_counts(temperature_k: Float32[np.ndarray, "h w"], resolution_k: float) -> np.ndarray:
    if temperature_k.ndim != 2 or not temperature_k.size:
        raise InputError(f"temperature_k has shape {temperature_k.shape}; expected (h, w)")
    counts = np.rint(temperature_k.astype(np.float64) / resolution_k)
    low, high = float(np.min(counts)), float(np.max(counts))
    if not (low >= 0 and high <= 65535):  # also catches NaN
        raise InputError(
            f"temperature_k runs from {low * resolution_k:g} to {high * resolution_k:g} K; 16 bits of {resolution_k} K hold"
            f" 0 to {65535 * resolution_k:g} K and no NaN: use a resolution of 0.1 K, or mend the image"
        )
    return counts.astype(np.uint16)


def _meaning(path: Path, description: str) -> TLinear:
    sidecar = sidecar_of(path)
    text = sidecar.read_text() if sidecar.exists() else description
    try:
        told: dict[str, Any] = json.loads(text)
        if told["encoding"] != _ENCODING:
            raise InputError(f"the encoding of '{path.name}' is {told['encoding']}; expected {_ENCODING}")
        return TLinear(*(float(told[field.name]) for field in dataclasses.fields(TLinear)))
    except InputError:
        raise
    except (ValueError, KeyError, TypeError):
        raise InputError(
            f"'{sidecar.name}' beside '{path.name}' {'does not say' if sidecar.exists() else 'is missing and nothing else says'} what its"
            f" counts mean: expected {_ENCODING} with resolution_k, emissivity and reflected_k; or give their meaning"
        ) from None
