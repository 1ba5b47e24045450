"""The landmark sets of a label from MediaPipe's 478 points."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32, Int

# iBUG 68 by MediaPipe's indices (the widely used list published by P. Yan, point 13 made symmetric); two mean their middle.
_68 = (
    127, 234, 93, (132, 58), (58, 172), 136, 150, 176, 152, 400, 379, 365, (288, 397), (361, 288), 323, 454, 356,
    70, 63, 105, 66, 107, 336, 296, 334, 293, 300,
    (168, 6), (197, 195), 5, 4, 75, 97, 2, 326, 305,
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    61, 39, 37, 0, 267, 269, 291, 321, 314, 17, 84, 91, 78, 82, 13, 312, 308, 317, 14, 87,
)  # fmt: skip
_SETS = {
    "5": (468, 473, 4, 61, 291),
    "54": (*_68[:48], 61, 0, 291, 17, 13, 14),
    "68": _68,
    "70": (*_68, 468, 473),
    "478": tuple(range(478)),
}


def _pairs(entries: tuple[int | tuple[int, int], ...]) -> Int[np.ndarray, "n 2"]:
    return np.array([entry if isinstance(entry, tuple) else (entry, entry) for entry in entries])


_PAIRS = {name: _pairs(entries) for name, entries in _SETS.items()}


def sets_of(points: Float[np.ndarray, "478 *d"]) -> dict[str, Float32[np.ndarray, "n *d"]]:
    """Places (or any values that may be averaged) of the sets 5, 54, 68, 70 and 478."""
    return {name: points[pairs].mean(axis=1).astype(np.float32) for name, pairs in _PAIRS.items()}


def pairs_of(name: str) -> Int[np.ndarray, "n 2"]:
    """For each point of a set (5, 54, 68, 70, 478) the two of the 478 between which it lies in the middle; the same twice where it is one."""
    return _PAIRS[name]
