"""The one face of a portrait, or the reason why there is none to work with."""

from __future__ import annotations

from typing import Literal

import numpy as np
from jaxtyping import Float32, UInt8

from thermvision.faces.find import FoundFace, find_faces
from thermvision.faces.grounds import looks_coloured, saturated_share
from thermvision.types import InputError

Polarity = Literal["white-hot", "black-hot", "auto"]
LEAST_PICTURE_PX = (64, 48)  # width, height
LEAST_FACE_PX = 40.0  # width of the face box
MOST_YAW_DEG = 60.0
MOST_SATURATED = 0.25
SURELY_INVERTED, SURELY_VISIBLE = 0.9, 0.9
SAME_SIZE, SURE_SCORE = 0.4, 0.5  # a face that is smaller, against the largest, or less sure, is part of the background


def the_face(
    image: Float32[np.ndarray, "h w"],
    *,
    kelvin: bool,
    polarity: Polarity = "white-hot",
    source: str,
    face: int | None = None,
    colour: UInt8[np.ndarray, "h w 3"] | None = None,
) -> FoundFace:
    """The single face of a portrait; hidden landmarks are where they would be.

    image, kelvin: as in `find_faces`. polarity: what the user says of grey levels; `auto` believes the picture, and `inverted`
    of the face says what it shows. source: the file's name, for the messages. face: which one of several, from the left, 1 is
    the first. colour: the picture before it was made grey, if it had colours.
    InputError: a picture under 64x48 px; a picture of visible light; no face, or several; a face narrower than 40 px or turned
    by more than 60 degrees; values at the end of the range over a quarter of the face; the other polarity than said.
    """
    height, width = image.shape[:2]
    if width < LEAST_PICTURE_PX[0] or height < LEAST_PICTURE_PX[1]:
        raise InputError(
            f"{source} is {width}x{height} px; a portrait needs {LEAST_PICTURE_PX[0]}x{LEAST_PICTURE_PX[1]} or more, with a face at least"
            f" {LEAST_FACE_PX:.0f} px wide: give the picture at the camera's full size"
        )
    if not kelvin and colour is not None and looks_coloured(colour):
        raise InputError(
            f"{source} has the colours of a photograph in visible light; expected a thermal picture, grey or in one palette: give that"
        )
    found = _chosen(find_faces(image, kelvin=kelvin), source, face)
    _check(found, image, source, kelvin=kelvin, polarity=polarity)
    return found


def _chosen(faces: list[FoundFace], source: str, number: int | None) -> FoundFace:
    if not faces:
        raise InputError(
            f"{source} shows no face that can be found; give a portrait in which the face is at least {LEAST_FACE_PX:.0f} px wide and not turned away"
        )
    largest = max(_width(face) for face in faces)
    faces = [
        one for one in faces if _width(one) >= SAME_SIZE * largest and (one.score >= SURE_SCORE or len(faces) == 1)
    ] or faces[:1]
    faces.sort(key=lambda one: float(one.bbox_xyxy_px[0]))
    if number is not None:
        if not 1 <= number <= len(faces):
            raise InputError(
                f"face {number} of {source} was asked for, which shows {len(faces)}; give a number from 1 to {len(faces)}, counted from the left"
            )
        return faces[number - 1]
    if len(faces) > 1:
        raise InputError(
            f"{source} shows {len(faces)} faces; a portrait needs one: say which by --face 1 to {len(faces)}, counted from the left, or crop the picture"
        )
    return faces[0]


def _check(face: FoundFace, image: np.ndarray, source: str, *, kelvin: bool, polarity: Polarity) -> None:
    """InputError for a face that is there but cannot be used, the most telling reason first."""
    if not kelvin and face.visible_light > SURELY_VISIBLE:
        raise InputError(
            f"{source} looks like a photograph in visible light (lit from one side, dark eyes and brows); expected a thermal picture: give that"
        )
    if abs(face.yaw_deg) > MOST_YAW_DEG:
        raise InputError(
            f"the face in {source} is turned by {abs(face.yaw_deg):.0f} degrees; up to {MOST_YAW_DEG:.0f} can be fitted: give a picture taken more from the front"
        )
    if _width(face) < LEAST_FACE_PX:
        raise InputError(
            f"the face in {source} is {_width(face):.0f} px wide; expected {LEAST_FACE_PX:.0f} or more: give a nearer or larger picture"
        )
    share, end = saturated_share(image, face.landmarks_px)
    if share > MOST_SATURATED:
        raise InputError(
            f"{100 * share:.0f} % of the face in {source} is at the {end} value of the picture, so nothing can be read there (at most"
            f" {100 * MOST_SATURATED:.0f} %): give a picture with a wider range, best a radiometric one"
        )
    if kelvin or polarity == "auto":
        return
    shown = face.inverted if polarity == "white-hot" else 1 - face.inverted
    if shown > SURELY_INVERTED:
        other = "black-hot" if polarity == "white-hot" else "white-hot"
        raise InputError(
            f"{source} looks {other} (warm skin is {'dark' if other == 'black-hot' else 'bright'}), not {polarity}; say --polarity {other}, or auto"
        )


def _width(face: FoundFace) -> float:
    return float(face.bbox_xyxy_px[2] - face.bbox_xyxy_px[0])
