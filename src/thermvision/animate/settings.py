"""The settings of `thermvision animate`: one model for Python and the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from thermvision.flux.span import Span
from thermvision.motion.endings import is_motion_file
from thermvision.motion.program_names import PROGRAM_NAMES
from thermvision.thermal.presets import CAMERAS, camera_model
from thermvision.types import InputError
from thermvision.wording import complaint, did_you_mean

Region = Literal["all", "expression", "pose", "lips", "eyes"]
Polarity = Literal["auto", "white-hot", "black-hot"]
KEEP, NO_CAMERA = "keep", "none"
SIZE_RANGE_PX, MULTIPLE_PX = (64, 4096), 4
_NOT_IN_HASH = {
    "portraits",
    "driving",
    "landmarks",
    "out",
    "workers",
    "model",
}  # paths, which count by content, and ways
_OF_PROGRAMS = ("frames", "rate_hz")


def _default(text: str, metavar: str) -> Any:
    return tyro.conf.arg(metavar=metavar, help_behavior_hint=f"(default: {text})")


class AnimateConfig(BaseModel):
    """Move thermal portraits as a video, a motion file or a built-in motion moves; run again to go on where it stopped.

    Also: --relative, --absolute (for --motion), --dry-run, --json. Exit 2 if a portrait is refused; the others are made.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    portraits: Annotated[
        tyro.conf.Positional[tuple[Path, ...]],
        Field(description="pictures in kelvin or 8 bits, folders of them or of `thermvision portraits`, clip folders"),
        tyro.conf.arg(metavar="PORTRAIT [PORTRAIT ...]", help_behavior_hint=""),
    ]
    out: Annotated[Path, Field(description="folder of the data set that is made")]
    driving: Annotated[
        tuple[str, ...],
        Field(
            description=f"videos of one face, motions (.npz, .csv, .pkl), or built-in ones: {', '.join(PROGRAM_NAMES)}"
        ),
        tyro.conf.arg(metavar="VIDEO|MOTION|NAME [...]", help_behavior_hint=""),
    ]
    retarget: Annotated[
        Literal["mesh", "liveportrait"],
        Field(description="mesh: a head fitted to the portrait; liveportrait: the published networks"),
    ] = "mesh"
    size: Annotated[
        int | None,
        Field(ge=SIZE_RANGE_PX[0], le=SIZE_RANGE_PX[1], description="longer side of the frames, px, a multiple of 4"),
        _default("the picture's", "PX"),
    ] = None
    motion: Annotated[
        Literal["relative", "absolute"],
        Field(description="relative: the driver's change from its neutral, added to the portrait's own pose and face"),
    ] = "relative"
    strength: Annotated[float, Field(ge=0, le=3, description="of the driver's change, 1 as it is, 0 to 3")] = 1.0
    regions: Annotated[Region, Field(description="what moves; the rest stays as the portrait has it")] = "all"
    span: Annotated[
        tuple[float, float] | None,
        Field(description="temperatures in C of black and white of 8-bit portraits"),
        _default("the one written in the file, else 20 38 with a warning", "LOW HIGH"),
    ] = None
    polarity: Annotated[Polarity, Field(description="of 8-bit portraits: whether white or black is warm")] = "auto"
    face: Annotated[
        int | None,
        Field(ge=1, description="of portraits with several faces: which, counted from the left"),
        _default("the only one", "INT"),
    ] = None
    landmarks: Annotated[
        tuple[Path, ...],
        Field(description="your own landmarks, an .npz for each portrait: landmarks_px (68 or 478, 2), weights"),
        _default("found in the picture", "FILE [...]"),
    ] = ()
    frame: Annotated[
        int | None,
        Field(ge=0, description="of clip folders: which frame is the portrait, from 0"),
        _default("the calmest frontal one", "INT"),
    ] = None
    gender: Annotated[
        Literal["female", "male"] | None,
        Field(description="label of all people"),
        _default("the prompt's, else the fitted head's", "female|male"),
    ] = None
    background: Annotated[
        str, Field(description="keep, or an even temperature in C"), tyro.conf.arg(metavar="keep|C")
    ] = KEEP
    camera: Annotated[
        str, Field(description=f"adds the noise of a camera: {', '.join(sorted(CAMERAS))}; none adds nothing")
    ] = NO_CAMERA
    agc: Annotated[Literal["linear", "plateau", "detail"], Field(description="gain control of the 8-bit previews")] = (
        "detail"
    )
    frames: Annotated[int, Field(ge=30, le=100_000, description="frames of a built-in motion, 30 or more")] = 302
    rate_hz: Annotated[float, Field(ge=5, le=240, description="frame rate of built-in motions, 5 to 240 frames/s")] = (
        30.0
    )
    seed: Annotated[int, Field(ge=0, description="of built-in motions and of a camera's noise")] = 0
    workers: Annotated[int, Field(ge=0, le=256, description="processes; 0 = one for each core")] = 0
    model: Annotated[
        Path | None,
        Field(description="tracker's model file (face_landmarker.task), for driving videos"),
        _default("$THERMVISION_FACE_LANDMARKER, else the fetched one", "PATH"),
    ] = None

    @model_validator(mode="after")
    def _fit(self) -> AnimateConfig:
        if not self.portraits:
            raise InputError("a portrait is missing; give a picture, a folder of pictures or a clip folder")
        if not self.driving:
            raise InputError(f"driving is missing; give a video, a motion file or one of {', '.join(PROGRAM_NAMES)}")
        if len(set(self.driving)) < len(self.driving):
            raise InputError(f"driving names {', '.join(self.driving)}: each may be named once")
        if self.size is not None and self.size % MULTIPLE_PX:
            raise InputError(f"size is {self.size}; expected a multiple of {MULTIPLE_PX}")
        for word in self.driving:
            _check_driver(word)
        if self.span is not None:
            Span(*self.span)
        if self.camera != NO_CAMERA:
            camera_model(self.camera, 64, 64)
        self.background_c()
        return self

    def background_c(self) -> float | None:
        """Temperature of an even background, C; None to keep the portrait's."""
        if self.background == KEEP:
            return None
        try:
            level_c = float(self.background)
        except ValueError:
            level_c = float("nan")
        if not -40 <= level_c <= 60:  # also catches NaN
            raise InputError(f"background is '{self.background}'; expected keep, or a temperature from -40 to 60 C")
        return level_c

    def programs(self) -> tuple[str, ...]:
        """Built-in motions among the drivers."""
        return tuple(word for word in self.driving if word in PROGRAM_NAMES)

    def files(self) -> tuple[Path, ...]:
        """Videos and motion files among the drivers."""
        return tuple(Path(word) for word in self.driving if word not in PROGRAM_NAMES)

    def without_effect(self) -> list[str]:
        """Sentences on settings that were changed and do nothing in this run."""
        notes = []
        if not self.programs():
            notes += [
                f"{name} has no effect: no built-in motion drives" for name in _OF_PROGRAMS if self._changed(name)
            ]
        if self.model is not None and all(is_motion_file(path) for path in self.files()):
            notes.append("model has no effect: there is no driving video to track")
        if self.retarget == "liveportrait" and self._changed("background"):
            notes.append("background has no effect: liveportrait moves the picture as a whole")
        return notes

    def _changed(self, name: str) -> bool:
        return bool(getattr(self, name) != type(self).model_fields[name].default)

    def content(
        self, portraits: dict[str, str], driving: dict[str, str], more: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """What decides the bytes of the clips: portraits (name -> hash), driving files (name -> hash) and all else that counts."""
        told = self.model_dump(mode="json", exclude=_NOT_IN_HASH)
        programs = list(self.programs())
        return {
            "animate": 1, **told, **(more or {}), "portraits": portraits, "driving": driving, "programs": programs,
        }  # fmt: skip


def make_animate_config(settings: dict[str, Any], where: str) -> AnimateConfig:
    """Validated settings; InputError names field, value, what was expected and `where` it was given."""
    try:
        return AnimateConfig(**settings)
    except ValidationError as error:
        raise InputError(complaint(error, where, AnimateConfig)) from error


def _check_driver(word: str) -> None:
    """InputError for a word that names neither a file nor a built-in motion."""
    if word not in PROGRAM_NAMES and not Path(word).exists() and not Path(word).suffix:
        raise InputError(
            f"driving '{word}' is no file and no built-in motion; give a video, a motion file or one of"
            f" {', '.join(PROGRAM_NAMES)}{did_you_mean(word, PROGRAM_NAMES)}"
        )
