"""Which keypoints belong to which part of the face, and an expression put together from two people's."""

from __future__ import annotations

from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

Region = Literal["all", "expression", "pose", "lips", "eyes"]
LIPS, EYES = (6, 12, 14, 17, 19, 20), (11, 13, 15, 16, 18)
IMAGE_LEFT_EYE, IMAGE_RIGHT_EYE = (11, 13), (15, 16)  # upper and lower lid
# What of a displacement is expression and not the person's own shape (reference 2.2): whole keypoints, then single axes.
_EXPRESSIVE = (1, 2, 6, *range(11, 21))
_EXPRESSIVE_AXES = ((3, 1), (4, 1), (5, 2), (8, 2), (9, 1), (9, 2))
MOVES_HEAD: dict[Region, bool] = {"all": True, "expression": False, "pose": True, "lips": False, "eyes": False}


def copied(region: Region, *, whole: bool) -> Bool[np.ndarray, "21 3"]:
    """Which numbers of the 21 displacements come from the driver.

    whole: all of them where a change is added; else only those that are expression, as a displacement itself also holds the
    shape of its person (absolute motion, and each frame of a source video).
    """
    taken = np.zeros((21, 3), bool)
    if region in ("all", "expression"):
        taken[list(range(21) if whole else _EXPRESSIVE)] = True
        for keypoint, axis in _EXPRESSIVE_AXES:
            taken[keypoint, axis] = True
    elif region != "pose":
        taken[list(LIPS if region == "lips" else EYES)] = True
    return taken


def mixed(
    source: Float[np.ndarray, "*#f 21 3"], driven: Float[np.ndarray, "*#f 21 3"], taken: Bool[np.ndarray, "21 3"]
) -> Float[np.ndarray, "*f 21 3"]:
    """The driven displacements where they are taken, the source's elsewhere."""
    return np.where(taken, driven, source)
