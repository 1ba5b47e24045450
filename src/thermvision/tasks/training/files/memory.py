"""Samples held in memory, for studies that train many small models on parts of the same people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from thermvision.tasks.splits import check_classes, check_disjoint
from thermvision.tasks.training.config import TrainConfig
from thermvision.tasks.training.files.rows import LeftOut, read_labelled_rows
from thermvision.tasks.training.files.source import TrainingSource
from thermvision.tasks.training.files.usable import usable
from thermvision.tasks.training.samples import Sample
from thermvision.types import InputError


@dataclass(frozen=True, slots=True)
class OwnedSample:
    """A sample, whose it is, who is seen in it, and the person's class (female, male; person where the task has none)."""

    sample: Sample
    person: str
    everyone: frozenset[str]
    kind: str
    split: str


@dataclass
class MemorySource:
    """A `SampleSource`: a person first, then one of the person's samples, so that nobody counts for more than another."""

    owned: Sequence[OwnedSample]
    told: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        groups: dict[str, list[Sample]] = defaultdict(list)
        for one in self.owned:
            groups[one.person].append(one.sample)
        self._groups = [groups[name] for name in sorted(groups)]

    def draw(self, step: int, count: int, stream: np.random.Generator) -> list[Sample]:
        """`count` samples; the same stream gives the same."""
        chosen = []
        for which, what in stream.random((count, 2)).tolist():
            group = self._groups[int(which * len(self._groups))]
            chosen.append(group[int(what * len(group))])
        return chosen

    def about(self) -> dict[str, Any]:
        """What goes into model.json."""
        return self.told

    def close(self) -> None:
        """Nothing is held but memory."""


def owned_samples(dataset: Path, config: TrainConfig, left_out: LeftOut | None = None) -> list[OwnedSample]:
    """Everything in a data set that the task of `config` can learn from, pictures in memory; persons as `people_names` names them."""
    counted = left_out or LeftOut()
    found = []
    for row in read_labelled_rows(dataset, counted, config.every):
        for sample, person, kind in usable(row, config.task, counted.counts):
            everyone = frozenset({person or row.image, *(name for name in sample.people if name)})
            found.append(OwnedSample(sample, person or row.image, everyone, kind, row.split))
    return found


def memory_source(
    owned: Sequence[OwnedSample], train: Collection[str], validation: Collection[str], config: TrainConfig, name: str = "memory"
) -> TrainingSource:  # fmt: skip
    """Samples of the people `train` to learn from and of `validation` to choose the checkpoint; images that show others are left out.

    InputError: a person in both, nobody in one, one class only for gender.
    """
    check_disjoint({"train": train, "validation": validation})
    parts = {
        part: [one for one in owned if one.person in people and one.everyone <= frozenset(people)]
        for part, people in (("train", set(train)), ("validation", set(validation)))
    }
    for part, ones in parts.items():
        if not ones:
            raise InputError(f"none of the {part} people has a sample for {config.task}; give other people")
        if config.task == "gender":
            check_classes({one.kind for one in ones}, f"the {part} people")
    men = {one.person: one.kind == "male" for one in parts["train"]}
    looked_at = parts["validation"]
    chosen = np.unique(
        np.linspace(0, len(looked_at) - 1, min(config.most_validation, len(looked_at))).round().astype(int)
    )
    return TrainingSource(
        MemorySource(parts["train"], {"kind": "memory", "images": len(parts["train"]), "sets": [name], "people": {"train": len(men), "validation": len(set(validation))}}),
        [looked_at[k].sample for k in chosen], {"train": sorted(train), "validation": sorted(validation)}, name, [], float(np.mean(list(men.values()))),
    )  # fmt: skip
