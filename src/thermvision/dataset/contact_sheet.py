"""One picture of a data set: evenly spaced frames of its clips."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from thermvision.dataset.read import num_rows, opened, read_rows
from thermvision.thermal.agc import make_agc
from thermvision.thermal.palettes import palette
from thermvision.thermal.png16 import decode_centikelvin

_TILE_PX, _COLUMNS, _MOST_CLIPS, _MARGIN_PX = 224, 8, 12, 26
_BOX, _POINT = (90, 200, 255), (255, 210, 60)


def write_contact_sheet(
    path: Path, clips: Sequence[Path], *, palette_name: str = "white_hot", labels: bool = False
) -> None:
    """A sheet of up to twelve clips, a row each, eight frames spread over each clip, with what the frames show.

    labels: boxes and landmarks are drawn in every clip, not only boxes where frames show several faces.
    """
    chosen = [clips[i] for i in np.unique(np.linspace(0, len(clips) - 1, min(_MOST_CLIPS, len(clips))).astype(int))]
    sheet = Image.new("RGB", (_COLUMNS * _TILE_PX, len(chosen) * (_TILE_PX + _MARGIN_PX)), (16, 16, 18))
    pen, font, colours = ImageDraw.Draw(sheet), ImageFont.load_default(13), palette(palette_name)
    for row, clip in enumerate(chosen):
        top = row * (_TILE_PX + _MARGIN_PX)
        frames = _spread(clip, labels=labels)
        several = any(len(frame["faces"] or ()) > 1 for frame in frames)  # boxes say which faces are labelled
        for column, frame in enumerate(frames):
            counts = decode_centikelvin(frame["image"]["bytes"])
            tile = Image.fromarray(colours[make_agc("detail", whole_frame=several)(counts)])
            scale = _TILE_PX / max(tile.size)
            tile = tile.resize((round(tile.width * scale), round(tile.height * scale)), Image.Resampling.LANCZOS)
            corner = (column * _TILE_PX + (_TILE_PX - tile.width) // 2, top + _MARGIN_PX)
            sheet.paste(tile, corner)
            for face in frame["faces"] or () if several or labels else ():
                if face["bbox_xyxy_px"] is not None:
                    x0, y0, x1, y1 = (scale * side for side in face["bbox_xyxy_px"])
                    pen.rectangle((corner[0] + x0, corner[1] + y0, corner[0] + x1, corner[1] + y1), outline=_BOX)
            for x, y in _points(frame) if labels else ():
                across, down = corner[0] + scale * x, corner[1] + scale * y
                pen.ellipse((across - 1, down - 1, across + 1, down + 1), fill=_POINT)
            yaw = "" if frame["yaw_deg"] is None else f"yaw {frame['yaw_deg']:+.0f}"
            words = clip.name if column == 0 else "  ".join(filter(None, (frame["expression"], yaw)))
            pen.text((column * _TILE_PX + 4, top + 6), words, font=font, fill=(205, 205, 210))
    sheet.save(path, "PNG", compress_level=3)


def _spread(clip: Path, *, labels: bool) -> list[dict[str, Any]]:
    """Rows at evenly spaced places of a clip."""
    wanted = np.linspace(0, num_rows(clip) - 1, _COLUMNS).astype(int).tolist()
    columns = ["image", "expression", "yaw_deg", "faces"]
    if labels:
        with opened(clip) as file:
            columns += [name for name in file.schema_arrow.names if re.fullmatch(r"landmarks_\d+_px", name)]
    return list(read_rows(clip, columns, only=set(wanted)))


def _points(frame: dict[str, Any]) -> Iterator[tuple[float, float]]:
    """Landmarks of a row, and of each further face that has some."""
    for told in (frame, *(frame["faces"] or ())[1:]):
        for name, points in told.items():
            if name.startswith("landmarks_") and name.endswith("_px") and points is not None:
                yield from ((x, y) for x, y in points if math.isfinite(x + y))
