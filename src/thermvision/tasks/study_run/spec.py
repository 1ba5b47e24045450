"""What a study's YAML file may say."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from thermvision.tasks.measures.normalisers import Normaliser
from thermvision.tasks.splits import PER_CLASS, SEEDS
from thermvision.types import InputError
from thermvision.wording import did_you_mean

SetKind = Literal["real", "stand-in", "synthetic"]
View = Literal["stored", "linear", "plateau", "detail"]
RegimeName = Literal["real-only", "synthetic-only", "hybrid", "synthetic-then-real", "low-shot"]
_STRICT = ConfigDict(frozen=True, extra="forbid")


class SetSpec(BaseModel):
    """A data set: one that is there, or one that the simulator makes as a part of the study."""

    model_config = _STRICT

    kind: SetKind = Field(description="what it stands for in tables")
    data: Path | None = Field(None, description="folder of a data set")
    simulate: dict[str, Any] | None = Field(None, description="settings of `thermvision build` without out")
    view: View = Field("stored", description="stored values, or the greys that a gain control makes of each picture")
    every: int = Field(1, ge=1, description="only each N-th frame of a clip")

    @model_validator(mode="after")
    def _one_source(self) -> SetSpec:
        if (self.data is None) == (self.simulate is None):
            raise ValueError("give either data: FOLDER or simulate: settings of `thermvision build`")
        if self.kind == "real" and self.simulate is not None:
            raise ValueError("kind is real, but simulated data is never called that; say stand-in or synthetic")
        return self


class ModelSpec(BaseModel):
    """A network to train, or with `given` a model as `--model` names it, which is only tested."""

    model_config = _STRICT

    name: str = Field(min_length=1, description="in the tables")
    network: str = Field("", description="empty: our own; gender: mobilenet_v2, efficientnet-b0, resnet-18, resnet-50; detect: a transformers detector")  # fmt: skip
    pretrained: bool = Field(False, description="start from the hub's weights")
    given: str = Field("", description="shipped, a run folder, an .onnx file, or transformers:NAME")


class RegimeSpec(BaseModel):
    """What is trained on. people: of hybrid the synthetic people of each class, of low-shot the real ones, growing."""

    model_config = _STRICT

    name: RegimeName
    people: tuple[int, ...] = ()
    after_synthetic: bool = Field(False, description="low-shot: start from the model that saw the synthetic people")

    @model_validator(mode="after")
    def _counts(self) -> RegimeSpec:
        if any(count < 1 for count in self.people):
            raise ValueError(f"people is {list(self.people)}; expected numbers of people of each class, 1 or more")
        if self.people and self.name not in ("hybrid", "low-shot"):
            raise ValueError(f"people has no effect on {self.name}; it is for hybrid and low-shot")
        if self.after_synthetic and self.name != "low-shot":
            raise ValueError(f"after_synthetic has no effect on {self.name}; it is for low-shot")
        return self

    def counts(self) -> tuple[int | None, ...]:
        """One training for each."""
        if self.name == "low-shot":
            return self.people or PER_CLASS
        return self.people or (None,)


class PartSpec(BaseModel):
    """One task with one real (or stand-in) set to train on, its models, regimes and tests."""

    model_config = _STRICT

    task: Literal["detect", "landmarks", "gender"]
    real: str = Field(description="name of the set whose people train, choose the checkpoint and are tested")
    synthetic: str = Field("", description="name of the synthetic set")
    tests: tuple[str, ...] = Field((), description="further sets to test on, everyone in them")
    models: tuple[ModelSpec, ...] = Field((), description="none: baselines alone")
    regimes: tuple[RegimeSpec, ...] = ()
    split: Literal["seeds", "own"] | int = Field("seeds", description="people dealt anew for each seed, by the set's own split, or by one seed")  # fmt: skip
    test_share: float = Field(0.2, gt=0, lt=1)
    validation_share: float = Field(0.1, gt=0, lt=1)
    training: dict[str, Any] = Field(default_factory=dict, description="settings of `thermvision train`: steps, batch_size, learning_rate, augmentation, ...")  # fmt: skip
    pretrain_share: float = Field(0.5, gt=0, lt=1, description="synthetic-then-real: share of the steps on synthetic people")  # fmt: skip
    normaliser: Normaliser = "box diagonal"
    boxes: Literal["auto", "found", "label"] = Field("label", description="whose box landmarks and gender are read in")
    least_visible: float = Field(
        0.0, ge=0, le=1, description="detect: faces less visible than that are neither missed nor false"
    )


class PublishedSpec(BaseModel):
    """A figure of a paper, shown beside ours."""

    model_config = _STRICT

    test_set: str
    model: str
    metric: str
    value: float
    regime: str = ""
    source: str = ""
    note: str = ""


class StudySpec(BaseModel):
    """A study."""

    model_config = _STRICT

    title: str
    seeds: tuple[int, ...] = SEEDS
    draws: int = Field(10_000, ge=100, le=100_000, description="of the bootstrap over people")
    sets: dict[str, SetSpec]
    parts: tuple[PartSpec, ...] = Field(min_length=1)
    published: tuple[PublishedSpec, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> StudySpec:
        if not self.seeds or len(set(self.seeds)) < len(self.seeds) or min(self.seeds) < 0:
            raise ValueError(f"seeds is {list(self.seeds)}; expected different whole numbers from 0, five or more for a publication")  # fmt: skip
        for number, part in enumerate(self.parts, 1):
            _check_part(number, part, self.sets)
        return self


def _check_part(number: int, part: PartSpec, sets: dict[str, SetSpec]) -> None:
    for name in (part.real, part.synthetic, *part.tests):
        if name and name not in sets:
            raise ValueError(f"part {number} names the set '{name}'; expected one of {', '.join(sets)}{did_you_mean(name, sets)}")  # fmt: skip
    if sets[part.real].kind == "synthetic":
        raise ValueError(f"part {number}: the real set {part.real} is of kind synthetic; say stand-in if it stands for a real one")  # fmt: skip
    if part.synthetic and sets[part.synthetic].kind != "synthetic":
        raise ValueError(
            f"part {number}: the synthetic set {part.synthetic} is of kind {sets[part.synthetic].kind}; expected synthetic"
        )
    needing = [one.name for one in part.regimes if one.name not in ("real-only", "low-shot") or one.after_synthetic]
    if needing and not part.synthetic:
        raise ValueError(f"part {number}: {needing[0]} needs synthetic: NAME OF A SET")
    names = [one.name for one in part.models]
    if len(set(names)) < len(names):
        raise ValueError(f"part {number}: two models have the same name; name each once")
    if any(not one.given for one in part.models) and not part.regimes:
        raise ValueError(f"part {number}: models are to be trained and no regime says on what; name regimes")


def make_study(settings: dict[str, Any], where: str) -> StudySpec:
    """A validated study; InputError in one sentence naming the place in the file."""
    try:
        return StudySpec(**settings)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(one) for one in first["loc"])
        if first["type"] == "extra_forbidden":
            known = _known_beside(first["loc"])
            raise InputError(f"{where}: setting '{place}' is not known{did_you_mean(str(first['loc'][-1]), known)}") from error  # fmt: skip
        if first["type"] == "missing":
            raise InputError(f"{where}: {place} is missing; see docs/study.md") from error
        message = str(first["msg"]).removeprefix("Value error, ")
        value = "" if first["type"] == "value_error" else f" (given: {str(first['input'])[:60]})"
        raise InputError(f"{where}: {f'{place}: ' if place else ''}{message}{value}") from error


def _known_beside(place: tuple[int | str, ...]) -> tuple[str, ...]:
    kinds: dict[str, type[BaseModel]] = {
        "sets": SetSpec, "parts": PartSpec, "models": ModelSpec, "regimes": RegimeSpec, "published": PublishedSpec,
    }  # fmt: skip
    inside = [kinds[str(one)] for one in place[:-1] if str(one) in kinds]
    return tuple((inside[-1] if inside else StudySpec).model_fields)
