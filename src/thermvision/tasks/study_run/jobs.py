"""Which trainings a part of a study consists of, and who learns in each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from thermvision.tasks.splits import PeopleSplit, hash_order, hybrid, low_shot, split_people
from thermvision.tasks.study_run.spec import ModelSpec, PartSpec, RegimeSpec
from thermvision.types import InputError

VALIDATION_SHARE = 0.1  # of synthetic people, who choose the checkpoint where no real one may


@dataclass(frozen=True, slots=True)
class Stage:
    """One training run: who learns and who chooses the checkpoint, of the real and of the synthetic set."""

    real: tuple[str, ...]
    synthetic: tuple[str, ...]
    validation: tuple[str, ...]
    validation_is_real: bool
    share: float = 1.0  # of the steps


@dataclass(frozen=True, slots=True)
class Job:
    """One row's model for one seed: its stages, one after another."""

    name: str  # of its folder
    model: ModelSpec
    regime: str
    seed: int
    stages: tuple[Stage, ...]
    train_people: int | None  # real people trained on, of low-shot of each class
    synthetic_people: int | None


def part_split(part: PartSpec, classes: Mapping[str, str], own: Mapping[str, str], seed: int) -> PeopleSplit:
    """Who of the real set trains, chooses and is tested with this seed. classes: person -> class; own: person -> the set's split.

    InputError: too few people, no split of its own where that is asked for.
    """
    if part.split == "own":
        lists = {side: tuple(sorted(one for one, split in own.items() if split == side)) for side in ("train", "validation", "test")}  # fmt: skip
        empty = [side for side, people in lists.items() if not people]
        if empty:
            raise InputError(f"the set {part.real} names no people of its own split '{empty[0]}'; say split: seeds")
        return PeopleSplit(lists["train"], lists["validation"], lists["test"], None, "the set's own split")
    dealt = seed if part.split == "seeds" else int(part.split)
    return split_people(classes, dealt, test_share=part.test_share, validation_share=part.validation_share)


def part_jobs(
    part: PartSpec, split: PeopleSplit, classes: Mapping[str, str], synthetic: Mapping[str, str], seed: int
) -> list[Job]:
    """All trainings of a part for one seed. classes, synthetic: person -> class of the two sets.

    InputError where a regime asks for more people of a class than there are.
    """
    held, learn = _synthetic_sides(synthetic, seed)
    jobs = []
    for model in part.models:
        if model.given:
            continue
        for regime in part.regimes:
            for count in regime.counts():
                stages = _stages(part, regime, count, split, classes, (learn, held), synthetic, seed)
                jobs.append(_job(model, regime, count, seed, stages))
    return jobs


def _stages(
    part: PartSpec,
    regime: RegimeSpec,
    count: int | None,
    split: PeopleSplit,
    classes: Mapping[str, str],
    synthetic_sides: tuple[tuple[str, ...], tuple[str, ...]],
    synthetic: Mapping[str, str],
    seed: int,
) -> tuple[Stage, ...]:
    learn, held = synthetic_sides
    on_synthetic = Stage((), learn, held, False)
    on_real = Stage(split.train, (), split.validation, True)
    if regime.name == "real-only":
        return (on_real,)
    if regime.name == "synthetic-only":
        return (on_synthetic,)
    first = Stage((), learn, held, False, part.pretrain_share)
    if regime.name == "synthetic-then-real":
        return (first, Stage(split.train, (), split.validation, True, 1 - part.pretrain_share))
    if regime.name == "hybrid":
        if count is None:
            return (Stage(split.train, learn, split.validation, True),)
        kinds = {**classes, **synthetic}
        both = hybrid(split.train, learn, kinds, [count], seed)[count]
        return (Stage(split.train, tuple(one for one in both if one in synthetic), split.validation, True),)
    few = low_shot(split.train, classes, count or 1, seed)
    # As few choose the checkpoint: people kept back for it would be labelled people too.
    chooses = low_shot(split.validation, classes, min(count or 1, _fewest(split.validation, classes)), seed)
    if regime.after_synthetic:
        return (first, Stage(few, (), chooses, True, 1 - part.pretrain_share))
    return (Stage(few, (), chooses, True),)


def _job(model: ModelSpec, regime: RegimeSpec, count: int | None, seed: int, stages: tuple[Stage, ...]) -> Job:
    last = stages[-1]
    real: int | None = len(last.real) or None
    if regime.name == "low-shot":
        real = count
    synthetic = sum(len(stage.synthetic) for stage in stages) or None
    told = [model.name, regime.name, *([f"after{synthetic}"] if regime.after_synthetic else []), *([str(count)] if count else []), f"seed{seed}"]  # fmt: skip
    return Job(file_name("_".join(told)), model, regime.name, seed, stages, real, synthetic)


def _synthetic_sides(synthetic: Mapping[str, str], seed: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those of the synthetic people who choose the checkpoint, and those who train; nobody if there is no set."""
    held: list[str] = []
    learn: list[str] = []
    for kind in sorted(set(synthetic.values())):
        ordered = hash_order([name for name, of in synthetic.items() if of == kind], seed)
        if len(ordered) < 2:
            raise InputError(f"the synthetic set has {len(ordered)} person of class '{kind}'; expected 2 or more, one of them to choose the checkpoint")  # fmt: skip
        count = max(1, round(VALIDATION_SHARE * len(ordered)))
        held += ordered[:count]
        learn += ordered[count:]
    return tuple(sorted(held)), tuple(sorted(learn))


def _fewest(people: Sequence[str], classes: Mapping[str, str]) -> int:
    counts: dict[str, int] = {}
    for one in people:
        counts[classes[one]] = counts.get(classes[one], 0) + 1
    return min(counts.values())


def file_name(text: str) -> str:
    """The text as the name of a file or folder."""
    return re.sub(r"[^A-Za-z0-9.-]+", "_", text).strip("_.") or "unnamed"
