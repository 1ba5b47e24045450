"""A part of a motion."""

from __future__ import annotations

import math

import numpy as np

from thermvision.motion.edit.between_frames import pick_frames
from thermvision.types import InputError, Motion


def trim(motion: Motion, start_s: float = 0.0, stop_s: float | None = None) -> Motion:
    """The frames from `start_s` up to, but without, `stop_s`; frame k is shown at k / rate_hz.

    Both in seconds from the first frame; None is the end, a stop after the end is the end. Parts that follow one another make
    up the whole. Raises InputError where no frame lies between them.
    """
    length_s = len(motion) / motion.rate_hz
    stop = length_s if stop_s is None else stop_s
    if not (0 <= start_s < stop and math.isfinite(start_s)):
        raise InputError(
            f"start_s is {start_s:g} and stop_s {stop:g}; expected 0 <= start_s < stop_s in a motion of {length_s:g} s"
        )
    # A frame's time is not exact in binary: 0.1 s at 30 frames/s is frame 3.
    first, end = (math.ceil(round(min(t, length_s) * motion.rate_hz, 6)) for t in (start_s, stop))
    if first >= end:
        raise InputError(
            f"start_s is {start_s:g} and stop_s {stop:g}; no frame lies between them in a motion of {length_s:g} s at"
            f" {motion.rate_hz:g} frames/s: move them apart"
        )
    return pick_frames(motion, np.arange(first, end))
