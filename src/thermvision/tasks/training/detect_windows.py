"""Square windows of whole pictures for detectors: all of a picture, or a part in which a face has any size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from thermvision.tasks.training.crops import Window
from thermvision.tasks.training.samples import Sample
from thermvision.tasks.training.task import Cut

WHOLE_SHARE, MOST_ROOM = 0.45, 1.6
LEAST_FACE_PX, LARGEST_FACE = 10.0, 0.9  # of a face that a window is chosen for: px, and of the window's side
_LEAST_SIDE_PX = 24.0


def cut_windows(samples: Sequence[Sample], size_px: int, stream: np.random.Generator) -> Cut:
    """Windows (b, size, size), half of them mirrored, boxes (b, m, 4) in their pixels and seen shares (b, m), padded with boxes outside."""
    pictures, found = [], []
    for sample in samples:
        window = _window(sample, size_px, stream)
        pixels = window.pixels(sample.picture, size_px)
        ends = window.inside(sample.faces_xyxy_px.reshape(-1, 2).astype(float)).reshape(-1, 4)
        boxes = (ends + 1) * (size_px / 2)
        if stream.random() < 0.5:
            pixels = pixels[:, ::-1]
            boxes = np.stack([size_px - boxes[:, 2], boxes[:, 1], size_px - boxes[:, 0], boxes[:, 3]], 1)
        there = ((boxes[:, 2:] > 0) & (boxes[:, :2] < size_px)).all(axis=1)
        pictures.append(pixels)
        found.append((boxes[there], sample.visible_share[there]))
    most = max(1, *(len(shares) for _, shares in found))
    all_boxes = np.full((len(samples), most, 4), -1e4, np.float32)
    all_shares = np.zeros((len(samples), most), np.float32)
    for k, (boxes, shares) in enumerate(found):
        all_boxes[k, : len(boxes)], all_shares[k, : len(shares)] = boxes, shares
    radiometric = np.array([one.radiometric for one in samples])
    return {"pictures": np.stack(pictures), "radiometric": radiometric, "boxes": all_boxes, "shares": all_shares}


def _window(sample: Sample, size_px: int, stream: np.random.Generator) -> Window:
    height, width = sample.picture.shape
    size, long = np.array([width, height], float), float(max(height, width))
    asked = np.flatnonzero(sample.visible_share > 0)
    if stream.random() < WHOLE_SHARE:
        side = long * np.exp(stream.uniform(0, np.log(MOST_ROOM)))
        middle = size / 2 + stream.uniform(-0.5, 0.5, 2) * (side - size) * 0.9
    elif len(asked):
        box = sample.faces_xyxy_px[int(asked[stream.integers(len(asked))])].astype(float)
        face = np.exp(stream.uniform(np.log(LEAST_FACE_PX), np.log(LARGEST_FACE * size_px)))
        longer = float(max(box[2:] - box[:2]))
        side = float(np.clip(size_px * longer / face, min(_LEAST_SIDE_PX, longer), 2 * long))
        middle = 0.5 * (box[:2] + box[2:]) + stream.uniform(-0.55, 0.55, 2) * max(side - longer, 0.2 * longer)
        if side < long:  # the picture's border is rarely that near
            middle = np.where(stream.random() < 0.8, _held_in(middle, side, size), middle)
    else:
        side = long * np.exp(stream.uniform(np.log(0.3), 0))
        middle = _held_in(stream.random(2) * size, side, size)
    shape = np.exp(0.05 * stream.standard_normal())
    return Window(middle, np.diag(0.5 * side * np.array([shape, 1 / shape])))


def _held_in(middle: Float[np.ndarray, " 2"], side: float, size: Float[np.ndarray, " 2"]) -> Float[np.ndarray, " 2"]:
    """Moved so that the window does not leave the picture where it fits into it."""
    low, high = np.minimum(side / 2, size / 2), np.maximum(size - side / 2, size / 2)
    return np.clip(middle, low, high)
