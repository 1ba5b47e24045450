"""By what a landmark error is divided: named, because the figures of different ones cannot be compared."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from jaxtyping import Float

from thermvision.tasks.measures.landmark_points import OUTER_EYE_CORNERS, PUPILS, convention_of
from thermvision.types import InputError

Normaliser = Literal["outer eye corners", "inter-pupil", "box diagonal", "sqrt(W*H)", "W/H"]
NORMALISERS: tuple[str, ...] = get_args(Normaliser)
_LEAST_PX = 1e-6


def normaliser_px(
    name: str, true_px: Float[np.ndarray, "i n 2"], bbox_xyxy_px: Float[np.ndarray, "i 4"]
) -> Float[np.ndarray, "i 2"]:
    """What errors along x and y are divided by, px; all but `W/H` are the same for both.

    outer eye corners: points 36 and 45 of 68 (300-W, Sagonas et al. 2013; SF-TL54). inter-pupil: the pupils, or the mean of each eye's six
    points where the convention has none. box diagonal, sqrt(W*H): of the true box (Bulat & Tzimiropoulos 2017). W/H: x errors by the
    box's width and y errors by its height (T-FAKE's rule as the fact sheet names it; the paper's formula was not at hand).
    InputError for an unknown name, for a convention without eyes, and for eyes or a box of no size: these would make any error infinite.
    """
    if name not in NORMALISERS:
        raise InputError(f"normaliser is '{name}'; expected one of {', '.join(NORMALISERS)}")
    if name in ("outer eye corners", "inter-pupil"):
        ends = _eyes_px(name, true_px)
        size = np.repeat(np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)[:, None], 2, axis=1)
    else:
        sides = bbox_xyxy_px[:, 2:] - bbox_xyxy_px[:, :2]
        size = {
            "box diagonal": np.repeat(np.linalg.norm(sides, axis=1)[:, None], 2, axis=1),
            "sqrt(W*H)": np.repeat(np.sqrt(np.maximum(sides, 0).prod(axis=1))[:, None], 2, axis=1),
            "W/H": sides,
        }[name]
    bad = np.flatnonzero(~(size > _LEAST_PX).all(axis=1))
    if len(bad):
        raise InputError(
            f"{name} of image number {bad[0]} is {size[bad[0]].min():g} px; expected more than 0: leave the image out or use another normaliser"
        )
    return size.astype(float)


def _eyes_px(name: str, true_px: np.ndarray) -> np.ndarray:
    """(i, 2, 2) the two points between which is measured."""
    convention = convention_of(true_px.shape[1])
    if name == "outer eye corners":
        if convention not in OUTER_EYE_CORNERS:
            raise InputError(
                f"outer eye corners are not among the {convention} points; use inter-pupil or a normaliser by the box"
            )
        return true_px[:, list(OUTER_EYE_CORNERS[convention])]
    if convention in PUPILS:
        return true_px[:, list(PUPILS[convention])]
    return np.stack([true_px[:, 36:42].mean(axis=1), true_px[:, 42:48].mean(axis=1)], axis=1)
