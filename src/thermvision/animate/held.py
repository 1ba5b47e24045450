"""A portrait as it is held: in which frame and through which lens it is seen, how its head is turned, what its face does."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Float32

from thermvision.animate.settings import MULTIPLE_PX, SIZE_RANGE_PX
from thermvision.motion.arkit import ARKIT_NAMES
from thermvision.motion.line_of_sight import sight_turn
from thermvision.portraits.framing import FIELD_OF_VIEW_DEG
from thermvision.types import ZERO_CELSIUS_K, InputError, Portrait

if TYPE_CHECKING:
    from thermvision.portraits.from_picture import PicturePortrait

_AHEAD = np.array([0.0, 0.0, 1.0])  # the way the camera looks


@dataclass(frozen=True, slots=True)
class HeldPortrait:
    """A portrait with the pose and face from which a motion moves it."""

    portrait: Portrait
    width_px: int
    height_px: int
    horizontal_fov_deg: float
    place_mm: Float[np.ndarray, " 3"] | None  # of the head joint, camera frame; None: in the middle of the frame
    sight_from_head: Float[np.ndarray, "3 3"]  # as seen along the line of sight, as a Motion has it
    arkit: Float32[np.ndarray, " 52"]  # as a Motion has them
    gaze_deg: Float32[np.ndarray, " 2"]

    def view(self) -> dict[str, Any]:
        """What `retarget.mesh.retarget` takes beside portrait and motion."""
        names = ("width_px", "height_px", "horizontal_fov_deg", "place_mm")
        return {name: getattr(self, name) for name in names}

    def to_sight(self) -> Float[np.ndarray, "3 3"]:
        """sight_from_camera: off the middle of the picture, a face that looks into the camera is turned in camera axes."""
        return np.eye(3) if self.place_mm is None else sight_turn(_AHEAD, self.place_mm).T

    @property
    def camera_from_head(self) -> Float[np.ndarray, "3 3"]:
        """How the head is held, in camera axes: what labels say."""
        return np.asarray(self.to_sight().T @ self.sight_from_head)


def held_straight(portrait: Portrait, size_px: int) -> HeldPortrait:
    """A portrait of the simulator in a square frame: looking into the camera, calm."""
    calm = np.zeros(len(ARKIT_NAMES), np.float32)
    width_px, height_px = frame_size(1, 1, size_px)
    return HeldPortrait(
        portrait, width_px, height_px, FIELD_OF_VIEW_DEG, None, np.eye(3), calm, np.zeros(2, np.float32)
    )


def held_as_pictured(given: PicturePortrait, size_px: int | None) -> HeldPortrait:
    """A picture's portrait as the picture shows it, in a frame whose longer side has `size_px`; None: the picture's own."""
    fit = given.fit
    width_px, height_px = frame_size(fit.view.width_px, fit.view.height_px, size_px)
    place_mm = np.asarray(given.place_mm, np.float64)
    return HeldPortrait(
        given.portrait,
        width_px,
        height_px,
        given.horizontal_fov_deg,
        place_mm,
        np.asarray(sight_turn(_AHEAD, place_mm).T @ fit.camera_from_head, np.float64),
        given.arkit,
        fit.gaze_deg.astype(np.float32),
    )


def before(held: HeldPortrait, background_c: float) -> HeldPortrait:
    """The same portrait before an even background of that temperature in C, -40 to 60, else InputError."""
    if not -40 <= background_c <= 60:
        raise InputError(f"background is {background_c:g} C; expected -40 to 60, or keep")
    even = np.full((2, 2), background_c + ZERO_CELSIUS_K, np.float32)
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
