"""Which found box belongs to which face: overlap, and COCO's greedy matching by score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float, Int

from thermvision.types import InputError

IOU_THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
_ROWS_AT_ONCE = 256  # of found boxes whose overlaps with all faces are held
_NOTHING = -1


@dataclass(frozen=True, slots=True)
class ImageBoxes:
    """Found and true boxes of one image, xyxy px; `person` is whom (or which recording) the bootstrap draws as one."""

    image: str
    person: str
    found_xyxy_px: Float[np.ndarray, "n 4"]
    score: Float[np.ndarray, " k"]  # one for each found box
    true_xyxy_px: Float[np.ndarray, "m 4"]
    ignored_xyxy_px: Float[np.ndarray, "u 4"] = field(
        default_factory=lambda: np.zeros((0, 4))
    )  # faces that need not be found, such as hidden ones; boxes on them are no mistakes


@dataclass(frozen=True, slots=True)
class Matches:
    """Of one image, found boxes from the surest on, at each IoU threshold t."""

    score: Float[np.ndarray, " n"]
    order: Int[np.ndarray, " n"]  # number of each among those given
    face: Int[np.ndarray, "t n"]  # matched face, -1 for none
    ignored: Bool[np.ndarray, "t n"]  # counts neither as right nor as wrong
    num_faces: int  # that are not ignored


def checked_boxes(boxes_xyxy_px: np.ndarray, what: str) -> Float[np.ndarray, "n 4"]:
    """Boxes as float64 (n, 4); InputError naming `what` unless they are finite with x0 <= x1 and y0 <= y1."""
    boxes = np.asarray(boxes_xyxy_px, np.float64)
    if boxes.size == 0:
        return np.zeros((0, 4))
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise InputError(f"{what} have the shape {boxes.shape}; expected (n, 4): x0, y0, x1, y1 in px")
    bad = ~np.isfinite(boxes).all(axis=1) | (boxes[:, 2:] < boxes[:, :2]).any(axis=1)
    if bad.any():
        first = np.flatnonzero(bad)[0]
        raise InputError(
            f"{what} number {first} is {boxes[first].tolist()}; expected finite x0 <= x1, y0 <= y1 in px: are they x, y, width, height?"
        )
    return boxes


def overlap(one: Float[np.ndarray, "n 4"], other: Float[np.ndarray, "m 4"]) -> Float[np.ndarray, "n m"]:
    """Intersection over union of each pair, 0-1; boxes without area overlap nothing."""
    width = np.minimum(one[:, None, 2], other[None, :, 2]) - np.maximum(one[:, None, 0], other[None, :, 0])
    height = np.minimum(one[:, None, 3], other[None, :, 3]) - np.maximum(one[:, None, 1], other[None, :, 1])
    shared = np.maximum(width, 0) * np.maximum(height, 0)
    areas = [(boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) for boxes in (one, other)]
    joint = areas[0][:, None] + areas[1][None] - shared
    return np.divide(shared, joint, out=np.zeros_like(shared), where=joint > 0)


def match_image(
    boxes: ImageBoxes,
    *,
    thresholds: tuple[float, ...] = IOU_THRESHOLDS,
    face_height_px: tuple[float, float] = (0.0, np.inf),
) -> Matches:
    """From the surest on, each found box takes the free face it overlaps most, if by the threshold at least (Lin et al. 2014).

    face_height_px: faces outside [low, high) are ignored, with the boxes that fit them only and unmatched boxes as high.
    Boxes of equal score go by their places, of equal overlap the first face is taken, so their order says nothing.
    """
    found = checked_boxes(boxes.found_xyxy_px, f"found boxes of {boxes.image}")
    asked = checked_boxes(boxes.true_xyxy_px, f"true boxes of {boxes.image}")
    hidden = checked_boxes(boxes.ignored_xyxy_px, f"ignored boxes of {boxes.image}")
    true = np.concatenate([asked, hidden])
    score = np.asarray(boxes.score, np.float64)
    if len(score) != len(found) or not np.isfinite(score).all():
        raise InputError(
            f"scores of {boxes.image} are {len(score)} for {len(found)} boxes; expected a finite one for each"
        )
    order = np.lexsort((*found.T[::-1], -score))
    found, score = found[order], score[order]
    outside = np.concatenate([_outside(asked, face_height_px), np.ones(len(hidden), bool)])
    levels = np.asarray(thresholds, float)[:, None]
    face = np.full((len(levels), len(found)), _NOTHING, np.int64)
    ignored = np.zeros_like(face, dtype=bool)
    free = np.ones((len(levels), len(true)), bool)
    for row, candidates, shares in _candidates(found, true, levels.min() - 1e-12):
        may = free[:, candidates] & (shares >= levels - 1e-12)
        wanted = may & ~outside[candidates]  # a face that counts goes before one that is ignored
        usable = np.where(wanted.any(axis=1, keepdims=True), wanted, may)
        best = np.where(usable, shares, -1.0).argmax(axis=1)
        hit = np.flatnonzero(usable[np.arange(len(levels)), best])
        taken = candidates[best[hit]]
        face[hit, row], free[hit, taken], ignored[hit, row] = taken, False, outside[taken]
    ignored |= (face == _NOTHING) & _outside(found, face_height_px)
    return Matches(score, order, face, ignored, int((~outside).sum()))


def face_of(
    found_xyxy_px: Float[np.ndarray, "n 4"], true_xyxy_px: Float[np.ndarray, " 4"], least_iou: float = 0.5
) -> int | None:
    """Number of the found box that overlaps a person's true box most, None if none does by `least_iou`: whose landmarks are compared."""
    if len(found_xyxy_px) == 0:
        return None
    shares = overlap(checked_boxes(found_xyxy_px, "found boxes"), np.asarray(true_xyxy_px, float)[None])[:, 0]
    best = int(shares.argmax())
    return best if shares[best] >= least_iou else None


def _outside(boxes: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    height = boxes[:, 3] - boxes[:, 1]
    return (height < limits[0]) | (height >= limits[1])


def _candidates(found: np.ndarray, true: np.ndarray, least: float) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Number of a found box, faces it overlaps by `least`, how much; most boxes meet few faces, so 5,000 of each are quick."""
    for first in range(0, len(found) if len(true) else 0, _ROWS_AT_ONCE):
        shares = overlap(found[first : first + _ROWS_AT_ONCE], true)
        rows, columns = np.nonzero(shares >= least)
        starts = np.searchsorted(rows, np.arange(len(shares) + 1))
        for row in np.unique(rows):
            chosen = columns[starts[row] : starts[row + 1]]
            yield first + row, chosen, shares[row, chosen]
