"""Landmark sets by MediaPipe's 478 indices: iBUG 68, SF-TL54, 70 (68 and pupils), five points.

The 68 from 468 is the widely used list published by P. Yan with point 13 made symmetric; two indices mean their middle.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

IBUG_68 = (
    127, 234, 93, (132, 58), (58, 172), 136, 150, 176, 152, 400, 379, 365, (288, 397), (361, 288), 323, 454, 356,
    70, 63, 105, 66, 107, 336, 296, 334, 293, 300,
    (168, 6), (197, 195), 5, 4, 75, 97, 2, 326, 305,
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    61, 39, 37, 0, 267, 269, 291, 321, 314, 17, 84, 91, 78, 82, 13, 312, 308, 317, 14, 87,
)  # fmt: skip
SETS = {
    "478": tuple(range(478)),
    "68": IBUG_68,
    "54": (*IBUG_68[:48], 61, 0, 291, 17, 13, 14),
    "70": (*IBUG_68, 468, 473),
    "5": (468, 473, 4, 61, 291),  # pupils, nose tip, mouth corners; image left first
}


def from_478() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Set -> (members (n, 2), blend (n, 2)): each point is the blend of two of the 478."""
    table = {}
    for name, entries in SETS.items():
        pairs = [entry if isinstance(entry, tuple) else (entry, entry) for entry in entries]
        table[name] = (np.array(pairs), np.full((len(pairs), 2), 0.5))
    return table


def mirror_partners(positions: np.ndarray) -> np.ndarray:
    """For each of the 478 points the index of its mirror image in x: the assignment of least squared distance."""
    mirrored = positions * [-1, 1, 1]
    squared = ((positions[:, None] - mirrored[None]) ** 2).sum(axis=2)
    _, partner = linear_sum_assignment(squared + squared.T)
    if not (partner[partner] == np.arange(len(positions))).all():
        raise ValueError("the landmarks do not pair up left to right")
    return partner
