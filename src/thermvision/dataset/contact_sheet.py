"""One picture of a data set: evenly spaced frames of its clips."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from thermvision.dataset.read import read_rows
from thermvision.thermal.agc import middle, percentile_limits_ck, to_8bit
from thermvision.thermal.palettes import palette
from thermvision.thermal.png16 import decode_centikelvin

_TILE_PX, _COLUMNS, _MOST_CLIPS, _MARGIN_PX = 224, 8, 12, 26


def write_contact_sheet(path: Path, clips: Sequence[Path], *, palette_name: str = "white_hot") -> None:
    """A sheet of up to twelve clips, a row each, eight frames spread over each clip, with what the frames show."""
    chosen = [clips[i] for i in np.unique(np.linspace(0, len(clips) - 1, min(_MOST_CLIPS, len(clips))).astype(int))]
    sheet = Image.new("RGB", (_COLUMNS * _TILE_PX, len(chosen) * (_TILE_PX + _MARGIN_PX)), (16, 16, 18))
    pen, font, colours = ImageDraw.Draw(sheet), ImageFont.load_default(13), palette(palette_name)
    for row, clip in enumerate(chosen):
        top = row * (_TILE_PX + _MARGIN_PX)
        for column, frame in enumerate(_spread(clip)):
            counts = decode_centikelvin(frame["image"]["bytes"])
            tile = Image.fromarray(colours[to_8bit(counts, *percentile_limits_ck(middle(counts)))])
            sheet.paste(
                tile.resize((_TILE_PX, _TILE_PX), Image.Resampling.LANCZOS), (column * _TILE_PX, top + _MARGIN_PX)
            )
            caption = f"{frame['expression']}  yaw {frame['yaw_deg']:+.0f}"
            words = clip.name if column == 0 else caption
            pen.text((column * _TILE_PX + 4, top + 6), words, font=font, fill=(205, 205, 210))
    sheet.save(path, "PNG")


def _spread(clip: Path) -> list[dict]:  # type: ignore[type-arg]
    """Rows at evenly spaced places of a clip."""
    rows = list(read_rows(clip, ["frame"]))
    wanted = set(np.linspace(0, len(rows) - 1, _COLUMNS).astype(int).tolist())
    return [row for row in read_rows(clip, ["frame", "image", "expression", "yaw_deg"]) if row["frame"] in wanted]
