"""Two motions at once."""

from __future__ import annotations

import dataclasses

import numpy as np
from jaxtyping import Float

from thermvision.motion.edit.between_frames import mix, pick_frames
from thermvision.motion.edit.resample import resample
from thermvision.types import InputError, Motion


def blend(first: Motion, second: Motion, weight: float | Float[np.ndarray, " f"]) -> Motion:
    """Two motions mixed: weight 0 is the first, 1 the second; rotations along the great circle, the rest linear.

    weight: 0 to 1, one for all frames or one for each. The second is brought to the rate of the first and the result is as
    long as the shorter of them. `measured` and the expression come from the heavier one. Blend motions that mean the same by
    their zero: two programs, or two tracked motions after `relative_to_neutral`. Raises InputError for weights outside the
    range or of another length.
    """
    second = resample(second, first.rate_hz)
    count = min(len(first), len(second))
    weights = np.asarray(weight, np.float64)
    if weights.ndim == 0:
        weights = np.full(count, float(weights))
    if weights.shape != (count,):
        raise InputError(
            f"weight has {len(weights)} values; expected one, or {count}, the frames that both motions have"
        )
    if not ((weights >= 0) & (weights <= 1)).all():
        raise InputError("weight has values outside 0 to 1 or that are no numbers; expected 0 (first) to 1 (second)")
    frames = np.arange(count)
    mixed = mix(pick_frames(first, frames), pick_frames(second, frames), weights)
    return dataclasses.replace(mixed, kind=first.kind if first.kind == second.kind else "tracked")
