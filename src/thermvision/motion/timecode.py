"""Timecodes hh:mm:ss:ff.fff, their times in seconds, and the frame rate of rows that carry times."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from thermvision.motion.gaps import LONGEST_GAP_S
from thermvision.motion.limits import MAX_FRAMES
from thermvision.types import InputError

RATE_WITHOUT_TIMES_HZ = 30.0
WRITTEN_BASE = 60  # frames a second that ff counts: that of Live Link Face on every recording seen, at 30 frames/s too
_BASES = (60, 24, 25, 30, 48, 50, 100, 120)  # the first that fits best
_DAY_S = 86_400.0
_ROUND_RATE = 2e-4  # a measured rate this near to a whole number is that number
_STEADY = 0.25  # of the median step: more than this, and frames are missing
_FORM = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})[:;](\d{1,3}(?:\.\d{1,6})?)")


def times_from_timecodes(codes: Sequence[str], source: str) -> Float[np.ndarray, " f"]:
    """Seconds since the first timecode.

    How many frames make a second is not written in a timecode: of the usual numbers above the largest frame number, the one
    with the most even steps is taken, and 60 where several are as even. Midnight may pass once. Raises InputError for a cell
    that is no timecode.
    """
    parts = np.zeros((len(codes), 4))
    for row, code in enumerate(codes):
        found = _FORM.fullmatch(code)
        if found is None:
            raise InputError(
                f"{source}: Timecode in row {row + 2} is {ascii(code)[:24]}; expected hh:mm:ss:ff.fff: mend the row"
            )
        parts[row] = [float(part) for part in found.groups()]
    whole_s = parts[:, :3] @ [3600.0, 60.0, 1.0]
    if len(codes) > 1 and whole_s[-1] < whole_s[0] - _DAY_S / 2:
        whole_s = whole_s + np.where(whole_s < whole_s[0] - _DAY_S / 2, _DAY_S, 0)
    fitting = [base for base in _BASES if base > parts[:, 3].max()]
    if not fitting:
        raise InputError(
            f"{source}: Timecode counts {parts[:, 3].max():g} frames in a second; expected less than {max(_BASES)}: export it again"
        )
    times = [whole_s + parts[:, 3] / base for base in fitting]
    best = min(times, key=_unevenness)
    return np.asarray(best - best[0])


def _unevenness(times_s: np.ndarray) -> float:
    """How far steps are from their median, as a share of it, over all steps; rounded, so that chance decides nothing."""
    steps = np.diff(times_s)
    typical = float(np.median(steps)) if len(steps) else 0.0
    return round(float(np.abs(steps - typical).mean()) / typical, 4) if typical > 0 else np.inf


def timecode(time_s: float) -> str:
    """A time of the day, in seconds, as hh:mm:ss:ff.fff with 60 frames a second."""
    thousandths = round(time_s * WRITTEN_BASE * 1000) % int(_DAY_S * WRITTEN_BASE * 1000)
    seconds, rest = divmod(thousandths, WRITTEN_BASE * 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def rate_and_places(times_s: Float[np.ndarray, " r"], source: str) -> tuple[float, np.ndarray]:
    """The frame rate of rows with these times, and the frame number of each row.

    Numbers are left out where the steps show that frames are missing. Raises InputError for times that run backwards or stand
    still, gaps of more than 2 s, and rates outside 1 to 1000 frames/s.
    """
    if len(times_s) == 1:
        return RATE_WITHOUT_TIMES_HZ, np.zeros(1, int)
    steps = np.diff(times_s)
    if steps.min() < 0:
        raise InputError(
            f"{source}: the time of row {int(steps.argmin()) + 3} lies before that of the row above; sort the rows"
        )
    if steps.max() > LONGEST_GAP_S:
        raise InputError(
            f"{source}: {steps.max():.1f} s are missing before row {int(steps.argmax()) + 3}; at most {LONGEST_GAP_S:g} s can be"
            " bridged: cut the table there"
        )
    step = float(np.median(steps))
    steady = np.abs(steps - step).max() <= _STEADY * step
    if steady:
        step = float(times_s[-1] - times_s[0]) / len(steps)
    if not 1e-3 * (1 - _ROUND_RATE) <= step <= 1.0 + _ROUND_RATE:
        raise InputError(f"{source}: rows are {step:g} s apart; expected 1 to 1000 rows a second: check the times")
    rate = 1.0 / step
    rate = float(round(rate)) if abs(rate - round(rate)) < _ROUND_RATE * rate else rate
    places = np.arange(len(times_s)) if steady else np.round((times_s - times_s[0]) * rate).astype(int)
    if places[-1] >= MAX_FRAMES:
        raise InputError(
            f"{source}: its times make {places[-1] + 1} frames; at most {MAX_FRAMES}: cut the table into parts"
        )
    return rate, places
