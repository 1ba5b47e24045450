"""The folder of a run of painted portraits: pictures, temperatures, one JSON line each, a grid; and going on where it stopped."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from thermvision.disk import write_text
from thermvision.flux.span import Span
from thermvision.thermal.radiometric_files import TLinear, write_tlinear
from thermvision.types import ZERO_CELSIUS_K, InputError

SETTINGS, LINES, GRID = "settings.json", "portraits.jsonl", "grid.png"
_NOT_BINDING = {"model"}  # where it lies; `weights` says what it is
_WIDEST_UNIT = 1.5  # a decoder may overshoot the span a little; what is beyond this is no temperature
_TILE_PX, _MOST_TILES, _TEXT_PX = 256, 64, 18


@dataclass(frozen=True, slots=True)
class Painted:
    """One portrait: grey -1..1 (h, w), its place (0-based) and its own seed."""

    index: int
    seed: int
    unit: Float32[np.ndarray, "h w"]


def prepare_folder(out: Path, content: dict[str, Any], count: int) -> set[int]:
    """The places that are finished already; InputError if the folder holds something else or a run with other settings."""
    check_out(out)
    if not (out / SETTINGS).is_file():
        return set()
    done = finished(out)
    try:
        before = json.loads((out / SETTINGS).read_text())["settings"]
        names = sorted((set(before) | set(content)) - _NOT_BINDING)
        other = [name for name in names if before.get(name) != content.get(name)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"--out {out} holds a {SETTINGS} that is not ours; choose another folder") from error
    if other and done:
        named = ", ".join(f"{name} {_short(before.get(name))} (now {_short(content.get(name))})" for name in other[:4])
        raise InputError(
            f"--out {out} holds portraits with other settings: {named}; choose another folder or repeat that run's settings"
        )
    return {index for index in done if index < count}


def check_out(out: Path) -> None:
    """Refuse a file, and a folder that holds anything but a run of ours."""
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {out} is a file; give a folder")
    if not (out / SETTINGS).is_file() and out.is_dir() and any(path.name != ".lock" for path in out.iterdir()):
        raise InputError(f"--out {out} is not empty and holds no portraits of ours; choose an empty or new folder")


def write_settings(out: Path, content: dict[str, Any], versions: dict[str, str]) -> None:
    """What the run was asked for, whole or not at all."""
    write_text(out / SETTINGS, json.dumps({"settings": content, "versions": versions}, indent=1) + "\n")


def finished(out: Path) -> dict[int, dict[str, Any]]:
    """The JSON lines of portraits whose files are all there, by place; a torn last line counts as none."""
    found: dict[int, dict[str, Any]] = {}
    for line in (out / LINES).read_text().splitlines() if (out / LINES).is_file() else ():
        try:
            row = json.loads(line)
            files = [row["file"], *([row["temperature_file"]] if row["temperature_file"] else [])]
            if all((out / name).is_file() for name in files):
                found[int(row["portrait"]) - 1] = row
        except (ValueError, KeyError, TypeError):
            continue
    return found


def write_portrait(
    out: Path, painted: Painted, content: dict[str, Any], extra: dict[str, Any], span: Span | None
) -> None:
    """Its files and, once they are there, its JSON line."""
    stem = f"portrait_{painted.index + 1:04d}"
    temperature_file = None
    row: dict[str, Any] = {"portrait": painted.index + 1, "file": f"{stem}.png"}
    if span is not None:
        kelvin = span.to_kelvin(np.clip(painted.unit, -_WIDEST_UNIT, _WIDEST_UNIT))
        temperature_file = f"{stem}_temperature.{'tiff' if content['format'] == 'tiff' else 'png'}"
        write_tlinear(out / temperature_file, kelvin, TLinear())
        low, middle, high = (round(float(value) - ZERO_CELSIUS_K, 2) for value in np.percentile(kelvin, [1, 50, 99]))
        row |= {"low_c": low, "median_c": middle, "high_c": high}
    row["temperature_file"] = temperature_file
    row["temperature_source"] = None if span is None else "span"
    row |= {**content, "seed": painted.seed, "run_seed": content["seed"]}
    _write_png(out / f"{stem}.png", painted.unit, {**row, **extra})
    with (out / LINES).open("a") as lines:
        lines.write(json.dumps(row, sort_keys=True) + "\n")


def sort_lines(out: Path) -> None:
    """One line for each finished portrait, in order."""
    rows = finished(out)
    write_text(out / LINES, "".join(json.dumps(rows[index], sort_keys=True) + "\n" for index in sorted(rows)))


def write_grid(out: Path) -> None:
    """A contact sheet of up to 64 portraits, evenly spread, with number and seed."""
    from PIL import Image, ImageDraw, ImageFont

    rows = finished(out)
    if not rows:
        return
    places = sorted(rows)
    chosen = [places[k] for k in np.unique(np.linspace(0, len(places) - 1, min(_MOST_TILES, len(places))).astype(int))]
    columns = min(8, math.ceil(math.sqrt(len(chosen))))
    with Image.open(out / rows[chosen[0]]["file"]) as first:
        scale = min(1.0, _TILE_PX / max(first.size))
        tile = (round(first.width * scale), round(first.height * scale))
    height = tile[1] + _TEXT_PX
    sheet = Image.new("L", (columns * tile[0], math.ceil(len(chosen) / columns) * height), 16)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    for k, place in enumerate(chosen):
        corner = (k % columns * tile[0], k // columns * height)
        with Image.open(out / rows[place]["file"]) as opened:
            sheet.paste(opened.resize(tile, Image.Resampling.BOX), (corner[0], corner[1] + _TEXT_PX))
        words = f"{place + 1}  seed {rows[place]['seed']}"
        words = words if pen.textlength(words, font) < tile[0] - 8 else str(place + 1)
        pen.text((corner[0] + 4, corner[1] + 2), words, font=font, fill=205)
    temporary = out / f".{GRID}.tmp"
    sheet.save(temporary, "PNG")
    os.replace(temporary, out / GRID)


def to_grey(unit: Float32[np.ndarray, "h w"]) -> np.ndarray:
    """8 bits over the whole span: 0 is its lower end, 255 its upper one."""
    return np.rint(np.clip((unit + 1) * 127.5, 0, 255)).astype(np.uint8)


def _write_png(path: Path, unit: Float32[np.ndarray, "h w"], told: dict[str, Any]) -> None:
    """8-bit grey with every setting as text: each by its name, and all of them as JSON under `thermvision`."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_itxt("thermvision", json.dumps(told, sort_keys=True))
    for name, value in sorted(told.items()):
        if value is not None:
            info.add_itxt(name, value if isinstance(value, str) else json.dumps(value))
    temporary = path.with_name(f".{path.name}.tmp")
    Image.fromarray(to_grey(unit)).save(temporary, "PNG", pnginfo=info)
    os.replace(temporary, path)


def _short(value: Any) -> str:
    text = "unset" if value is None else str(value)
    return text if len(text) < 40 else text[:37] + "..."
