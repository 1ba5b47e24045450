"""A motion several times, without a jump at the seams."""

from __future__ import annotations

import numpy as np

from thermvision.motion.edit.between_frames import join, mix, pick_frames
from thermvision.motion.limits import MAX_FRAMES
from thermvision.types import InputError, Motion


def loop(motion: Motion, times: int, fade_s: float = 0.3) -> Motion:
    """The motion `times` times; its end and its next beginning overlap for `fade_s` seconds and are cross-faded.

    times: 1 or more; 1 gives the motion as it is. fade_s: 0 to half the length; 0 joins without fading. The result has
    times * frames - (times - 1) * round(fade_s * rate_hz) frames. Across a seam of n faded frames the step from frame to
    frame grows by at most 1 / (n + 1) of how far end and beginning lie apart. Raises InputError for other values and for more
    than 200,000 frames.
    """
    if times == 1:
        return motion
    faded = round(fade_s * motion.rate_hz) if 0 <= fade_s <= len(motion) / motion.rate_hz else -1
    if not 0 <= faded <= len(motion) // 2:
        raise InputError(
            f"fade_s is {fade_s:g}; expected 0 to half of the motion's {len(motion) / motion.rate_hz:g} s: shorten it"
        )
    total = times * len(motion) - (times - 1) * faded
    if times < 1 or total > MAX_FRAMES:
        raise InputError(f"times is {times}; expected 1 or more and at most {MAX_FRAMES} frames in all: choose fewer")
    last = len(motion) - faded
    weight = np.arange(1, faded + 1) / (faded + 1)
    seam = mix(pick_frames(motion, np.arange(last, len(motion))), pick_frames(motion, np.arange(faded)), weight)
    middle = pick_frames(motion, np.arange(faded, last))
    head, tail = pick_frames(motion, np.arange(faded)), pick_frames(motion, np.arange(last, len(motion)))
    return join([head, middle, *[part for _ in range(times - 1) for part in (seam, middle)], tail])
