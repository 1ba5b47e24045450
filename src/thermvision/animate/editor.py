"""An expression editor: a portrait, a handful of dials with absolute values, and the frame that shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

from thermvision.animate.held import HeldPortrait, held_as_pictured, held_straight
from thermvision.animate.settings import NO_CAMERA
from thermvision.animate.shown import shown
from thermvision.motion.arkit import ARKIT_INDEX
from thermvision.motion.euler import euler_deg, rotation_from_euler_deg
from thermvision.motion.expressions import recognise
from thermvision.motion.programs import GAZE_AT_FULL_DEG
from thermvision.rng import rng
from thermvision.types import Frame, FrameLabels, InputError, Motion, Portrait
from thermvision.wording import did_you_mean

if TYPE_CHECKING:
    from thermvision.portraits.from_picture import PicturePortrait

# What a dial takes: lowest and highest value.
DIALS: dict[str, tuple[float, float]] = {
    "yaw_deg": (-75.0, 75.0), "pitch_deg": (-45.0, 45.0), "roll_deg": (-60.0, 60.0), "gaze": (-35.0, 35.0), "eyes_open": (0.0, 1.5),
    "mouth_open": (0.0, 1.0), "smile": (-1.0, 1.0), "brows": (-1.0, 1.0),
}  # fmt: skip
# Coefficients of both sides that a dial sets, at its upper and at its lower end.
_SMILE = ({"mouthSmile": 0.9, "cheekSquint": 0.5, "eyeSquint": 0.2}, {"mouthFrown": 0.9})
_BROWS = ({"browInnerUp": 0.9, "browOuterUp": 0.9}, {"browDown": 0.9})
_SIDES = ("", "Left", "Right")


class Editor:
    """Renders a portrait with pose and face as asked; what is not asked for stays as the portrait has it.

    portrait: of the simulator, or a `portraits.from_picture.PicturePortrait`.
    """

    def __init__(self, portrait: Portrait | PicturePortrait, *, size: int | None = None) -> None:
        self._given = portrait
        self._held = self._hold(size)

    def _hold(self, size: int | None) -> HeldPortrait:
        if isinstance(self._given, Portrait):
            return held_straight(self._given, 512 if size is None else size)
        return held_as_pictured(self._given, size)

    @property
    def angles_deg(self) -> tuple[float, float, float]:
        """Yaw, pitch and roll of the portrait as it is held."""
        yaw, pitch, roll = euler_deg(self._held.camera_from_head)
        return float(yaw), float(pitch), float(roll)

    def render(
        self,
        *,
        yaw_deg: float | None = None,
        pitch_deg: float | None = None,
        roll_deg: float | None = None,
        gaze: tuple[float, float] | None = None,
        eyes_open: float | None = None,
        mouth_open: float | None = None,
        smile: float | None = None,
        brows: float | None = None,
        arkit: Mapping[str, float] | None = None,
        size: int | None = None,
    ) -> tuple[Frame, FrameLabels]:
        """One frame (`temperature_k`, `face_mask`) without a camera's noise, and its labels.

        yaw_deg -75 to 75, pitch_deg -45 to 45, roll_deg -60 to 60: of the head to the camera, signs as in `types`. gaze: yaw
        and pitch of the eyes in the head, degrees, -35 to 35. eyes_open: 0 shut, 1 at rest, 1.5 wide. mouth_open: 0 to 1. smile: -1
        (corners down) to 1. brows: -1 (down) to 1 (raised). arkit: coefficients by name, 0 to 1, which count last. size: of the
        frame's longer side, px. InputError for values outside and unknown names.
        """
        held = self._held if size is None else self._hold(size)
        own = euler_deg(held.camera_from_head)
        asked = {"yaw_deg": yaw_deg, "pitch_deg": pitch_deg, "roll_deg": roll_deg}
        turned = any(value is not None for value in asked.values())
        angles = [_within(name, value, own[place]) for place, (name, value) in enumerate(asked.items())]
        turn = held.to_sight() @ rotation_from_euler_deg(*angles) if turned else held.sight_from_head
        face = held.arkit.copy()
        looking = held.gaze_deg if gaze is None else np.array([_within("gaze", one, 0.0) for one in gaze], np.float32)
        if gaze is not None:
            _look(face, looking)
        _dial(face, eyes_open, mouth_open, smile, brows)
        _name(face, arkit or {})
        motion = _still(turn, face, looking)
        return next(iter(shown(held, motion, NO_CAMERA, rng(0, "editor"))))


def _within(name: str, value: float | None, own: float) -> float:
    if value is None:
        return float(own)
    low, high = DIALS[name]
    if not low <= value <= high:
        raise InputError(f"{name} is {value:g}; expected {low:g} to {high:g}")
    return float(value)


def _set(face: np.ndarray, values: Mapping[str, float], share: float) -> None:
    for stem, value in values.items():
        for side in _SIDES:
            if stem + side in ARKIT_INDEX:
                face[ARKIT_INDEX[stem + side]] = share * value


def _dial(
    face: np.ndarray, eyes_open: float | None, mouth_open: float | None, smile: float | None, brows: float | None
) -> None:
    """Write the dials that are given into the coefficients."""
    if mouth_open is not None:
        _set(face, {"jawOpen": 1.0}, _within("mouth_open", mouth_open, 0.0))
    for name, value, (up, down) in (("smile", smile, _SMILE), ("brows", brows, _BROWS)):
        if value is not None:
            place = _within(name, value, 0.0)
            _set(face, up, max(place, 0.0))
            _set(face, down, max(-place, 0.0))
    if eyes_open is not None:
        width = _within("eyes_open", eyes_open, 1.0)
        _set(face, {"eyeBlink": 1.0}, max(1.0 - width, 0.0))
        _set(face, {"eyeWide": 1.0}, max(2 * (width - 1.0), 0.0))


def _look(face: np.ndarray, gaze_deg: np.ndarray) -> None:
    """Coefficients that belong to the gaze, so that the lids follow: to image right is the subject's left."""
    yaw, pitch = (float(angle) / GAZE_AT_FULL_DEG for angle in gaze_deg)
    shares = {
        "OutLeft": yaw, "InRight": yaw, "InLeft": -yaw, "OutRight": -yaw, "UpLeft": pitch, "UpRight": pitch, "DownLeft": -pitch, "DownRight": -pitch,
    }  # fmt: skip
    for where, share in shares.items():
        face[ARKIT_INDEX[f"eyeLook{where}"]] = min(max(share, 0.0), 1.0)


def _name(face: np.ndarray, arkit: Mapping[str, float]) -> None:
    for name, value in arkit.items():
        if name not in ARKIT_INDEX:
            raise InputError(f"arkit names '{name}', which is no coefficient{did_you_mean(name, ARKIT_INDEX)}")
        if not 0 <= value <= 1:
            raise InputError(f"{name} of arkit is {value:g}; expected 0 to 1")
        face[ARKIT_INDEX[name]] = value


def _still(turn: np.ndarray, face: Float32[np.ndarray, " 52"], gaze_deg: np.ndarray) -> Motion:
    """A motion of one frame."""
    names, intensity = recognise(face[None])
    return Motion(
        "editor", "program", 30.0, np.asarray(turn, np.float64)[None], np.zeros((1, 3)), face[None].astype(np.float32),
        np.asarray(gaze_deg, np.float32)[None], np.ones(1, bool), names, intensity,
    )  # fmt: skip
