"""One picture of a data set: evenly spaced frames of its clips."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from thermvision.dataset.read import num_rows, read_rows
from thermvision.thermal.agc import make_agc
from thermvision.thermal.palettes import palette
from thermvision.thermal.png16 import decode_centikelvin

_TILE_PX, _COLUMNS, _MOST_CLIPS, _MARGIN_PX = 224, 8, 12, 26
_BOX = (90, 200, 255)


def write_contact_sheet(path: Path, clips: Sequence[Path], *, palette_name: str = "white_hot") -> None:
    """A sheet of up to twelve clips, a row each, eight frames spread over each clip, with what the frames show."""
    chosen = [clips[i] for i in np.unique(np.linspace(0, len(clips) - 1, min(_MOST_CLIPS, len(clips))).astype(int))]
    sheet = Image.new("RGB", (_COLUMNS * _TILE_PX, len(chosen) * (_TILE_PX + _MARGIN_PX)), (16, 16, 18))
    pen, font, colours = ImageDraw.Draw(sheet), ImageFont.load_default(13), palette(palette_name)
    for row, clip in enumerate(chosen):
        top = row * (_TILE_PX + _MARGIN_PX)
        frames = _spread(clip)
        several = any(len(frame["faces"]) > 1 for frame in frames)  # boxes say which faces are labelled
        for column, frame in enumerate(frames):
            counts = decode_centikelvin(frame["image"]["bytes"])
            tile = Image.fromarray(colours[make_agc("detail", whole_frame=several)(counts)])
            scale = _TILE_PX / max(tile.size)
            tile = tile.resize((round(tile.width * scale), round(tile.height * scale)), Image.Resampling.LANCZOS)
            corner = (column * _TILE_PX + (_TILE_PX - tile.width) // 2, top + _MARGIN_PX)
            sheet.paste(tile, corner)
            for face in frame["faces"] if several else ():
                x0, y0, x1, y1 = (scale * side for side in face["bbox_xyxy_px"])
                pen.rectangle((corner[0] + x0, corner[1] + y0, corner[0] + x1, corner[1] + y1), outline=_BOX)
            caption = f"{frame['expression']}  yaw {frame['yaw_deg']:+.0f}"
            words = clip.name if column == 0 else caption
            pen.text((column * _TILE_PX + 4, top + 6), words, font=font, fill=(205, 205, 210))
    sheet.save(path, "PNG", compress_level=3)


def _spread(clip: Path) -> list[dict]:  # type: ignore[type-arg]
    """Rows at evenly spaced places of a clip."""
    wanted = np.linspace(0, num_rows(clip) - 1, _COLUMNS).astype(int).tolist()
    return list(read_rows(clip, ["image", "expression", "yaw_deg", "faces"], only=set(wanted)))
