"""A portrait as it is held: in which frame and through which lens it is seen, how its head is turned, what its face does."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Float32

from thermvision.motion.arkit import ARKIT_NAMES
from thermvision.portraits.fitted import motion_coefficients
from thermvision.portraits.framing import FIELD_OF_VIEW_DEG
from thermvision.types import InputError, Portrait

SIZE_RANGE_PX, MULTIPLE_PX = (64, 4096), 4


@dataclass(frozen=True, slots=True)
class HeldPortrait:
    """A portrait with the pose and face from which a motion moves it."""

    portrait: Portrait
    width_px: int
    height_px: int
    horizontal_fov_deg: float
    place_mm: Float[np.ndarray, " 3"] | None  # of the head joint, camera frame; None: in the middle of the frame
    camera_from_head: Float[np.ndarray, "3 3"]
    arkit: Float32[np.ndarray, " 52"]  # as a Motion has them
    gaze_deg: Float32[np.ndarray, " 2"]

    def view(self) -> dict[str, Any]:
        """What `retarget.mesh.retarget` takes beside portrait and motion."""
        names = ("width_px", "height_px", "horizontal_fov_deg", "place_mm")
        return {name: getattr(self, name) for name in names}


def held_straight(portrait: Portrait, size_px: int) -> HeldPortrait:
    """A portrait of the simulator in a square frame: looking into the camera, calm."""
    calm = np.zeros(len(ARKIT_NAMES), np.float32)
    width_px, height_px = frame_size(1, 1, size_px)
    return HeldPortrait(
        portrait, width_px, height_px, FIELD_OF_VIEW_DEG, None, np.eye(3), calm, np.zeros(2, np.float32)
    )


def held_as_pictured(given: Any, size_px: int | None) -> HeldPortrait:
    """A `portraits.from_picture.PicturePortrait` as its picture shows it, in a frame whose longer side has `size_px`."""
    fit = given.fit
    width_px, height_px = frame_size(fit.view.width_px, fit.view.height_px, size_px)
    return HeldPortrait(
        given.portrait,
        width_px,
        height_px,
        math.degrees(2 * math.atan(0.5 * fit.view.width_px / fit.view.focal_px)),
        np.asarray(fit.head_position_mm, np.float64),
        np.asarray(fit.camera_from_head, np.float64),
        motion_coefficients(fit),
        fit.gaze_deg.astype(np.float32),
    )


def before(held: HeldPortrait, background_c: float) -> HeldPortrait:
    """The same portrait before an even background of that temperature in C, -40 to 60, else InputError."""
    if not -40 <= background_c <= 60:
        raise InputError(f"background is {background_c:g} C; expected -40 to 60, or keep")
    even = np.full((2, 2), background_c + 273.15, np.float32)
    head = dataclasses.replace(held.portrait.head, background_k=even)
    return dataclasses.replace(held, portrait=dataclasses.replace(held.portrait, head=head))


def frame_size(width_px: int, height_px: int, longer_px: int | None) -> tuple[int, int]:
    """Width and height of frames in the shape of a picture, multiples of 4; InputError beyond 64 to 4096 px."""
    wanted = max(width_px, height_px) if longer_px is None else longer_px
    scale = wanted / max(width_px, height_px)
    sides = tuple(max(MULTIPLE_PX, MULTIPLE_PX * round(scale * side / MULTIPLE_PX)) for side in (width_px, height_px))
    low, high = SIZE_RANGE_PX
    if not low <= max(sides) <= high:
        raise InputError(f"frames would be {sides[0]}x{sides[1]} px; expected {low} to {high} px: give another --size")
    return sides[0], sides[1]
