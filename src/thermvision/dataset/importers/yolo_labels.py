"""Label lines of YOLO: `class xc yc w h`, and of its pose variant points after them, all as shares of the image."""

from __future__ import annotations

from collections import Counter

import numpy as np

from thermvision.dataset.importers.boxes import from_centre
from thermvision.dataset.importers.columns import OUR_LANDMARKS
from thermvision.dataset.importers.frame import ImportedFace
from thermvision.dataset.importers.tables import numbers

OWN_SHARES = (1.0, 1.0)  # the labels' unit is the image's own width and height


def read_yolo(
    text: str, odd: Counter[str], points: tuple[int, int] | None = None
) -> tuple[tuple[ImportedFace, int], ...]:
    """Faces with their class numbers, in shares of the image; lines that are none are counted in `odd`.

    points: their number and how many values each has (2, or 3 with visibility); None: worked out from the line's length.
    """
    found = []
    for line in text.splitlines():
        cells = line.split()
        if not cells:
            continue
        values = numbers(cells)
        if values is None or len(values) < 5 or values[0] < 0 or values[0] != int(values[0]):
            odd["lines of label files that are no label, left out"] += 1
            continue
        landmarks, visible = _points(values[5:], points, odd)
        found.append((ImportedFace(from_centre(*values[1:5]), landmarks, visible), int(values[0])))
    return tuple(found)


def _points(
    values: list[float], points: tuple[int, int] | None, odd: Counter[str]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    if len(values) < 4:  # nothing, or a detector's confidence
        return {}, {}
    count, each = points or _shape(len(values))
    if count * each != len(values):
        odd["faces whose points have another number than data.yaml says, left out"] += 1
        return {}, {}
    table = np.array(values).reshape(count, each)
    xy = np.where((table[:, :2] < 0).any(axis=1, keepdims=True), np.nan, table[:, :2])  # -1 stands for a missing point
    if each == 2:
        return {str(count): xy}, {}
    xy = np.where(table[:, 2:] <= 0, np.nan, xy)
    return {str(count): xy}, {str(count): table[:, 2] > 1.5}


def _shape(length: int) -> tuple[int, int]:
    """Number of points and values a point: a set known here first, then two values, then three."""
    for each in (2, 3):
        if length % each == 0 and str(length // each) in (*OUR_LANDMARKS, "6", "17"):
            return length // each, each
    return (length // 2, 2) if length % 2 == 0 else (length // 3, 3)
