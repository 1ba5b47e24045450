"""Pictures of any origin as values that the networks take: kelvin where the file holds temperatures, else grey levels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, UInt8
from PIL import Image

from thermvision.annotate.inputs import Source
from thermvision.faces.grounds import looks_coloured
from thermvision.motion.video import opened_video, reason_of
from thermvision.thermal.flir_jpeg import is_flir_jpeg, read_flir_jpeg
from thermvision.thermal.palette_of_picture import brightness, grey_of_palette, guess_palette, in_colours
from thermvision.thermal.picture_values import decoded_picture, eight_bit_rgb, plausible_kelvin
from thermvision.thermal.radiometric_files import read_tlinear, sidecar_of
from thermvision.types import InputError

COLOURS = "has the colours of a photograph in visible light; its brightness is taken"
UNKNOWN_PALETTE = "is in a palette that is not known; its brightness is taken for warmth, which a rainbow's is not"


@dataclass(frozen=True, slots=True)
class ThermalPicture:
    """One picture or frame; `values` are kelvin or grey levels of any range."""

    name: str
    frame: int | None  # of a video or clip, from 0
    time_s: float | None
    values: Float32[np.ndarray, "h w"]
    kelvin: bool
    source: str  # temperature_source: measured, or what a data set says; empty for grey levels
    shown: UInt8[np.ndarray, "h w 3"] | None  # the file's own colours; None where it has no 8 bits
    palette: str  # empty for greys
    warnings: tuple[str, ...]  # what to mind, each going on after the file's name


@dataclass(frozen=True, slots=True)
class Unread:
    """A file, or the rest of a video, that cannot be read, and why."""

    name: str
    reason: str


def read_source(source: Source) -> Iterator[ThermalPicture | Unread]:
    """The picture, or the frames of a video or clip in order; what cannot be read is told, not raised."""
    try:
        if source.kind == "picture":
            yield read_picture(source.path, source.name)
        else:
            yield from _clip(source) if source.kind == "clip" else _video(source)
    except InputError as error:
        yield Unread(source.name, str(error))
    except (
        Exception
    ) as error:  # decoders raise all kinds on damaged files, and one file must not end a run over thousands
        what = " ".join(f"{type(error).__name__}: {error}".split())[:120]
        yield Unread(source.name, f"{source.name} cannot be read ({what}); remove it or save it again")


def read_picture(path: Path, name: str) -> ThermalPicture:
    """A picture file; InputError if it is none."""
    if path.suffix.lower() in (".jpg", ".jpeg") and is_flir_jpeg(path):
        return _flir(path, name)
    mode, values, palette = decoded_picture(path)
    if mode.startswith("I") or mode == "F":
        return _deep(name, values, read_tlinear(path)[0] if sidecar_of(path).exists() else None)
    return _of_rgb(name, eight_bit_rgb(path, mode, values, palette))


def _flir(path: Path, name: str) -> ThermalPicture:
    """Kelvin of a FLIR JPEG; places on it are in their pixels, which its view may not share."""
    kelvin = read_flir_jpeg(path)[0]
    with Image.open(path) as view:
        across, down = view.size
    height, width = kelvin.shape
    what = f"holds temperatures of {width}x{height} px beside a view of {across}x{down} px; places are told in the pixels of the temperatures"
    return ThermalPicture(
        name, None, None, kelvin, True, "measured", None, "", () if (width, height) == (across, down) else (what,)
    )


def _of_rgb(
    name: str, rgb: UInt8[np.ndarray, "h w 3"], frame: int | None = None, time_s: float | None = None
) -> ThermalPicture:
    if not in_colours(rgb):
        return ThermalPicture(name, frame, time_s, rgb.mean(axis=2, dtype=np.float32), False, "", rgb, "", ())
    palette = guess_palette(rgb)
    if palette is None:
        warning = COLOURS if looks_coloured(rgb) else UNKNOWN_PALETTE
        return ThermalPicture(name, frame, time_s, brightness(rgb), False, "", rgb, "", (warning,))
    return ThermalPicture(
        name, frame, time_s, grey_of_palette(rgb, palette).astype(np.float32), False, "", rgb, palette, ()
    )


def _deep(
    name: str,
    values: np.ndarray,
    kelvin: Float32[np.ndarray, "h w"] | None,
    frame: int | None = None,
    time_s: float | None = None,
) -> ThermalPicture:
    """16 bits or floats: kelvin as told or if they can be nothing else, otherwise grey levels."""
    if values.ndim != 2 or not np.isfinite(values).all():
        raise InputError(f"{name} holds values that are not finite, or several channels; mend or remove it")
    if kelvin is None:
        kelvin = plausible_kelvin(values)
    if kelvin is not None:
        return ThermalPicture(name, frame, time_s, kelvin, True, "measured", None, "", ())
    what = f"has deep values ({values.min():g} to {values.max():g}) that nothing gives a meaning; they are taken for grey levels"
    return ThermalPicture(name, frame, time_s, values.astype(np.float32), False, "", None, "", (what,))


def _clip(source: Source) -> Iterator[ThermalPicture]:
    from thermvision.dataset.read import read_rows, temperature_k

    columns = ["image", "frame", "time_s", "temperature_source"]
    for row in read_rows(source.path, columns):
        yield ThermalPicture(
            source.name, int(row["frame"]), float(row["time_s"]), temperature_k(row), True, row["temperature_source"], None, "", ()
        )  # fmt: skip


def _video(source: Source) -> Iterator[ThermalPicture | Unread]:
    """Every frame as it is stored; 16-bit grey is kept as it is. A video that breaks off is used as far as it goes."""
    import av

    number = 0
    with opened_video(source.path) as container:
        container.streams.video[0].thread_type = "NONE"  # the networks use the cores
        try:
            for decoded in container.decode(video=0):
                yield _frame(source, decoded, number)
                number += 1
        except av.error.FFmpegError as error:
            yield Unread(
                source.name,
                f"{source.name} breaks off after {number} frames ({reason_of(error)}); copy or convert it again",
            )
            return
    if not number:
        yield Unread(source.name, f"{source.name} holds no frame; copy or convert it again")


def _frame(source: Source, decoded: Any, number: int) -> ThermalPicture:
    time_s = None if decoded.time is None else float(decoded.time)
    if decoded.format.name.startswith("gray16"):
        return _deep(source.name, decoded.to_ndarray(), None, number, time_s)
    return _of_rgb(source.name, decoded.to_ndarray(format="rgb24"), number, time_s)
