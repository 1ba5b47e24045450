"""A picture of somebody's own as temperatures, with where they come from: kelvin as stored, 8 bits over a span, or assumed."""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Float32

from thermvision.flux.picture_files import kelvin_of_values
from thermvision.flux.span import ASSUMED_SPAN, Span
from thermvision.portraits.paint_files import LINES
from thermvision.thermal.flir_jpeg import is_flir_jpeg, read_flir_jpeg
from thermvision.thermal.palette_of_picture import in_colours
from thermvision.thermal.picture_values import decoded_picture, eight_bit_rgb
from thermvision.types import ZERO_CELSIUS_K, Gender, InputError, TemperatureSource

Polarity = Literal["auto", "white-hot", "black-hot"]
MULTIPLE_PX = 4  # sides are cut to multiples of it: a video's colour planes are half as wide
CLIPPED_SHARE = 0.6  # of pixels at one end of 8 bits, from which on a face cannot be trusted
_WOMAN, _MAN = (re.compile(rf"\b({words})\b") for words in ("woman|female|girl|lady", "man|male|boy|gentleman"))


@dataclass(frozen=True, slots=True)
class GivenPicture:
    """Temperatures of a picture file, and what is told about it."""

    name: str  # the file's, for messages
    temperature_k: Float32[np.ndarray, "h w"]
    temperature_source: TemperatureSource
    kelvin: bool  # the file holds temperatures, no grey levels
    span: Span | None  # what its grey levels stand for
    inverted: bool  # its dark is warm
    gender: Gender | None  # of the person, where the file says so
    note: str  # a sentence on what was assumed, or empty

    def other_way_round(self) -> GivenPicture:
        """The picture with its grey levels read the other way: dark is warm."""
        if self.span is None:
            return self
        both = np.float32(self.span.low_c + self.span.high_c + 2 * ZERO_CELSIUS_K)
        return dataclasses.replace(self, temperature_k=both - self.temperature_k, inverted=not self.inverted)


def read_given_picture(path: Path, span: Span | None, polarity: Polarity = "auto") -> GivenPicture:
    """A picture file as temperatures (h, w), sides cut to multiples of 4.

    16 bits, floats and FLIR's JPEGs hold kelvin (`measured`, or `span` for what `thermvision portraits` painted). 8 bits are
    decoded over `span`, or over the one written in the file (`span`), or over 20 to 38 C (`assumed`). InputError for files that
    are missing, colours, saturated pictures and counts without a meaning.
    """
    if not path.is_file():
        raise InputError(f"portrait {path} {'is a folder' if path.is_dir() else 'does not exist'}; give a picture file")
    if path.suffix.lower() in (".jpg", ".jpeg") and is_flir_jpeg(path):
        return _of_kelvin(path, read_flir_jpeg(path)[0], {})
    mode, values, palette = decoded_picture(path)
    told = _told(path)
    if mode.startswith("I") or mode == "F":
        return _of_kelvin(path, kelvin_of_values(path, values), told)
    rgb = eight_bit_rgb(path, mode, values, palette)
    if in_colours(rgb):
        raise InputError(
            f"{path} is in colours: a photo in visible light, or a thermal picture in a palette; give the thermal picture in grey or in kelvin"
        )
    return _of_greys(path, _cut(rgb.mean(axis=2, dtype=np.float32)), span, polarity, told)


def _of_kelvin(path: Path, kelvin: np.ndarray, told: dict[str, Any]) -> GivenPicture:
    source: TemperatureSource = "span" if told.get("temperature_source") == "span" else "measured"
    return GivenPicture(path.name, _cut(kelvin), source, True, None, False, _gender(told), "")


def _of_greys(
    path: Path, grey: np.ndarray, span: Span | None, polarity: Polarity, told: dict[str, Any]
) -> GivenPicture:
    clipped = max(float((grey <= 0.5).mean()), float((grey >= 254.5).mean()))
    if clipped > CLIPPED_SHARE:
        raise InputError(
            f"{path} is saturated: {clipped:.0%} of its pixels are black or white; give the picture as the camera made it, best in 16 bits"
        )
    known = span or (Span(*told["span_c"]) if told.get("span_c") else None)
    used, note = known or ASSUMED_SPAN, ""
    if known is None:
        note = (
            f"{path.name}: nothing says what its greys mean; black is taken for {used.low_c:g} C and white for {used.high_c:g} C"
            " (temperature_source assumed); --span LOW HIGH says it"
        )
    kelvin = used.to_kelvin((grey / 127.5 - 1).astype(np.float32))
    source: TemperatureSource = "assumed" if known is None else "span"
    given = GivenPicture(path.name, kelvin, source, False, used, False, _gender(told), note)
    return given.other_way_round() if polarity == "black-hot" else given


def _told(path: Path) -> dict[str, Any]:
    """What `thermvision portraits` wrote into the picture, or into the list beside it."""
    from PIL import Image

    with Image.open(path) as opened:
        text = getattr(opened, "text", {}).get("thermvision", "{}")
    told = _object(text)
    lines = path.parent / LINES
    if not told and lines.is_file():
        rows = map(_object, lines.read_text(errors="replace").splitlines())
        told = next((row for row in rows if path.name in (row.get("temperature_file"), row.get("file"))), {})
    return told


def _object(text: str) -> dict[str, Any]:
    try:
        loaded = json.loads(text)
    except ValueError:
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _gender(told: dict[str, Any]) -> Gender | None:
    """Of the person that a prompt asks for, if it names one of the two."""
    prompt = str(told.get("prompt", "")).lower()
    woman, man = bool(_WOMAN.search(prompt)), bool(_MAN.search(prompt))
    return None if woman == man else "female" if woman else "male"


def _cut(image: np.ndarray) -> Float32[np.ndarray, "h w"]:
    height, width = (side - side % MULTIPLE_PX for side in image.shape)
    if min(height, width) < MULTIPLE_PX:
        raise InputError(f"the picture's size is {image.shape[1]}x{image.shape[0]} px; a face needs more")
    return np.ascontiguousarray(image[:height, :width], np.float32)
