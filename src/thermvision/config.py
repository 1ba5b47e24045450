"""The settings of a run: one model for Python, YAML and the command line."""

from __future__ import annotations

import difflib
import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from thermvision.types import InputError

DEFAULT_MOTIONS = ("headpose", "expression")
_NOT_IN_HASH = {"out", "workers", "model", "driving"}  # what does not change the bytes of a clip, and paths


class BuildConfig(BaseModel):
    """Make a data set of thermal sequences with labels; run again to go on where it stopped.

    Also: --config FILE (YAML with these settings; flags win), --dry-run, --json.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    out: Annotated[Path, Field(description="folder of the data set")]
    subjects: Annotated[int, Field(ge=1, le=100_000, description="synthetic people, women and men in turn")] = 2
    sessions: Annotated[int, Field(ge=1, le=1_000, description="recording occasions of each person")] = 1
    motions: Annotated[
        tuple[str, ...], Field(description="built-in motions; default headpose expression, none if --driving is given")
    ] = ()
    driving: Annotated[tuple[Path, ...], Field(description="driving videos of one face, or motion files (.npz)")] = ()
    source: Annotated[Literal["simulator"], Field(description="where portraits come from")] = "simulator"
    retarget: Annotated[Literal["mesh"], Field(description="how portraits are moved")] = "mesh"
    framing: Annotated[
        Literal["portrait", "wild"], Field(description="one face, or one to six people near and far with bodies")
    ] = "portrait"
    size: Annotated[int, Field(ge=64, le=2048, description="width and height of the frames, px")] = 512
    camera: Annotated[str, Field(description="camera preset, or mixed: every session its own")] = "generic"
    agc: Annotated[Literal["linear", "plateau", "detail"], Field(description="gain control of the 8-bit preview")] = (
        "detail"
    )
    frames: Annotated[int, Field(ge=30, le=100_000, description="frames of a built-in motion")] = 302
    rate_hz: Annotated[float, Field(ge=5, le=240, description="frame rate of built-in motions, frames/s")] = 30.0
    seed: Annotated[int, Field(ge=0, description="everything random follows from it")] = 0
    workers: Annotated[int, Field(ge=0, le=256, description="processes; 0 = one for each core")] = 0
    model: Annotated[Path | None, Field(description="Face Landmarker bundle for --driving videos")] = None

    @model_validator(mode="after")
    def _names(self) -> BuildConfig:
        from thermvision.motion.program_names import check_program_name
        from thermvision.thermal.presets import camera_model

        for name in self.motions:
            check_program_name(name)
        if len(set(self.motions)) < len(self.motions):
            raise InputError(f"motions name {', '.join(self.motions)}: each may be named once")
        if self.size % 4:
            raise InputError(
                f"size is {self.size}; expected a multiple of 4 (the preview's colour planes are half as wide)"
            )
        if self.camera != "mixed":
            camera_model(self.camera, self.size, self.size)
        return self

    def programs(self) -> tuple[str, ...]:
        """Built-in motions to make: those named, or the default pair if no driving video is given either."""
        return self.motions if self.motions or self.driving else DEFAULT_MOTIONS

    def without_effect(self) -> list[str]:
        """Sentences on settings that were changed and do nothing in this run."""
        from thermvision.thermal.presets import native_size

        given = self.model_fields_set
        notes = [
            f"{name} has no effect: no built-in motion is asked for (name one with --motions)"
            for name in ("frames", "rate_hz")
            if name in given and getattr(self, name) != type(self).model_fields[name].default and not self.programs()
        ]
        if "size" in given and self.camera != "mixed" and native_size(self.camera) is not None:
            notes.append(
                f"size has no effect: camera {self.camera} has frames of {'x'.join(map(str, native_size(self.camera) or ()))} px"
            )
        if self.model is not None and not any(path.suffix != ".npz" for path in self.driving):
            notes.append("model has no effect: there is no driving video to track")
        return notes

    def content(self, driving_sha256: dict[str, str]) -> dict[str, Any]:
        """What decides the bytes of the clips, with driving files by name and hash instead of path."""
        content = self.model_dump(mode="json", exclude=_NOT_IN_HASH)
        return {**content, "motions": list(self.programs()), "driving": driving_sha256}


def content_hash(content: dict[str, Any]) -> str:
    """Twelve hex digits that name a run."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def read_yaml(path: Path) -> dict[str, Any]:
    """Settings of a YAML file; InputError if it is missing or not a mapping of known names."""
    if not path.is_file():
        raise InputError(f"config {path} does not exist; check --config")
    try:
        loaded = yaml.safe_load(path.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"config {path} is not valid YAML ({' '.join(str(error).split())})") from error
    if not isinstance(loaded, dict):
        raise InputError(f"config {path} holds {type(loaded).__name__}; expected settings as `name: value` lines")
    return loaded


def make_config(settings: dict[str, Any], where: str) -> BuildConfig:
    """A validated configuration; InputError names field, value, what was expected and `where` it was given."""
    try:
        return BuildConfig(**settings)
    except ValidationError as error:
        raise InputError(describe(error, where)) from error


def describe(error: ValidationError, where: str) -> str:
    """The first complaint of a validation as one sentence."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"]) or "settings"
    if first["type"] == "extra_forbidden":
        close = difflib.get_close_matches(field, BuildConfig.model_fields, n=1)
        return f"{where}: setting '{field}' is not known{f'; did you mean {close[0]}?' if close else ''}"
    if first["type"] == "missing":
        return f"{where}: {field} is missing; give it with --{field}"
    given = f" is {first['input']!r}" if not isinstance(first["input"], dict) else ""
    return f"{where}: {field}{given}; {first['msg'][0].lower()}{first['msg'][1:]}"
