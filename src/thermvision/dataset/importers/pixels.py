"""A picture of a set as temperatures: kelvin where the file holds them, else its grey levels over one declared span."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float32, UInt8

from thermvision.dataset.importers.source import Unreadable
from thermvision.flux.span import ASSUMED_SPAN, Span
from thermvision.thermal.palette_of_picture import grey_of_palette, guess_palette, in_colours
from thermvision.thermal.picture_values import MAX_PIXELS, eight_bit_rgb, plausible_kelvin
from thermvision.types import InputError, TemperatureSource

Polarity = Literal["auto", "white-hot", "black-hot"]
SMALLEST_PX = 16  # of a side: less holds no face, and no film
LARGEST_PX = 16384  # of a side: more cannot be filmed


@dataclass(frozen=True, slots=True)
class Temperatures:
    """A picture in kelvin, with where the kelvin come from, and the palette it was in ("" for grey)."""

    temperature_k: Float32[np.ndarray, "h w"]
    source: TemperatureSource
    palette: str = ""


@dataclass(slots=True)
class PictureReader:
    """Turns bytes of picture files, or decoded ones, into temperatures, always in the same way.

    span: what black and white stand for, if the user says it. kelvin_only: 8-bit files are refused. palettes: counted.
    """

    polarity: Polarity = "auto"
    span: Span | None = None
    kelvin_only: bool = False
    palettes: Counter[str] = field(default_factory=Counter)

    @property
    def used_span(self) -> Span:
        """Temperatures that black and white are taken for."""
        return self.span or ASSUMED_SPAN

    def read(self, name: str, data: bytes) -> Temperatures:
        """A picture file (h, w). Unreadable for what is no picture, too small or large, in unknown colours, or counts without a meaning."""
        mode, values, palette = _decoded(data)
        if mode.startswith("I") or mode == "F":
            kelvin = plausible_kelvin(values) if np.isfinite(values).all() else None
            if kelvin is None:
                raise Unreadable(
                    f"holds values of {values.min():g} to {values.max():g}, no kelvin in hundredths or tenths"
                )
            return Temperatures(kelvin, "measured")
        if self.kelvin_only:
            raise Unreadable("has 8 bits, where 16 bits of temperature are expected")
        if mode == "L":
            return self._over_span(values.astype(np.float32), "")
        try:
            return self.of_rgb(eight_bit_rgb(Path(name), mode, values, palette))
        except InputError as error:
            raise Unreadable(f"has the colour mode {mode}") from error

    def of_rgb(self, rgb: UInt8[np.ndarray, "h w 3"]) -> Temperatures:
        """Grey levels (mean of the channels), or those of the palette, over the span."""
        _check_size(rgb.shape[1], rgb.shape[0])
        if not in_colours(rgb):
            planes = (rgb[..., channel].astype(np.float32) for channel in range(3))
            return self._over_span(sum(planes) / np.float32(3), "")  # type: ignore[arg-type]
        name = guess_palette(rgb)
        if name is None:
            raise Unreadable("is in colours of no palette known here: a photograph, or another palette")
        return self._over_span(grey_of_palette(rgb, name).astype(np.float32), name)

    def _over_span(self, grey: Float32[np.ndarray, "h w"], palette: str) -> Temperatures:
        self.palettes[palette or "grey"] += 1
        if self.polarity == "black-hot":
            grey = 255 - grey
        kelvin = self.used_span.to_kelvin(grey / np.float32(127.5) - 1)
        return Temperatures(kelvin, "assumed" if self.span is None else "span", palette)

    def described(self) -> dict[str, object]:
        """What clip.json says of 8-bit pictures: span, polarity and where it comes from."""
        return {
            "grey_span_c": [self.used_span.low_c, self.used_span.high_c],
            "polarity": "black-hot" if self.polarity == "black-hot" else "white-hot",
            "polarity_source": "assumed" if self.polarity == "auto" else "given",
        }


def _decoded(data: bytes) -> tuple[str, np.ndarray, list[int] | None]:
    """Pillow's mode, the values as they lie in the file, and its colour table."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as opened:
            _check_size(*opened.size)
            opened.load()
            mode, values, table = opened.mode, np.asarray(opened), opened.getpalette("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise Unreadable(f"cannot be read as an image ({type(error).__name__})") from error
    if data.startswith(b"\x89PNG") and len(data) > 24 and data[24] == 16 and mode in ("RGB", "RGBA", "LA"):
        raise Unreadable("is a 16-bit PNG with several channels, of which only 8 bits could be read")
    return mode, values, table


def _check_size(width_px: int, height_px: int) -> None:
    if min(width_px, height_px) < SMALLEST_PX:
        raise Unreadable(f"has {width_px}x{height_px} pixels; less than {SMALLEST_PX} a side hold no face")
    if width_px * height_px > MAX_PIXELS or max(width_px, height_px) > LARGEST_PX:
        raise Unreadable(f"has {width_px}x{height_px} pixels; at most {MAX_PIXELS} are read")
