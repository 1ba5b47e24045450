"""The settings of `thermvision annotate`: one model for Python and the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from thermvision.thermal.picture_values import PICTURE_ENDINGS
from thermvision.types import InputError
from thermvision.wording import did_you_mean, expected

Format = Literal["coco", "yolo", "json", "csv"]
LandmarkSet = Literal["none", "5", "54", "68", "70", "478"]
Polarity = Literal["auto", "white-hot", "black-hot"]
_BY_SUFFIX: dict[str, Format] = {".csv": "csv", ".json": "json"}
_LANDMARKS: dict[Format, LandmarkSet] = {"coco": "68", "csv": "68", "yolo": "none", "json": "478"}


def _default(text: str, metavar: str) -> Any:
    return tyro.conf.arg(metavar=metavar, help_behavior_hint=f"(default: {text})")


class AnnotateConfig(BaseModel):
    """Find faces on thermal pictures and videos: boxes, landmarks, pose, and temperatures where the file holds them.

    Also: --dry-run, --json. Exit 2 if a file is skipped because it cannot be read; the others are done.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    inputs: Annotated[
        tyro.conf.Positional[tuple[Path, ...]],
        Field(
            description="pictures (8-bit, palette, 16-bit, FLIR JPEG), videos, folders of them, data sets of `build`"
        ),
        tyro.conf.arg(metavar="IMAGES|VIDEO [...]", help_behavior_hint=""),
    ]
    out: Annotated[Path, Field(description="file that is written; with --format yolo a folder")]
    format: Annotated[
        Format | None,
        Field(description="coco: list of results; yolo: a text file a picture; json: everything; csv: a row a face"),
        _default("by the ending of --out, else json", "coco|yolo|json|csv"),
    ] = None
    landmarks: Annotated[
        LandmarkSet | None,
        Field(description="which landmarks coco, yolo and csv hold; json holds all sets"),
        _default("68 in coco and csv, none in yolo", "none|5|54|68|70|478"),
    ] = None
    min_score: Annotated[float, Field(ge=0.1, le=1, description="faces less sure than that are left out, 0.1 to 1")] = (
        0.4
    )
    polarity: Annotated[Polarity, Field(description="of grey levels: whether white or black is warm")] = "auto"
    track: Annotated[
        tyro.conf.FlagCreatePairsOff[bool],
        Field(description="number the faces of videos and of numbered pictures: a face keeps its number"),
    ] = False
    gender: Annotated[
        tyro.conf.FlagCreatePairsOff[bool],
        Field(description="do not tell how likely a face is a man's"),
        tyro.conf.arg(help_behavior_hint="(default: it is told)"),
    ] = True
    overlay: Annotated[
        Path | None, Field(description="folder for pictures with what was found drawn in"), _default("none", "DIR")
    ] = None
    overwrite: Annotated[
        tyro.conf.FlagCreatePairsOff[bool], Field(description="replace --out if it is there already")
    ] = False

    @model_validator(mode="after")
    def _fits(self) -> AnnotateConfig:
        if not self.inputs:
            raise ValueError("no input is named; give pictures, folders or videos")
        if self.kind != "yolo" and self.out.suffix.lower() in PICTURE_ENDINGS:
            raise ValueError(
                f"--out {self.out} has a picture's ending; name a .json or .csv file (pictures: --overlay DIR)"
            )
        if self.overlay is not None and self.overlay.absolute() == self.out.absolute():
            raise ValueError(f"--out and --overlay are both {self.out}; name two places")
        return self

    @property
    def kind(self) -> Format:
        """The format that is written."""
        return self.format or _BY_SUFFIX.get(self.out.suffix.lower(), "json")

    @property
    def landmark_set(self) -> LandmarkSet:
        """Which landmarks go into the results."""
        return self.landmarks or _LANDMARKS[self.kind]


def make_annotate_config(**settings: Any) -> AnnotateConfig:
    """Settings from Python; InputError in one sentence for what does not fit."""
    if unknown := next((name for name in settings if name not in AnnotateConfig.model_fields), None):
        raise InputError(f"setting '{unknown}' is not known{did_you_mean(unknown, AnnotateConfig.model_fields)}")
    try:
        return AnnotateConfig(**settings)
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:
            raise InputError(str(first["msg"]).removeprefix("Value error, ")) from error
        name = str(first["loc"][0])
        raise InputError(f"{name} is {first['input']!r}; expected {expected(AnnotateConfig, name)}") from error
