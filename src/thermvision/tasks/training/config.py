"""The settings of a training run: one model for Python, YAML and the command line."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from tyro.conf import Suppress

from thermvision.types import InputError
from thermvision.wording import complaint

Task = Literal["detect", "landmarks", "gender"]
SIMULATOR = "simulator"
# Places, and what only looks on or keeps: may change between two starts of one run.
_NOT_IN_HASH = {"out", "data", "start", "save_every", "device", "workers", "subjects_csv"}
_DEFAULTS: dict[str, dict[str, Any]] = {  # of what is left unset
    "detect": {"steps": 1500, "batch_size": 16, "learning_rate": 2e-3},
    "landmarks": {"steps": 1500, "batch_size": 32, "learning_rate": 2e-3},
    "gender": {"steps": 600, "batch_size": 32, "learning_rate": 1e-3},
}
OWN = {"detect": "finder", "landmarks": "crop", "gender": "gender"}  # our own network of each task


class TrainConfig(BaseModel):
    """Train a detector, a landmark or a gender network; run again to go on where it stopped.

    Also: --config FILE (YAML with these settings and those of docs/train.md; flags win), --dry-run, --json.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: Annotated[
        tyro.conf.Positional[Task],
        Field(description="what is learnt"),
        tyro.conf.arg(metavar="detect|landmarks|gender", help_behavior_hint=""),
    ]
    data: Annotated[
        tuple[str, ...],
        Field(description="data sets (of `build` or `import`), or simulator: without files, straight from it"),
        tyro.conf.arg(metavar="DIR [DIR ...]"),
    ]
    out: Annotated[Path, Field(description="folder of the run")]
    weights: Annotated[
        tuple[float, ...],
        Field(description="how often each of --data is drawn from"),
        tyro.conf.arg(metavar="FLOAT [FLOAT ...]", help_behavior_hint="(default: by their numbers of people)"),
    ] = ()
    model: Annotated[
        str,
        Field(
            description="gender: mobilenet_v2, efficientnet-b0, resnet-18, resnet-50; detect: a transformers detector by name or folder"
        ),
        tyro.conf.arg(help_behavior_hint="(default: our own small network)"),
    ] = ""
    pretrained: Annotated[bool, Field(description="start a transformers network from the hub's weights")] = False
    start: Annotated[
        Path | None,
        Field(description="folder of an earlier run whose weights are the start, or shipped: the shipped network's"),
        tyro.conf.arg(metavar="RUN", help_behavior_hint="(default: from scratch)"),
    ] = None
    steps: Annotated[
        int | None,
        Field(ge=1, le=10_000_000, description="updates of the weights"),
        tyro.conf.arg(metavar="INT", help_behavior_hint="(default: detect, landmarks 1500, gender 600)"),
    ] = None
    batch_size: Annotated[
        int | None,
        Field(ge=1, le=4096, description="pictures a step"),
        tyro.conf.arg(metavar="INT", help_behavior_hint="(default: detect 16, landmarks, gender 32)"),
    ] = None
    learning_rate: Annotated[
        float | None,
        Field(gt=0, le=1, description="highest step length of AdamW"),
        tyro.conf.arg(metavar="FLOAT", help_behavior_hint="(default: 0.002, gender 0.001)"),
    ] = None
    input_px: Annotated[int, Field(ge=64, le=1024, description="detect: side of the training windows")] = 192
    every: Annotated[int, Field(ge=1, le=100_000, description="take each so many-th frame of a clip")] = 1
    seed: Annotated[int, Field(ge=0, description="everything random follows from it, the split of people too")] = 0
    threads: Annotated[int, Field(ge=1, le=256, description="cores; another number gives other last digits")] = 2
    validate_every: Annotated[int, Field(ge=1, le=1_000_000, description="steps between looks at the others")] = 100
    save_every: Annotated[int, Field(ge=1, le=1_000_000, description="steps between checkpoints")] = 100

    # What follows are settings of YAML files only: the help does not list them.
    weight_decay: Suppress[Annotated[float, Field(ge=0, le=10, description="of AdamW")]] = 0.02
    warmup_steps: Suppress[Annotated[int, Field(ge=0, le=1_000_000, description="steps of rising rate")]] = 50
    max_grad_norm: Suppress[Annotated[float, Field(ge=0, le=1e6, description="gradients are cut to it; 0: never")]] = (
        2.0
    )
    average: Suppress[Annotated[float, Field(ge=0, lt=1, description="of the averaged weights")]] = 0.99
    augmentation: Suppress[Annotated[float, Field(ge=0, le=1, description="strength; 0: none")]] = 1.0
    most_validation: Suppress[Annotated[int, Field(ge=1, le=1_000_000, description="pictures looked at")]] = 300
    least_face_px: Suppress[Annotated[float, Field(ge=1, le=1000, description="detect: smaller faces are ignored")]] = (
        9.0
    )
    least_visible: Suppress[Annotated[float, Field(ge=0, le=1, description="detect: others are ignored")]] = 0.25
    device: Suppress[Annotated[str, Field(description="where the network is")]] = "cpu"
    fresh_per_step: Suppress[Annotated[int, Field(ge=0, le=4096, description="simulator: new samples a step")]] = 8
    window: Suppress[Annotated[int, Field(ge=1, le=1_000_000, description="simulator: samples to draw from")]] = 2000
    wild_share: Suppress[
        Annotated[float | None, Field(ge=0, le=1, description="simulator: of rooms and streets; None: the task's")]
    ] = None
    longest_px: Suppress[Annotated[int, Field(ge=64, le=1024, description="simulator: of a picture's side")]] = 320
    workers: Suppress[Annotated[int, Field(ge=0, le=1024, description="simulator: processes, 0: one a core")]] = 0
    classes: Suppress[Annotated[tuple[str, ...], Field(description="class folders: CLASS=female, CLASS=male, CLASS=none")]] = ()  # fmt: skip
    subject_pattern: Suppress[
        Annotated[str | None, Field(description="class folders: of a path; its first group is the person")]
    ] = None
    subjects_csv: Suppress[Annotated[Path | None, Field(description="class folders: table of file and subject")]] = None

    @model_validator(mode="after")
    def _fit(self) -> TrainConfig:
        if not self.data:
            raise InputError("--data has no value; expected folders of data sets, or simulator")
        if self.weights and len(self.weights) != len(self.data):
            raise InputError(
                f"--weights has {len(self.weights)} numbers for {len(self.data)} data sets; expected one for each"
            )
        if any(not weight > 0 for weight in self.weights):
            raise InputError(
                f"--weights is {list(self.weights)}; expected numbers above 0: leave a set out of --data instead"
            )
        if self.input_px % 32:
            raise InputError(f"--input-px is {self.input_px}; expected a multiple of 32, such as 192, 256, 320")
        if self.model not in ("", OWN["landmarks"]) and self.task == "landmarks":
            raise InputError(f"--model is '{self.model}'; landmarks has one network, our own: leave --model out")
        if self.start == Path("shipped") and self.model not in ("", OWN[self.task]):
            raise InputError(f"--start shipped has no weights for --model {self.model}; leave one of them out")
        return self

    def filled(self) -> TrainConfig:
        """The settings with the task's own for what was left unset."""
        unset = {name: value for name, value in _DEFAULTS[self.task].items() if getattr(self, name) is None}
        return self.model_copy(update={**unset, "model": self.model or OWN[self.task]})

    def content(self, data: str) -> dict[str, Any]:
        """What decides the weights, with the data as a hash in place of paths."""
        return {
            **self.model_dump(mode="json", exclude=_NOT_IN_HASH),
            "started": "" if self.start is None else "shipped" if self.start == Path("shipped") else "run",
            "data": data,
        }


def content_hash(content: dict[str, Any]) -> str:
    """Twelve hex digits that name a run."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def make_train_config(settings: dict[str, Any], where: str) -> TrainConfig:
    """A validated configuration; InputError names field, value, what was expected and `where` it was given."""
    try:
        return TrainConfig(**settings)
    except ValidationError as error:
        raise InputError(complaint(error, where, TrainConfig)) from error
