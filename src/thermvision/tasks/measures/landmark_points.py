"""Landmark conventions: which points two of them share, what the points belong to, and where eyes are found in each."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int

from thermvision.head.model import load_head_model
from thermvision.types import InputError

CONVENTIONS = {5: "5", 54: "54", 68: "68", 70: "70", 478: "478"}  # by their number of points
# Of the 68 points (Sagonas et al. 2013, 300-W).
GROUPS_68 = {
    "jaw": range(17), "brows": range(17, 27), "nose": range(27, 36), "eyes": range(36, 48), "mouth": range(48, 68),
}  # fmt: skip
PUPILS = {"5": (0, 1), "70": (68, 69), "478": (468, 473)}  # image left first
OUTER_EYE_CORNERS = {"54": (36, 45), "68": (36, 45), "70": (36, 45), "478": (33, 263)}


def convention_of(num_points: int) -> str:
    """The name of the convention with that many points; InputError for another number."""
    if num_points not in CONVENTIONS:
        raise InputError(
            f"landmarks have {num_points} points; expected one of {', '.join(CONVENTIONS.values())}: name the points that are common to one of them"
        )
    return CONVENTIONS[num_points]


@lru_cache(maxsize=32)
def common_points(one: str, other: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Numbers in `one` and in `other` of the points both have, in the order of `one`: the same place on the head's skin.

    The head model's own sets decide (SF-TL54's are iBUG's but for the lips; 54, 68, 70 and 5 by MediaPipe's 478), so a point that
    lies between two of the other set's points is not common.
    """
    model = load_head_model()
    for name in (one, other):
        if name not in model.landmark_triangles:
            raise InputError(f"landmark convention is '{name}'; expected one of {', '.join(CONVENTIONS.values())}")
    keys = [
        [(int(triangle), *np.round(shares, 4).tolist()) for triangle, shares in zip(model.landmark_triangles[name], model.landmark_barycentric[name], strict=True)]
        for name in (one, other)
    ]  # fmt: skip
    place = {key: number for number, key in enumerate(keys[1])}
    pairs = [(number, place[key]) for number, key in enumerate(keys[0]) if key in place]
    return tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)


def shared_landmarks(
    found_px: Float[np.ndarray, "i n 2"], true_px: Float[np.ndarray, "i m 2"]
) -> tuple[Float[np.ndarray, "i c 2"], Float[np.ndarray, "i c 2"], Int[np.ndarray, " c"]]:
    """Found and true points of two conventions cut to the common ones, and their numbers in the true convention."""
    in_true, in_found = common_points(convention_of(true_px.shape[1]), convention_of(found_px.shape[1]))
    if not in_true:
        raise InputError(
            f"{found_px.shape[1]} and {true_px.shape[1]} landmarks have no point in common; convert one of them first"
        )
    return found_px[:, list(in_found)], true_px[:, list(in_true)], np.array(in_true)


@lru_cache(maxsize=8)
def point_groups(convention: str) -> dict[str, tuple[int, ...]]:
    """Group (jaw, brows, nose, eyes, mouth, pupils) -> its points in a convention, as far as these are points of the 68; empty groups left out."""
    own, in_68 = common_points(convention, "68")
    groups = {
        name: tuple(point for point, number in zip(own, in_68, strict=True) if number in members)
        for name, members in GROUPS_68.items()
    }
    groups["pupils"] = PUPILS.get(convention, ())
    return {name: members for name, members in groups.items() if members}
