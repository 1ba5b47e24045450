"""What someone painted over a picture: colour bars, text, crosshairs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float32
from scipy import ndimage

BAND = 0.14  # of the side, where overlays sit
BUSY_SHARE = 0.02
EVENNESS = 0.03  # of the range, over the three lines of a bar
JUMP, JUMP_PX, JUMP_SHARE = 0.1, 3, 0.4  # of the range within so many pixels, all at one line, along so much of a bar
WIDEST = 0.12  # of the side, bars


def painted_bar_length(grey: Float32[np.ndarray, "h w"]) -> float:
    """Longest even ramp along a border, the same over three or more lines and with an edge of its own, as a share of that side (0-1)."""
    return max(_bar_along_left(side) for side in (grey, grey[:, ::-1], grey.T, grey.T[:, ::-1]))


def painted_stroke_pixels(grey: Float32[np.ndarray, "h w"]) -> int | None:
    """Number of pixels on thin strokes (up to 6 px) in the picture's very darkest or brightest tone that jump by half its range.

    Looked for in a band of 14 % round the border and within 6 % of the centre, where cameras and painters put words and
    crosses. None where that place is so full of fine structure (over 2 %) that strokes would not stand out: trees, windows.
    """
    height, width = grey.shape
    reach = max(float(np.subtract(*np.percentile(grey, [99, 1]))), 1e-6)
    y, x = np.arange(height)[:, None] / height, np.arange(width)[None] / width
    place = (np.minimum(y, 1 - y) < BAND) | (np.minimum(x, 1 - x) < BAND)
    place |= (np.abs(y - 0.5) < 0.06) & (np.abs(x - 0.5) < 0.06)
    total = 0
    for hat, extreme in (
        (grey - ndimage.grey_opening(grey, (7, 7)), float(grey.max())),
        (ndimage.grey_closing(grey, (7, 7)) - grey, float(grey.min())),
    ):
        if (hat[place] > 0.25 * reach).mean() > BUSY_SHARE:
            return None
        total += int(((hat > 0.5 * reach) & (np.abs(grey - extreme) < 0.02 * reach) & place).sum())
    return total


def _bar_along_left(grey: Float32[np.ndarray, "h w"]) -> float:
    height, width = grey.shape
    reach = max(float(np.subtract(*np.percentile(grey, [99, 1]))), 1e-6)
    longest = 0
    for first in range(max(int(BAND * width), 4) - 2):
        lines = grey[:, first : first + 3]
        even = np.ptp(lines, axis=1) < EVENNESS * reach
        profile = ndimage.uniform_filter1d(lines.mean(axis=1), 3)
        for sign in (1, -1):
            rising = (sign * np.diff(profile) >= -1e-3 * reach) & even[1:]
            for length, rows in _ramps(rising, profile, 0.5 * reach):
                inward = grey[rows, first : first + max(int(WIDEST * width), JUMP_PX + 1)]
                if length > longest and _has_an_edge(inward, JUMP * reach):
                    longest = length
    return longest / height


def _has_an_edge(inward: np.ndarray, jump: float) -> bool:
    """Whether many rows jump at the same place, as beside a drawn bar; soft cloth fades, and outlines run aslant."""
    jumps = np.abs(inward[:, JUMP_PX:] - inward[:, :-JUMP_PX]) > jump
    return jumps.shape[1] > 0 and float(jumps.mean(axis=0).max()) > JUMP_SHARE


def _ramps(rising: np.ndarray, profile: np.ndarray, span: float) -> Iterator[tuple[int, slice]]:
    """Length and rows of each run of `rising` whose profile spans at least `span` and has no step over a fifth of it.

    Counted is where the middle nine tenths of the rise happen, a tenth more for the ends: a wall and the soft edge of what stands
    before it rise too, but not evenly.
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], rising.astype(np.int8), [0]])))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        part = profile[start : stop + 1]
        rise = abs(float(part[-1] - part[0]))
        if rise >= span and np.abs(np.diff(part)).max() < 0.2 * span:
            done = np.abs(part - part[0]) / rise
            middle = np.flatnonzero((done > 0.05) & (done < 0.95))
            length = round(len(middle) / 0.9)
            yield length, slice(int(start + middle[0]), int(start + middle[-1]) + 1)
