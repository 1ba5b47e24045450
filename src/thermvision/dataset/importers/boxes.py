"""Boxes from the ways sources write them to left, top, right, bottom, and cut to the image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from thermvision.dataset.importers.frame import Box

SAME_FACE_IOU = 0.5  # two boxes that overlap more than this in a set with one person a picture are one face
SLACK_PX = 0.5  # a box that is over the edge by rounding is not worth a word


@dataclass(frozen=True, slots=True)
class CutBox:
    """A box within the image; `cut` if more than rounding was cut off."""

    bbox_xyxy_px: Box
    cut: bool


def from_xywh(left: float, top: float, width: float, height: float) -> Box:
    """Left, top, width, height (COCO, dlib, Tufts)."""
    return left, top, left + width, top + height


def from_centre(x: float, y: float, width: float, height: float) -> Box:
    """Middle, width, height (YOLO), in any unit."""
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def from_corners(x0: float, y0: float, x1: float, y1: float) -> Box:
    """Two opposite corners in any order (LabelMe)."""
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def cut_to_image(box: Box, width_px: int, height_px: int) -> CutBox | None:
    """The part of a box that is in the image, or None if nothing of it is, or it holds no area or no numbers."""
    if not np.isfinite(box).all() or not (box[0] < box[2] and box[1] < box[3]):
        return None
    x0, y0, x1, y1 = max(box[0], 0.0), max(box[1], 0.0), min(box[2], float(width_px)), min(box[3], float(height_px))
    if not (x0 < x1 and y0 < y1):
        return None
    cut = max(x0 - box[0], y0 - box[1], box[2] - x1, box[3] - y1) > SLACK_PX
    return CutBox((x0, y0, x1, y1), cut)


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, 0-1."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    both = max(width, 0.0) * max(height, 0.0)
    either = area(a) + area(b) - both
    return both / either if either > 0 else 0.0


def area(box: Box) -> float:
    """Of a box, in its unit squared."""
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


def scaled(box: Box, by: tuple[float, float]) -> Box:
    """Times a factor for x and one for y."""
    return box[0] * by[0], box[1] * by[1], box[2] * by[0], box[3] * by[1]


def scaled_points(points: Float[np.ndarray, "n 2"], by: tuple[float, float]) -> Float[np.ndarray, "n 2"]:
    """Times a factor for x and one for y."""
    return points * np.array(by)
