"""What may be said of a portrait: the words of a subject specification, from a data set's row or from a user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from thermvision.types import InputError

# Each field's values; None means that nothing is said.
VALUES: dict[str, tuple[str, ...]] = {
    "gender": ("female", "male"),
    "age": ("young", "middle_aged", "old"),
    "expression": ("neutral", "happy", "sad", "surprised", "angry", "fearful", "disgusted"),
    "view": ("frontal", "left", "far_left", "right", "far_right"),
    "hair": ("shaved", "cropped", "receding", "short", "fringe", "curly", "bob", "long", "tied", "ponytail"),
    "beard": ("none", "stubble", "beard", "moustache"),
    "eyewear": ("none", "glasses", "sunglasses"),
    "headwear": ("none", "cap", "beanie", "hat", "hood", "scarf"),
    "mouth": ("closed", "open"),
    "eyes": ("open", "closed"),
    "face_mask": ("none", "mask"),
    "room": ("cold", "cool", "mild", "warm"),
}
ROOM_BOUNDS_C = (19.0, 22.5, 26.0)  # between cold, cool, mild and warm
AGE_BOUNDS_YEARS = (36.0, 56.0)
TURNED_DEG, FAR_TURNED_DEG = 12.0, 40.0
MOUTH_OPEN, STRONG, FAINT = 0.3, 0.55, 0.15  # jawOpen; intensity that is named; intensity that is called neutral
_HAIR = {
    "side_parted": "short", "swept_back": "short", "pixie": "short", "bob_fringe": "bob", "long_wavy": "long", "curly_long": "long",
}  # fmt: skip
_HEADWEAR = {"bucket": "hat"}


@dataclass(frozen=True, slots=True)
class Appearance:
    """A subject specification; every field holds one of `VALUES[field]` or None: not said. Raises InputError otherwise."""

    gender: str | None = None
    age: str | None = None
    expression: str | None = None
    view: str | None = None
    hair: str | None = None
    beard: str | None = None
    eyewear: str | None = None
    headwear: str | None = None
    mouth: str | None = None
    eyes: str | None = None
    face_mask: str | None = None
    room: str | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and value not in VALUES[field.name]:
                raise InputError(f"{field.name} is '{value}'; expected one of {', '.join(VALUES[field.name])}")


def appearance_of(row: Mapping[str, Any]) -> Appearance:
    """The words for a frame of a data set, or for a still with the same names; what a row does not hold is not said.

    left and right are the picture's: a face turned to image right is `right`.
    """
    yaw = row.get("yaw_deg")
    return Appearance(
        gender=row.get("gender"),
        age=_bin(row.get("age_years"), AGE_BOUNDS_YEARS, VALUES["age"]),
        expression=_expression(row),
        view=None if yaw is None else _view(float(yaw)),
        hair=_hair(row),
        beard=_beard(row),
        eyewear=_worn(row, "glasses", lambda style: "sunglasses" if style == "sunglasses" else "glasses"),
        headwear=_worn(row, "headwear", lambda style: _HEADWEAR.get(style, style)),
        mouth=_mouth(row),
        eyes=None if "eyes_closed" not in row else ("closed" if row["eyes_closed"] else "open"),
        face_mask=_worn(row, "mask_worn", lambda _: "mask"),
        room=_bin(row.get("room_temperature_c"), ROOM_BOUNDS_C, VALUES["room"]),
    )


def _bin(value: Any, bounds: tuple[float, ...], names: tuple[str, ...]) -> str | None:
    return None if value is None else names[sum(float(value) >= bound for bound in bounds)]


def _worn(row: Mapping[str, Any], column: str, name: Any) -> str | None:
    style = row.get(column)
    return None if style is None else (name(str(style)) if style else "none")


def _expression(row: Mapping[str, Any]) -> str | None:
    name, strength = row.get("expression"), float(row.get("expression_intensity") or 0.0)
    if name is None or name not in VALUES["expression"]:
        return None
    if name == "neutral" or strength < FAINT:
        return "neutral"
    return str(name) if strength >= STRONG else None  # a passing trace has no name


def _view(yaw_deg: float) -> str:
    if abs(yaw_deg) < TURNED_DEG:
        return "frontal"
    side = "right" if yaw_deg > 0 else "left"
    return side if abs(yaw_deg) < FAR_TURNED_DEG else f"far_{side}"


def _hair(row: Mapping[str, Any]) -> str | None:
    style = row.get("hair_style")
    if style is None or row.get("headwear") in ("hood", "scarf"):
        return None  # hidden
    style = _HAIR.get(str(style), str(style))
    return style if style in VALUES["hair"] else None


def _beard(row: Mapping[str, Any]) -> str | None:
    beard, moustache = row.get("beard"), row.get("moustache")
    if beard is None or moustache is None or row.get("mask_worn") or row.get("gender") == "female":
        return None
    if beard >= 0.5:
        return "beard"
    if moustache >= 0.5:
        return "moustache"
    return "stubble" if beard > 0.05 else "none"


def _mouth(row: Mapping[str, Any]) -> str | None:
    jaw = row.get("jaw_open")
    if jaw is None and row.get("arkit") is not None:
        from thermvision.motion.arkit import ARKIT_INDEX

        jaw = row["arkit"][ARKIT_INDEX["jawOpen"]]
    if jaw is None or row.get("mask_worn"):
        return None
    return "open" if float(jaw) >= MOUTH_OPEN else "closed"
