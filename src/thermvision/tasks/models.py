"""What a run folder says of its model: `model.json` beside `model.onnx`, written by training and read by prediction."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from thermvision.disk import plain_disk_errors, write_text
from thermvision.types import InputError
from thermvision.wording import did_you_mean

MODEL_JSON, MODEL_ONNX, HUB_FOLDER = "model.json", "model.onnx", "transformers"
FORMAT_VERSION = 1
Task = Literal["detect", "landmarks", "gender"]
Kind = Literal["finder", "crop", "gender", "transformers"]
KINDS: dict[str, tuple[str, ...]] = {
    "detect": ("finder", "transformers"), "landmarks": ("crop",), "gender": ("gender", "transformers"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One trained model. Where it learnt from data sets, `train_people` and `validation_people` name everyone it has seen.

    room: side of the crop over the longer side of the face box (landmarks, gender), 1 for detectors. simulator_seed: it learnt from people that
    the simulator drew with this seed; None if from data sets. more: what else training says of itself.
    """

    task: str  # one of Task
    kind: str  # one of KINDS[task]
    input_px: tuple[int, int]  # width, height
    classes: tuple[str, ...]
    room: float = 1.0
    train_people: tuple[str, ...] = ()
    validation_people: tuple[str, ...] = ()
    simulator_seed: int | None = None
    seed: int = 0
    steps: int = 0
    thermvision: str = ""
    data: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _one_of("task", self.task, get_args(Task))
        _one_of("kind", self.kind, KINDS[self.task])
        if len(self.input_px) != 2 or min(self.input_px) < 1:
            raise InputError(f"input_px is {list(self.input_px)}; expected width and height in px, such as [192, 192]")
        if not self.room > 0:
            raise InputError(
                f"room is {self.room:g}; expected more than 0: the crop's side over the face box's longer side"
            )

    @property
    def seen_people(self) -> frozenset[str]:
        """Real or synthetic people of data sets, by name, whom the model or the choice of its checkpoint has seen."""
        return frozenset({*self.train_people, *self.validation_people})


def write_model_info(folder: Path, info: ModelInfo) -> Path:
    """Write `model.json` into a run folder, whole or not at all."""
    people: dict[str, Any] = {"train": sorted(info.train_people), "validation": sorted(info.validation_people)}
    if info.simulator_seed is not None:
        people["simulator"] = info.simulator_seed
    told = {
        name: getattr(info, name)
        for name in ("task", "kind", "input_px", "classes", "room", "seed", "steps", "thermvision", "data")
    }
    content = {**info.more, "format_version": FORMAT_VERSION, **told, "people": people}
    path = folder / MODEL_JSON
    with plain_disk_errors(folder, "the weights stay"):
        folder.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n")
    return path


def read_model_info(path: Path) -> ModelInfo:
    """The model of a run folder, or of its `model.json`; InputError naming the field that does not fit."""
    file = path / MODEL_JSON if path.is_dir() else path
    try:
        content = json.loads(file.read_text())
    except FileNotFoundError as error:
        raise InputError(
            f"{path} holds no {MODEL_JSON}; give a run folder of `thermvision train`, or an ONNX file"
        ) from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"{file} cannot be read as JSON; take the file as training wrote it") from error
    if not isinstance(content, dict):
        raise InputError(f"{file} holds no fields; expected the object that training writes")
    try:
        return _info(content)
    except InputError as error:
        raise InputError(f"{file}: {error}") from error


def _info(content: Mapping[str, Any]) -> ModelInfo:
    told = dict(content)
    if told.pop("format_version", FORMAT_VERSION) != FORMAT_VERSION:
        raise InputError(f"format_version is {content['format_version']}; expected {FORMAT_VERSION}: use the thermvision that wrote it, or a newer one")  # fmt: skip
    people = told.pop("people", {})
    lists = _people(people)
    given: dict[str, Any] = {}
    for name, check in _CHECKS.items():
        if name not in told:
            if name in ("task", "kind", "input_px", "classes"):
                raise InputError(f"{name} is missing; expected {check[1]}")
            continue
        value = told.pop(name)
        if not check[0](value):
            raise InputError(f"{name} is {json.dumps(value)[:60]}; expected {check[1]}")
        given[name] = tuple(value) if isinstance(value, list) else value
    return ModelInfo(**given, **lists, more=told)


def _people(people: Any) -> dict[str, Any]:
    if not isinstance(people, dict):
        raise InputError("people is no object; expected train and validation lists of names, or simulator: seed")
    lists = {part: people.get(part, []) for part in ("train", "validation")}
    for part, names in lists.items():
        if not _words(names):
            raise InputError(f"people.{part} is {json.dumps(names)[:60]}; expected a list of names")
    seed = people.get("simulator")
    if seed is not None and not _whole(seed):
        raise InputError(f"people.simulator is {json.dumps(seed)[:60]}; expected the simulator's seed, a whole number")
    return {
        "train_people": tuple(lists["train"]), "validation_people": tuple(lists["validation"]), "simulator_seed": seed,
    }  # fmt: skip


def _words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _sizes(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(_whole(one) for one in value)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_CHECKS: dict[str, tuple[Any, str]] = {
    "task": (lambda value: isinstance(value, str), f"one of {', '.join(get_args(Task))}"),
    "kind": (lambda value: isinstance(value, str), f"one of {', '.join(get_args(Kind))}"),
    "input_px": (_sizes, "width and height in px, such as [192, 192]"),
    "classes": (_words, "a list of words"),
    "room": (_number, "a number"),
    "seed": (_whole, "a whole number from 0"),
    "steps": (_whole, "a whole number from 0"),
    "thermvision": (lambda value: isinstance(value, str), "the version, a word"),
    "data": (_words, "a list of what it learnt from"),
}


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InputError(f"{name} is '{value}'; expected one of {', '.join(allowed)}{did_you_mean(value, allowed)}")


def as_dict(info: ModelInfo) -> dict[str, Any]:
    """All fields, for reports."""
    return dataclasses.asdict(info)
