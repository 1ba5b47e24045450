"""Cuts in a driving video: a motion over a cut is a jump that nobody made."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8

from thermvision.types import InputError

_ROWS, _COLUMNS = 18, 32
# A cut changes most of the picture at once, much more than its neighbours do, and a face that is not the same place and size
# (or is another's). Shares of the grey range and of the face's width; heads at 5 m/s stay below.
_PICTURE, _OVER_NEIGHBOURS, _FACE_JUMP, _FACE_GROWS = 0.06, 5.0, 0.6, 1.4
_OTHER_PICTURE = 0.2


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

    points_px need to hold only where measured. A flash or a head that turns fast is no cut: the face stays where it was.
    """
    change = np.abs(np.diff(thumbnails, axis=0)).mean(axis=(1, 2))
    for frame in map(int, np.flatnonzero(change > _PICTURE) + 1):
        around = np.concatenate([change[max(0, frame - 5) : frame - 1], change[frame : frame + 4]])
        if len(around) and change[frame - 1] < _OVER_NEIGHBOURS * float(np.median(around)) + 0.01:
            continue
        before, after = _last(measured, frame), _next(measured, frame)
        if before is None or after is None:
            continue
        if change[frame - 1] > _OTHER_PICTURE or _jumps(points_px[before], points_px[after]):
            return frame
    return None


def refuse_cut(cut: int | None, rate_hz: float, source: str) -> None:
    """InputError if there is a cut: when, and what to do."""
    if cut is not None:
        raise InputError(
            f"{source} has a cut at {cut / rate_hz:.2f} s (frame {cut}); a driver is one take: cut the video there and give the parts one by one"
        )


def _last(measured: np.ndarray, frame: int) -> int | None:
    seen = np.flatnonzero(measured[:frame])
    return int(seen[-1]) if len(seen) else None


def _next(measured: np.ndarray, frame: int) -> int | None:
    seen = np.flatnonzero(measured[frame:])
    return frame + int(seen[0]) if len(seen) else None


def _jumps(before: np.ndarray, after: np.ndarray) -> bool:
    widths = [float(np.ptp(points[:, 0])) for points in (before, after)]
    moved = float(np.linalg.norm(after[:, :2].mean(axis=0) - before[:, :2].mean(axis=0)))
    grown = max(widths) / max(min(widths), 1e-6)
    return moved > _FACE_JUMP * min(widths) or grown > _FACE_GROWS
