"""What arms do: named attitudes, each giving where a hand is, which way its palm looks and what it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from thermvision.body.reach import Grip, hand_length_mm

# What the hands of a person do, by what else they can do it with. The second member is the other hand's.
STANDING = {
    "relaxed": 0.34, "crossed": 0.10, "clasped": 0.12, "behind": 0.05, "akimbo": 0.05, "phone_low": 0.08, "cup_low": 0.06,
    "paper_low": 0.05, "wave": 0.03,
}  # fmt: skip
SEATED = {"lap": 0.45, "crossed": 0.1, "clasped_lap": 0.15, "phone_low": 0.12, "cup_low": 0.1, "paper_low": 0.08}
AT_FACE = {
    "chin": 0.20, "cheek": 0.20, "mouth": 0.14, "glasses": 0.10, "shade_eyes": 0.06, "phone_ear": 0.14, "cup_mouth": 0.10,
    "paper_face": 0.06,
}  # fmt: skip
_PAIRED = {"crossed", "clasped", "clasped_lap", "behind", "akimbo", "lap", "paper_low", "relaxed", "paper_face"}
HOLDS = {
    "phone_low": "phone", "phone_ear": "phone", "cup_low": "cup", "cup_mouth": "cup", "paper_low": "paper",
    "paper_face": "paper",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Body:
    """What an attitude looks at: joints at rest, posed joints of the trunk, and places on the face, torso frame, mm."""

    joints_mm: dict[str, np.ndarray]
    knee_mm: dict[str, np.ndarray]  # by side
    hip_y_mm: float
    face_mm: dict[str, np.ndarray]  # chin, mouth, forehead, cheek_l, cheek_r, temple_l, temple_r, ear_l, ear_r
    chest_z_mm: float


def attitude_pair(attitude: str, seated: bool) -> str:
    """What the other hand does."""
    if attitude in _PAIRED:
        return attitude
    return "lap" if seated else "relaxed"


def grip_of(attitude: str, body: Body, side: str, rng: np.random.Generator) -> Grip:
    """Where a hand is. Sides are the subject's: `l` is +x."""
    s = 1.0 if side == "l" else -1.0
    grip = _ATTITUDES[attitude](body, side, s)
    jitter = np.zeros(3) if attitude in AT_FACE else rng.normal(0, 7.0, 3)
    return Grip(
        grip.wrist_mm + jitter,
        grip.elbow_towards,
        grip.fingers,
        grip.palm,
        grip.curl_deg + rng.normal(0, 4),
        grip.thumb_deg,
    )


def _v(*numbers: float) -> np.ndarray:
    return np.array(numbers, float)


def _shoulder(body: Body, side: str) -> np.ndarray:
    return body.joints_mm[f"upperarm_{side}"]


def _relaxed(body: Body, side: str, s: float) -> Grip:
    joints = body.joints_mm
    arm = np.linalg.norm(joints[f"forearm_{side}"] - joints[f"upperarm_{side}"])
    arm += np.linalg.norm(joints[f"hand_{side}"] - joints[f"forearm_{side}"])
    wrist = _shoulder(body, side) + arm * _v(0.19 * s, 0.955, -0.08)
    return Grip(wrist, _v(0.5 * s, 0, 0.9), _v(-0.02 * s, 1, -0.22), _v(-s, 0.0, 0.25), 24)


def _crossed(body: Body, side: str, s: float) -> Grip:
    over = s < 0
    y = _shoulder(body, side)[1] + (232 if over else 262)
    wrist = _v(-58 * s, y, body.chest_z_mm - (58 if over else 34))
    return Grip(wrist, _v(1.4 * s, 0.9, -0.1), _v(-s, -0.12, 0.22), _v(0, 0.1, 1), 14)


def _clasped(body: Body, side: str, s: float) -> Grip:
    wrist = _v(62 * s, body.hip_y_mm - 5, body.chest_z_mm - 48 - 8 * s)
    return Grip(wrist, _v(s, 0, 0.9), _v(-0.85 * s, 0.6, -0.1), _v(0, 0, 1), 24)


def _clasped_lap(body: Body, side: str, s: float) -> Grip:
    wrist = _v(58 * s, body.hip_y_mm - 85, body.chest_z_mm - 130 - 8 * s)
    return Grip(wrist, _v(s, 0.5, 0.6), _v(-0.8 * s, 0.15, -0.6), _v(0, 1, 0.2), 22)


def _behind(body: Body, side: str, s: float) -> Grip:
    return Grip(_v(62 * s, body.hip_y_mm - 40, 175 + 10 * s), _v(s, 0, 0.8), _v(-s, 0.5, 0.1), _v(0, 0, 1), 20)


def _akimbo(body: Body, side: str, s: float) -> Grip:
    return Grip(
        _v(205 * s, body.hip_y_mm - 62, -25), _v(s, 0, 0.4), _v(-0.45 * s, 0.45, -0.8), _v(-0.9 * s, 0.1, 0.3), 12
    )


def _lap(body: Body, side: str, s: float) -> Grip:
    knee = body.knee_mm[side]
    return Grip(knee + _v(-10 * s, -92, 130), _v(s, 0.3, 0.6), _v(-0.1 * s, 0.16, -1), _v(0, 1, 0.1), 12)


def _phone_low(body: Body, side: str, s: float) -> Grip:
    wrist = _v(70 * s, _shoulder(body, side)[1] + 165, body.chest_z_mm - 165)
    return Grip(wrist, _v(0.7 * s, 1, 0.2), _v(-0.35 * s, -0.75, -0.45), _v(-0.25 * s, -0.5, 0.85), 26)


def _cup_low(body: Body, side: str, s: float) -> Grip:
    wrist = _v(120 * s, _shoulder(body, side)[1] + 205, body.chest_z_mm - 140)
    return Grip(wrist, _v(0.8 * s, 1, 0.3), _v(-0.55 * s, -0.1, -1), _v(-s, 0, 0.45), 32)


def _paper_low(body: Body, side: str, s: float) -> Grip:
    wrist = _v(92 * s, _shoulder(body, side)[1] + 215, body.chest_z_mm - 165)
    return Grip(wrist, _v(0.8 * s, 1, 0.2), _v(-0.12 * s, -1, -0.3), _v(-0.25 * s, -0.3, 1), 12)


def _paper_face(body: Body, side: str, s: float) -> Grip:
    mouth = body.face_mm["mouth"]
    return Grip(
        mouth + _v(92 * s, 285, -140), _v(0.8 * s, 1, 0.2), _v(-0.12 * s, -1, -0.15), _v(-0.25 * s, -0.2, 1), 12
    )


def _wave(body: Body, side: str, s: float) -> Grip:
    return Grip(
        _shoulder(body, side) + _v(150 * s, -110, -150), _v(0.8 * s, 1, 0.1), _v(0.15 * s, -1, -0.1), _v(0, 0, -1), 8
    )


def _touching(
    body: Body,
    side: str,
    place: np.ndarray,
    share: float,
    fingers: np.ndarray,
    palm: np.ndarray,
    off_mm: float,
    curl: float,
) -> Grip:
    """A hand whose middle line, `share` of its length from the wrist, lies `off_mm` before a place, palm towards it."""
    s = 1.0 if side == "l" else -1.0
    fingers, palm = fingers / np.linalg.norm(fingers), palm / np.linalg.norm(palm)
    wrist = place - share * hand_length_mm(body.joints_mm, side) * fingers - off_mm * palm
    return Grip(wrist, _v(0.9 * s, 1, -0.1), fingers, palm, curl)


def _chin(body: Body, side: str, s: float) -> Grip:
    return _touching(
        body, side, body.face_mm["chin"] + _v(0, 6, -4), 0.5, _v(-0.62 * s, -0.7, -0.1), _v(-0.25 * s, -0.3, 1), 20, 38
    )


def _cheek(body: Body, side: str, s: float) -> Grip:
    return _touching(
        body, side, body.face_mm[f"cheek_{side}"], 0.55, _v(-0.06 * s, -1, 0.3), _v(-0.72 * s, -0.1, 0.7), 17, 10
    )


def _mouth(body: Body, side: str, s: float) -> Grip:
    return _touching(
        body, side, body.face_mm["mouth"], 0.55, _v(-0.75 * s, -0.62, 0.05), _v(-0.2 * s, -0.05, 1), 21, 12
    )


def _glasses(body: Body, side: str, s: float) -> Grip:
    return _touching(
        body,
        side,
        body.face_mm[f"temple_{side}"] + _v(0, -14, 0),
        0.8,
        _v(-0.25 * s, -0.85, 0.4),
        _v(-0.9 * s, 0.1, 0.5),
        14,
        12,
    )


def _shade_eyes(body: Body, side: str, s: float) -> Grip:
    return _touching(
        body, side, body.face_mm["forehead"] + _v(0, 22, -42), 0.62, _v(-0.95 * s, -0.22, 0.1), _v(0, 1, 0.35), 8, 4
    )


def _phone_ear(body: Body, side: str, s: float) -> Grip:
    return _touching(
        body,
        side,
        body.face_mm[f"ear_{side}"] + _v(0, 20, -12),
        0.5,
        _v(-0.05 * s, -0.95, 0.15),
        _v(-s, 0, 0.12),
        40,
        18,
    )


def _cup_mouth(body: Body, side: str, s: float) -> Grip:
    return _touching(
        body,
        side,
        body.face_mm["mouth"] + _v(8 * s, 25, -52),
        0.62,
        _v(-0.75 * s, -0.25, -0.6),
        _v(-0.75 * s, 0, 0.65),
        42,
        30,
    )


_ATTITUDES: dict[str, Callable[[Body, str, float], Grip]] = {
    "relaxed": _relaxed, "crossed": _crossed, "clasped": _clasped, "clasped_lap": _clasped_lap, "behind": _behind,
    "akimbo": _akimbo, "lap": _lap, "phone_low": _phone_low, "cup_low": _cup_low, "paper_low": _paper_low,
    "paper_face": _paper_face, "wave": _wave, "chin": _chin, "cheek": _cheek, "mouth": _mouth, "glasses": _glasses,
    "shade_eyes": _shade_eyes, "phone_ear": _phone_ear, "cup_mouth": _cup_mouth,
}  # fmt: skip
