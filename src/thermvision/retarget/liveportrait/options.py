"""What a user may choose of the liveportrait retargeter, with ranges, and which choices have no effect together."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from thermvision.retarget.liveportrait.parts import MOVES_HEAD, Region
from thermvision.types import InputError
from thermvision.wording import did_you_mean, expected


class LivePortraitOptions(BaseModel):
    """How a driver moves a portrait. Names follow LivePortrait's where they mean the same."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    motion: Annotated[
        Literal["relative", "absolute"],
        Field(description="the driver's change from its calm face, or the driver's pose and expression themselves"),
    ] = "relative"
    friendly: Annotated[
        Literal["expression", "pose"],
        Field(
            description="absolute motion: begin at the portrait's own pose and size and add the driver's change, or take the driver's pose"
        ),
    ] = "expression"
    region: Annotated[Region, Field(description="what is moved: all, expression, pose, lips, eyes")] = "all"
    calm: Annotated[
        Literal["auto", "first"], Field(description="the driver's calm face: sought in the clip, or its first frame")
    ] = "auto"
    multiplier: Annotated[float, Field(ge=0, le=3, description="of the whole motion, last step")] = 1.0
    follow_scale: Annotated[bool, Field(description="the face grows as the driver's does (relative, all)")] = True
    smoothing: Annotated[
        float,
        Field(ge=0, le=100, description="of the driver: noise over motion; 0 none, 0.03 as the original, 10 strong"),
    ] = 0.3
    stitching: Annotated[bool, Field(description="shoulders stay where the portrait has them")] = True
    normalise_lips: Annotated[bool, Field(description="close the portrait's open mouth first (relative)")] = True
    lip_threshold: Annotated[float, Field(ge=0, le=0.8, description="lip ratio from which a mouth counts as open")] = (
        0.03
    )
    eye_retargeting: Annotated[bool, Field(description="open the eyes as far as the driver's, each its own")] = False
    lip_retargeting: Annotated[bool, Field(description="open the lips as far as the driver's")] = False
    hold_source_eyes: Annotated[
        bool, Field(description="a moving portrait's own blinks are taken away: eyes as open as in its first frame")
    ] = False
    paste_back: Annotated[bool, Field(description="into the whole picture; else frames are the 512x512 crop")] = True
    keep_temperature: Annotated[
        bool, Field(description="carry what the networks lose of the portrait, so that skin keeps its temperature")
    ] = True
    warm_mouth: Annotated[
        bool, Field(description="the inside of a mouth that opens is as warm as a mouth, not as dark as it is drawn")
    ] = True
    crop_scale: Annotated[float, Field(ge=1.2, le=4, description="side of the portrait's crop over its face")] = 2.3
    crop_shift_right: Annotated[float, Field(ge=-0.5, le=0.5, description="of the crop, in sides")] = 0.0
    crop_shift_down: Annotated[float, Field(ge=-0.5, le=0.5, description="of the crop, in sides")] = -0.125
    crop_upright: Annotated[bool, Field(description="turn the crop so that the face is upright in it")] = True
    driver_crop: Annotated[
        Literal["auto", "face", "whole"],
        Field(
            description="of a driving video: one square around the face in all frames, the whole picture, or whichever fits"
        ),
    ] = "auto"
    driver_crop_scale: Annotated[float, Field(ge=1.2, le=4, description="side of the driver's crop over its face")] = (
        2.2
    )
    driver_crop_shift_down: Annotated[
        float, Field(ge=-0.5, le=0.5, description="of the driver's crop, in sides")
    ] = -0.1
    span_c: Annotated[
        tuple[float, float], Field(description="temperatures in C that black and white stand for, one span in and out")
    ] = (10.0, 42.0)

    @property
    def moves_head(self) -> bool:
        """Whether the head itself turns and moves."""
        return MOVES_HEAD[self.region]


def make_options(settings: dict[str, Any], where: str = "liveportrait") -> LivePortraitOptions:
    """Checked options; InputError names setting, value, what was expected and `where` it was given."""
    try:
        return LivePortraitOptions(**settings)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        if field not in LivePortraitOptions.model_fields:
            known = did_you_mean(field, LivePortraitOptions.model_fields)
            raise InputError(f"{where}: setting '{field}' is not known{known}") from error
        wanted = expected(LivePortraitOptions, field, str(first["input"]))
        raise InputError(f"{where}: {field} is {first['input']!r}; expected {wanted}") from error


def without_effect(
    options: LivePortraitOptions, *, moving_source: bool, frames: int, driver_has_ratios: bool
) -> list[str]:
    """A sentence for each choice that was made and changes nothing, with the reason."""
    reasons = {
        "friendly": options.motion == "relative"
        and "relative motion is both: it begins at the portrait's own pose and size",
        "calm": options.motion == "absolute" and options.friendly == "pose" and "absolute motion takes no difference",
        "normalise_lips": (options.motion == "absolute" and "absolute motion sets the lips itself")
        or (options.lip_retargeting and "lip retargeting sets the lips"),
        "lip_threshold": not _normalises(options) and "the lips are not normalised",
        "follow_scale": (options.motion == "absolute" or options.region != "all")
        and "only relative motion of all regions follows the driver's scale",
        "smoothing": frames < 2 and "the driver is a single frame",
        "eye_retargeting": not driver_has_ratios and "the driver holds no eye ratios",
        "lip_retargeting": not driver_has_ratios and "the driver holds no lip ratio",
        "hold_source_eyes": not moving_source and "the portrait is a still picture",
    }
    given = options.model_fields_set
    return [
        f"{name} has no effect: {reason}"
        for name, reason in reasons.items()
        if reason and name in given and getattr(options, name) != _off(name)
    ]


def _normalises(options: LivePortraitOptions) -> bool:
    return options.normalise_lips and options.motion == "relative" and not options.lip_retargeting


def _off(name: str) -> Any:
    """The value that asks for nothing."""
    return {"smoothing": 0, "friendly": None, "calm": None, "lip_threshold": None}.get(name, False)
