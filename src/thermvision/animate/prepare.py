"""From a portrait's file to a portrait that can be moved: read, find the face, fit the head, say whose it is."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from thermvision.animate.held import HeldPortrait, before, held_as_pictured
from thermvision.animate.portrait_inputs import PortraitFile, Portrayed, read_portrait
from thermvision.animate.settings import AnimateConfig
from thermvision.portraits.given_picture import GivenPicture
from thermvision.types import Gender

if TYPE_CHECKING:
    from thermvision.portraits.from_picture import PicturePortrait


@dataclass(frozen=True, slots=True)
class Prepared:
    """A portrait ready to be moved, and what clip.json says of it."""

    held: HeldPortrait
    picture: GivenPicture
    landmarks_px: Float[np.ndarray, "n 2"]
    facts: dict[str, Any]


def prepare(file: PortraitFile, index: int, config: AnimateConfig) -> Prepared:
    """The portrait at place `index` (0-based) of a run; InputError, one sentence, if it cannot be moved.

    Landmarks are the user's, a clip's, or found in the picture; the gender is --gender's, else the prompt's or label's, else
    that of the fitted head.
    """
    from thermvision.portraits.from_picture import portrait_of_picture

    face = located(read_portrait(file, config), config)
    picture = face.picture
    given = portrait_of_picture(
        picture.temperature_k,
        face.landmarks_px,
        face.weights,
        least_sd_share=face.sd_share,
        source=picture.name,
        temperature_source=picture.temperature_source,
        index=index,
        gender=config.gender or picture.gender,
        seed=config.seed,
    )
    held = _labelled(held_as_pictured(given, config.size), index, config.gender or picture.gender, config.camera)
    level_c = config.background_c()
    held = held if level_c is None else before(held, level_c)
    return Prepared(held, picture, face.landmarks_px, _facts(file, picture, given))


@dataclass(frozen=True, slots=True)
class LocatedFace:
    """A picture the right way round and where its face is, as `fit_head` takes it."""

    picture: GivenPicture
    landmarks_px: Float[np.ndarray, "n 2"]
    weights: Float[np.ndarray, " n"]
    sd_share: float = 0.0


def located(shown: Portrayed, config: AnimateConfig) -> LocatedFace:
    """The landmarks of a portrait: known ones, or those that `thermvision.faces` finds; InputError if it finds no one face."""
    if shown.landmarks_px is not None and shown.weights is not None:
        return LocatedFace(shown.picture, shown.landmarks_px, shown.weights)
    from thermvision.faces.one_face import the_face

    picture = shown.picture
    stored = (
        picture.other_way_round() if picture.inverted else picture
    )  # whether dark is warm is asked of what the file shows
    found = the_face(
        stored.temperature_k, kelvin=picture.kelvin, polarity=config.polarity, source=picture.name, face=config.face
    )
    if config.polarity == "auto" and found.inverted > 0.5:
        picture = picture.other_way_round()
    return LocatedFace(picture, found.landmarks_px.astype(np.float64), found.weights.astype(np.float64), found.sd_share)


def _labelled(held: HeldPortrait, index: int, gender: Gender | None, camera: str) -> HeldPortrait:
    """With an id of its own, F001, M002, F003 ..., and what the run adds to the session."""
    portrait = held.portrait
    label = gender or portrait.subject.gender
    subject = dataclasses.replace(portrait.subject, id=f"{label[0].upper()}{index + 1:03d}", gender=label, index=index)
    session = dataclasses.replace(portrait.session, id="S01", index=0, camera=camera)
    return dataclasses.replace(held, portrait=dataclasses.replace(portrait, subject=subject, session=session))


def _facts(file: PortraitFile, picture: GivenPicture, given: PicturePortrait) -> dict[str, Any]:
    """What clip.json says of the portrait: nothing of it depends on the machine or the folder."""
    fit = given.fit
    numbers = {
        "landmark_error_share": fit.landmark_error_share, "used_share": fit.used_share, "turned_deg": fit.turned_deg,
        "turn_sd_deg": fit.turn_sd_deg, "inter_ocular_px": fit.inter_ocular_px, "focal_px": fit.focal_px,
        "seen_share": given.seen_share, "painted_share": given.painted_share,
    }  # fmt: skip
    return {
        "name": file.name,
        "file": picture.name,
        "sha256": file.sha256,
        "width_px": picture.temperature_k.shape[1],
        "height_px": picture.temperature_k.shape[0],
        "temperature_source": picture.temperature_source,
        "span_c": None if picture.span is None else [picture.span.low_c, picture.span.high_c],
        "dark_is_warm": picture.inverted,
        "notes": [*([picture.note] if picture.note else []), *given.warnings],
        "fit": {name: round(float(value), 5) for name, value in numbers.items()},
    }
