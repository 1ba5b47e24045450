"""Why a picture is refused, or taken with a warning: what it shows is no face's skin, or too little of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32

from thermvision.portraits.skin_from_picture import SeenSkin
from thermvision.thermal.radiometry import RANGE_K
from thermvision.types import ZERO_CELSIUS_K, InputError

LEAST_SEEN_SHARE, LEAST_PAINTED_SHARE = 0.22, 0.4
SKIN_RANGE_C = (18.0, 43.0)  # of the face's median: from a face in frost to fever
WARN_RANGE_C = (28.0, 39.0)
LEAST_SPREAD_K, COOLER_THAN_ROOM_K = 0.03, 2.0
ALIKE_K = 3.0  # skin lies within so much of physiology fitted to it


@dataclass(frozen=True, slots=True)
class SkinFacts:
    """Shares from 0 to 1, and what to mind."""

    seen_share: float
    painted_share: float
    warnings: tuple[str, ...]


def check_picture(temperature_k: Float32[np.ndarray, "h w"], source: str) -> None:
    """InputError for what is no picture in kelvin: another shape, not finite, or no temperatures."""
    if temperature_k.ndim != 2:
        raise InputError(
            f"{source}: the picture has the shape {temperature_k.shape}; expected (height, width) in kelvin"
        )
    low, high = float(np.min(temperature_k)), float(np.max(temperature_k))
    if not (RANGE_K[0] < low and high < RANGE_K[1]):  # also catches NaN
        raise InputError(
            f"{source}: temperatures run from {low:.6g} to {high:.6g}; expected kelvin between {RANGE_K[0]:g} and {RANGE_K[1]:g}:"
            " convert the picture, or state what its greys mean"
        )


def check_skin(
    seen: SeenSkin,
    physiology_k: Float32[np.ndarray, " n"],
    in_face: Bool[np.ndarray, " n"],
    room_k: float,
    source: str,
) -> SkinFacts:
    """How much of the face is seen as skin; InputError if it is too little, or not as warm as faces are.

    physiology_k: what was fitted to the seen skin, at the texels of `seen`; in_face: texels of the face's skin. room_k: of what is behind.
    """
    weight = seen.weight * in_face
    seen_share = float(weight.sum() / max(in_face.sum(), 1))
    shown = weight > 0.5
    if seen_share < LEAST_SEEN_SHARE or not shown.any():
        raise InputError(
            f"{source} shows {100 * seen_share:.0f} % of the face's skin (needed: {100 * LEAST_SEEN_SHARE:.0f} %); give a picture that shows"
            " the whole face, larger and less turned"
        )
    values = seen.seen_k[shown]
    middle_c = float(np.median(values)) - ZERO_CELSIUS_K
    if not SKIN_RANGE_C[0] <= middle_c <= SKIN_RANGE_C[1]:
        raise InputError(
            f"{source}: the face is at {middle_c:.1f} C; expected {SKIN_RANGE_C[0]:g} to {SKIN_RANGE_C[1]:g} C for skin: state the span of"
            " temperatures that the greys mean, or give a thermal picture"
        )
    spread = float(np.subtract(*np.percentile(values, [90, 10])))
    if spread < LEAST_SPREAD_K:
        raise InputError(
            f"{source}: the face has one temperature everywhere ({middle_c:.1f} C): it is saturated; give a picture with a wider span"
        )
    alike = np.abs(seen.seen_k - physiology_k) < ALIKE_K
    painted = float((weight * alike).sum() / weight.sum())
    if painted < LEAST_PAINTED_SHARE:
        raise InputError(
            f"{source}: only {100 * painted:.0f} % of the visible face is as warm as skin (needed: {100 * LEAST_PAINTED_SHARE:.0f} %); give"
            " a picture with an uncovered face in kelvin"
        )
    warnings = []
    if not WARN_RANGE_C[0] <= middle_c <= WARN_RANGE_C[1]:
        warnings.append(
            f"the face is at {middle_c:.1f} C, faces in rooms at {WARN_RANGE_C[0]:g} to {WARN_RANGE_C[1]:g} C"
        )
    if middle_c + ZERO_CELSIUS_K < room_k - COOLER_THAN_ROOM_K:
        warnings.append(
            f"the face is {room_k - middle_c - ZERO_CELSIUS_K:.1f} K cooler than what is behind it; if the picture is black-hot, turn it round"
        )
    if painted < 0.8:
        warnings.append(f"{100 * (1 - painted):.0f} % of the visible face is covered; it rides along with the skin")
    return SkinFacts(seen_share, painted, tuple(warnings))
