"""Another frame rate for the same movement."""

from __future__ import annotations

import dataclasses

import numpy as np

from thermvision.motion.edit.between_frames import at_frames
from thermvision.motion.limits import MAX_FRAMES, RATE_LIMITS_HZ
from thermvision.types import InputError, Motion


def resample(motion: Motion, rate_hz: float) -> Motion:
    """The same movement at another rate, from the first frame to the last that fits in.

    rate_hz: 1 to 1000 frames/s. Rotations are interpolated along the great circle, labels taken from the nearest frame, the
    rest is linear; the same rate gives the same motion. Nothing is smoothed before frames are left out: a blink of 0.1 s may
    fall between the frames of a rate below 20. Raises InputError for a rate outside the range or more than 200,000 frames.
    """
    low, high = RATE_LIMITS_HZ
    if not low <= rate_hz <= high:
        raise InputError(f"rate_hz is {rate_hz:g}; expected {low:g} to {high:g} frames/s: choose another rate")
    if rate_hz == motion.rate_hz:
        return motion
    ratio = motion.rate_hz / rate_hz
    count = int(np.floor((len(motion) - 1) / ratio * (1 + 1e-12) + 1e-9)) + 1
    if count > MAX_FRAMES:
        raise InputError(
            f"rate_hz is {rate_hz:g}, which makes {count} frames of this motion; at most {MAX_FRAMES}: trim it"
        )
    place = np.minimum(np.arange(count) * ratio, len(motion) - 1.0)
    return dataclasses.replace(at_frames(motion, place), rate_hz=float(rate_hz))
