"""Pictures with what was found drawn in: boxes, landmarks, the head's axes, numbers."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont

from thermvision.annotate.pictures import ThermalPicture
from thermvision.annotate.rows import SEEN, FaceRow, PictureRow
from thermvision.motion.euler import rotation_from_euler_deg

LEAST_SIDE_PX, MOST_SIDE_PX = 1024, 2048  # longer side of what is drawn; small pictures are enlarged
_FINER = 2  # lines are drawn so much larger, then shrunk, which smooths them
_BOXES = ("#35c4ff", "#ff5fa2", "#b6f03c", "#ffa53c", "#a98bff", "#3df0b4", "#ff7a5c", "#f0e13c")  # by track
_POINT, _HIDDEN_POINT, _RIM = (255, 226, 74, 255), (255, 120, 60, 190), (10, 16, 24, 170)
_RIGHT, _UP, _OUT = (255, 84, 84, 255), (84, 235, 120, 255), (80, 150, 255, 255)
_NOSE_TIP = 4  # of MediaPipe's points
_AXIS_SHARE = 0.55  # of the inter-ocular distance


def overlay_path(folder: Path, row: PictureRow) -> Path:
    """sub/a.png -> FOLDER/sub/a.png, sub/a.tif -> FOLDER/sub/a.tif.png; frame 12 of walk.mp4 -> FOLDER/walk.mp4/000012.png."""
    if row.frame is not None:
        name, _, number = row.file_name.rpartition("#")
        return folder / name / f"{number}.png"
    return folder / (row.file_name if row.file_name.lower().endswith(".png") else f"{row.file_name}.png")


def write_overlay(folder: Path, picture: ThermalPicture, row: PictureRow) -> Path:
    """Draw one picture and write it."""
    path = overlay_path(folder, row)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(drawn(picture, row)).save(path, compress_level=1)
    return path


def drawn(picture: ThermalPicture, row: PictureRow) -> UInt8[np.ndarray, "h w 3"]:
    """The picture, enlarged or shrunk so that its longer side is 1,024 to 2,048 px, with its faces."""
    height, width = picture.values.shape
    scale = min(max(1.0, LEAST_SIDE_PX / max(height, width)), MOST_SIDE_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    ground = Image.fromarray(_eight_bits(picture)).resize(size, Image.Resampling.BICUBIC)
    layer = Image.new("RGBA", (size[0] * _FINER, size[1] * _FINER))
    draw = ImageDraw.Draw(layer)
    for face in reversed(row.faces):  # the surest on top
        _face(draw, face, scale * _FINER, layer.width)
    layer = layer.resize(size, Image.Resampling.BOX)
    ground.putalpha(255)
    return np.asarray(Image.alpha_composite(ground, layer))[..., :3]


def _eight_bits(picture: ThermalPicture) -> UInt8[np.ndarray, "h w 3"]:
    """The file's own greys or colours; of kelvin and of palettes the values, their 0.5 and 99.5 % quantiles black and white."""
    if picture.shown is not None and not picture.palette:
        return picture.shown
    low, high = np.percentile(picture.values, [0.5, 99.5])
    grey = np.clip((picture.values - low) / max(float(high - low), 1e-6), 0, 1) * 255
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)


def _face(draw: ImageDraw.ImageDraw, face: FaceRow, scale: float, width: int) -> None:
    found = face.found
    colour = _BOXES[(face.track_id or 1) % len(_BOXES) - 1]
    left, top, right, bottom = (float(side) * scale for side in found.bbox_xyxy_px)
    line = 2 * _FINER
    eyes = found.interocular_px * scale
    _points(draw, face, scale, radius=float(np.clip(0.02 * eyes, 0.7 * _FINER, 2.8 * _FINER)))
    draw.rectangle((left, top, right, bottom), outline=(10, 16, 24, 120), width=line + 2)
    draw.rectangle((left + 1, top + 1, right - 1, bottom - 1), outline=colour, width=line)
    _axes(draw, face, scale, _AXIS_SHARE * eyes)
    words = f"{found.score:.2f}" if face.track_id is None else f"{face.track_id}   {found.score:.2f}"
    if face.male_probability is not None:
        words += f"   male {face.male_probability:.2f}"
    _label(draw, words, left, top, colour, width)


def _points(draw: ImageDraw.ImageDraw, face: FaceRow, scale: float, radius: float) -> None:
    points = face.landmarks["70"]
    for (x, y), visible in zip((points.places_px * scale).tolist(), points.visible.tolist(), strict=True):
        size = radius if visible > SEEN else 0.75 * radius
        rim = size + 0.4 * _FINER
        draw.ellipse((x - rim, y - rim, x + rim, y + rim), fill=_RIM)
        draw.ellipse((x - size, y - size, x + size, y + size), fill=_POINT if visible > SEEN else _HIDDEN_POINT)


def _axes(draw: ImageDraw.ImageDraw, face: FaceRow, scale: float, length: float) -> None:
    """From the tip of the nose: to the head's image right (red), up (green), out of the face (blue)."""
    found = face.found
    turned = rotation_from_euler_deg(found.yaw_deg, found.pitch_deg, found.roll_deg)  # camera_from_head
    x, y = (found.landmarks_px[_NOSE_TIP] * scale).tolist()
    for direction, colour in (((1, 0, 0), _RIGHT), ((0, -1, 0), _UP), ((0, 0, -1), _OUT)):
        across, down, _ = turned @ np.array(direction, float) * length
        draw.line((x, y, x + across, y + down), fill=_RIM, width=4 * _FINER)
        draw.line((x, y, x + across, y + down), fill=colour, width=2 * _FINER)


def _label(draw: ImageDraw.ImageDraw, words: str, left: float, top: float, colour: str, width: int) -> None:
    """On the box's upper edge, within the picture."""
    font = _font(13 * _FINER)
    across, down = draw.textbbox((0, 0), words, font=font)[2:]
    pad = 4 * _FINER
    left = min(max(left, 0), width - across - 2 * pad)
    top = top - down - pad if top - down - pad >= 0 else top
    draw.rectangle((left, top, left + across + 2 * pad, top + down + pad), fill=colour)
    draw.text((left + pad, top + pad // 2), words, fill=(8, 14, 22, 255), font=font)


@lru_cache
def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)
