"""The settings of a run: one model for Python, YAML and the command line."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from thermvision.motion.endings import is_motion_file
from thermvision.motion.program_names import PROGRAM_NAMES, check_program_name
from thermvision.thermal.presets import CAMERAS, camera_model, native_size
from thermvision.types import InputError
from thermvision.wording import complaint, expected

DEFAULT_MOTIONS = ("headpose", "expression")
_PAINT = ("paint_model", "paint_lora", "paint_strength")  # what counts with source flux
_OF_SIMULATED = ("subjects", "sessions", "room_temperature_c")  # what counts with people that are drawn
_NOT_IN_HASH = {
    "out",
    "workers",
    "model",
    "driving",
    "portraits",
}  # what does not change the bytes of a clip, and paths


class BuildConfig(BaseModel):
    """Make a data set of thermal sequences with labels; run again to go on where it stopped.

    Also: --config FILE (YAML with these settings; flags win), --dry-run, --json.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    out: Annotated[Path, Field(description="folder of the data set")]
    subjects: Annotated[int, Field(ge=1, le=100_000, description="synthetic people, women and men in turn")] = 2
    sessions: Annotated[int, Field(ge=1, le=1_000, description="recording occasions of each person")] = 1
    motions: Annotated[
        tuple[str, ...],
        Field(description=f"built-in motions: {', '.join(PROGRAM_NAMES)}"),
        tyro.conf.arg(help_behavior_hint="(default: headpose expression; none if --driving is given)"),
    ] = ()
    driving: Annotated[
        tuple[Path, ...],
        Field(
            description="driving videos of one face, or motions: .npz of `thermvision track`, Live Link Face .csv, LivePortrait .pkl"
        ),
        tyro.conf.arg(help_behavior_hint="(default: none)"),
    ] = ()
    source: Annotated[
        Literal["simulator", "flux", "folder"],
        Field(description="where portraits come from: rendered, painted by FLUX over the rendering, or your pictures"),
    ] = "simulator"
    portraits: Annotated[
        Path | None,
        Field(description="pictures of --source folder, each a subject; `thermvision animate` has more to set"),
        tyro.conf.arg(metavar="DIR", help_behavior_hint="(default: none)"),
    ] = None
    paint_model: Annotated[
        str, Field(description="that paints with --source flux: micro, a folder or a hub repository")
    ] = "micro"
    paint_lora: Annotated[
        Path | None, tyro.conf.arg(metavar="PATH"), Field(description="LoRA of the model that paints")
    ] = None
    paint_strength: Annotated[
        float, Field(ge=0.05, le=1, description="how much is painted anew, 0.05 to 1; over 0.7 features move")
    ] = 0.5
    retarget: Annotated[
        Literal["mesh", "liveportrait"],
        Field(description="how portraits are moved: as a 3-D head, or from a still by the published networks"),
    ] = "mesh"
    framing: Annotated[
        Literal["portrait", "wild"], Field(description="one face, or one to six people near and far with bodies")
    ] = "portrait"
    size: Annotated[int, Field(ge=64, le=2048, description="width and height of the frames, px, 64 to 2048")] = 512
    camera: Annotated[
        str, Field(description=f"camera preset: {', '.join(sorted(CAMERAS))}; or mixed: every session its own")
    ] = "generic"
    agc: Annotated[Literal["linear", "plateau", "detail"], Field(description="gain control of the 8-bit preview")] = (
        "detail"
    )
    frames: Annotated[int, Field(ge=30, le=100_000, description="frames of a built-in motion, 30 or more")] = 302
    rate_hz: Annotated[float, Field(ge=5, le=240, description="frame rate of built-in motions, 5 to 240 frames/s")] = (
        30.0
    )
    room_temperature_c: Annotated[
        float | None,
        tyro.conf.arg(metavar="FLOAT", help_behavior_hint="(default: drawn for each session, about 24)"),
        Field(ge=10, le=40, description="of every session, 10 to 40 C"),
    ] = None
    seed: Annotated[int, Field(ge=0, description="everything random follows from it")] = 0
    workers: Annotated[int, Field(ge=0, le=256, description="processes; 0 = one for each core")] = 0
    model: Annotated[
        Path | None,
        Field(description="tracker's model file (face_landmarker.task), for --driving videos"),
        tyro.conf.arg(
            metavar="PATH", help_behavior_hint="(default: $THERMVISION_FACE_LANDMARKER, else the fetched one)"
        ),
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _no_truth_values(cls, settings: Any) -> Any:
        """YAML reads `on`, `yes` and `true` as truth values, which would count as 1."""
        for name, value in settings.items() if isinstance(settings, dict) else ():
            if isinstance(value, bool) and name in cls.model_fields:
                raise InputError(f"{name} is {str(value).lower()}; expected {expected(cls, name)}")
        return settings

    @model_validator(mode="after")
    def _names(self) -> BuildConfig:
        for name in self.motions:
            check_program_name(name)
        if len(set(self.motions)) < len(self.motions):
            raise InputError(f"motions name {', '.join(self.motions)}: each may be named once")
        if self.size % 4:
            raise InputError(
                f"size is {self.size}; expected a multiple of 4 (the preview's colour planes are half as wide)"
            )
        if self.source == "flux" and self.paint_lora is not None and not self.paint_lora.is_file():
            raise InputError(f"paint_lora {self.paint_lora} does not exist; give a LoRA file (.safetensors)")
        if self.camera != "mixed":
            camera_model(self.camera, self.size, self.size)
        self._can_be_made()
        return self

    def _can_be_made(self) -> None:
        """InputError for sources and retargeters that do not go together with the rest."""
        if self.source == "folder" and self.portraits is None:
            raise InputError("portraits is missing: source is folder; give the folder of pictures with --portraits DIR")
        if self.framing == "wild" and (self.source == "folder" or self.retarget == "liveportrait"):
            what = "source folder" if self.source == "folder" else "retarget liveportrait"
            raise InputError(
                f"framing is wild, which needs people with bodies in three dimensions, and {what} has none; use framing portrait"
            )
        if self.source == "folder" and self.camera == "mixed":
            raise InputError("camera is mixed, which draws one for each session, and pictures have none; name a camera")

    def programs(self) -> tuple[str, ...]:
        """Built-in motions to make: those named, or the default pair if no driving video is given either."""
        return self.motions if self.motions or self.driving else DEFAULT_MOTIONS

    def without_effect(self) -> list[str]:
        """Sentences on settings that were changed and do nothing in this run."""
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
        if self.model is not None and all(is_motion_file(path) for path in self.driving):
            notes.append("model has no effect: there is no driving video to track")
        if self.source == "folder":
            notes += [
                f"{name} has no effect: each picture of the folder is a subject, once"
                for name in _OF_SIMULATED
                if getattr(self, name) != type(self).model_fields[name].default
            ]
        elif self.portraits is not None:
            notes.append(f"portraits has no effect: source is {self.source}")
        if self.source != "flux":
            notes += [
                f"{name} has no effect: source is {self.source}"
                for name in _PAINT
                if getattr(self, name) != type(self).model_fields[name].default
            ]
        return notes

    def content(self, driving_sha256: dict[str, str], painted_by: dict[str, str] | None = None) -> dict[str, Any]:
        """What decides the bytes of the clips, with driving files and what paints by hash instead of path."""
        # Runs begun before these settings existed go on.
        unset = {"room_temperature_c"} if self.room_temperature_c is None else set()
        unset |= set(_PAINT) if self.source != "flux" else {"paint_model", "paint_lora"}
        content = self.model_dump(mode="json", exclude=_NOT_IN_HASH | unset)
        return {**content, **(painted_by or {}), "motions": list(self.programs()), "driving": driving_sha256}


def content_hash(content: dict[str, Any]) -> str:
    """Twelve hex digits that name a run."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


class _Settings(yaml.SafeLoader):
    """YAML that refuses a name given twice, of which only the last would count."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value]
        for name in names:
            if names.count(name) > 1:
                raise InputError(f"setting '{name}' stands there twice; leave one")
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict[str, Any]:
    """Settings of a YAML file; InputError if it is missing or not a mapping of known names."""
    if not path.is_file():
        what = "is a folder; give a YAML file" if path.is_dir() else "does not exist; check --config"
        raise InputError(f"config {path} {what}")
    try:
        loaded = yaml.load(path.read_text(), _Settings)  # noqa: S506 (a SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"config {path} is not valid YAML ({' '.join(str(error).split())})") from error
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except PermissionError as error:
        raise InputError(f"config {path} may not be read; check its permissions") from error
    if not isinstance(loaded, dict):
        what = (
            "is empty" if loaded is None else f"holds a {'list' if isinstance(loaded, list) else 'value'}, no settings"
        )
        raise InputError(f"config {path} {what}; expected settings as `name: value` lines, such as `subjects: 4`")
    if set(loaded) == {"hash", "content"}:
        raise InputError(
            f"config {path} is the record of a run; put what stands under `content` into a file of its own, with paths for driving"
        )
    return {str(name): value for name, value in loaded.items()}


def make_config(settings: dict[str, Any], where: str) -> BuildConfig:
    """A validated configuration; InputError names field, value, what was expected and `where` it was given."""
    try:
        return BuildConfig(**settings)
    except ValidationError as error:
        raise InputError(complaint(error, where, BuildConfig)) from error
