"""Cuts in a driving video: a motion over a cut is a jump that nobody made."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8

from thermvision.types import InputError

_ROWS, _COLUMNS = 18, 32
# A cut changes most of the picture at once and much more than its neighbours do, and the face with it: in two videos of 354
# and 250 frames no change is over 0.016 of the grey range; a cut within one of them is 0.10, between them 0.17.
_PICTURE, _OVER_NEIGHBOURS, _NEIGHBOURS = 0.05, 5.0, 4
_FACE = 0.04  # mean way of the face's points from one frame to the next, in widths of the face; a flash moves none


def thumbnail(picture: UInt8[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "18 32"]:
    """A small grey copy, 0-1, to compare frames with."""
    rows = np.linspace(0, picture.shape[0], _ROWS + 1).astype(int)
    columns = np.linspace(0, picture.shape[1], _COLUMNS + 1).astype(int)
    grey = picture.mean(axis=2, dtype=np.float32)
    sums = np.add.reduceat(np.add.reduceat(grey, rows[:-1], axis=0), columns[:-1], axis=1)
    return (sums / (np.diff(rows)[:, None] * np.diff(columns)[None]) / 255).astype(np.float32)


def find_cut(
    thumbnails: Float32[np.ndarray, "f 18 32"],
    points_px: Float[np.ndarray, "f n 3"],
    measured: Bool[np.ndarray, " f"],
) -> int | None:
    """The first frame of a new take, or None: the picture changes all at once and the face with it.

    points_px need to hold only where measured. A flash is no cut, as brightness and contrast of the whole do not count, nor
    is a head that turns fast, as the frames around change as well.
    """
    even = thumbnails - thumbnails.mean(axis=(1, 2), keepdims=True)
    spread = np.maximum(even.std(axis=(1, 2), keepdims=True), 1e-3)
    even *= np.median(spread) / spread
    change = np.abs(np.diff(even, axis=0)).mean(axis=(1, 2))
    for frame in map(int, np.flatnonzero(change > _PICTURE) + 1):
        around = [change[max(0, frame - 1 - _NEIGHBOURS) : frame - 1], change[frame : frame + _NEIGHBOURS]]
        if change[frame - 1] < _OVER_NEIGHBOURS * float(np.median(np.concatenate([*around, [0.0]]))):
            continue
        before, after = np.flatnonzero(measured[:frame]), np.flatnonzero(measured[frame:])
        if len(before) and len(after) and _moved(points_px[before[-1]], points_px[frame + after[0]]) > _FACE:
            return frame
    return None


def refuse_cut(cut: int | None, rate_hz: float, source: str) -> None:
    """InputError if there is a cut: when, and what to do."""
    if cut is not None:
        raise InputError(
            f"{source} has a cut at {cut / rate_hz:.2f} s (frame {cut}); a driver is one take: cut the video there and give the parts one by one"
        )


def _moved(before: np.ndarray, after: np.ndarray) -> float:
    """Mean way of the points in widths of the face."""
    way = np.linalg.norm(after[:, :2] - before[:, :2], axis=1).mean()
    return float(way / max(np.ptp(before[:, 0]), np.ptp(after[:, 0]), 1e-6))
