"""Samples drawn from kept ones: a set by its weight, a person of it, an image of the person, so that nobody counts for more than another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from thermvision.tasks.training.files.shelf import Kept, Shelf
from thermvision.tasks.training.samples import Sample, SampleSource


@dataclass
class FilesSource:
    """People of each set with their kept images; a `SampleSource`."""

    shelf: Shelf
    sets: list[dict[str, list[Kept]]]  # of each data set: unit -> its images
    weights: list[float]  # of the sets
    told: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._units = [sorted(one) for one in self.sets]
        self._ends = np.cumsum(np.array(self.weights, float) / np.sum(self.weights))

    def draw(self, step: int, count: int, stream: np.random.Generator) -> list[Sample]:
        """`count` samples; the same stream gives the same."""
        return [self.shelf.sample(self._one(*row)) for row in stream.random((count, 3)).tolist()]

    def _one(self, which_set: float, which_unit: float, which_image: float) -> Kept:
        number = min(int(np.searchsorted(self._ends, which_set, "right")), len(self.sets) - 1)
        units = self._units[number]
        images = self.sets[number][units[int(which_unit * len(units))]]
        return images[int(which_image * len(images))]

    def about(self) -> dict[str, Any]:
        """What goes into model.json."""
        return self.told

    def close(self) -> None:
        """Let the pictures go."""
        self.shelf.close()


@dataclass
class TrainingSource:
    """What a training needs: samples to learn from, and the pictures of other people that choose the checkpoint."""

    draws: SampleSource
    validation: list[Sample]
    people: dict[str, Any]  # train and validation: names
    hash: str  # names the data
    notes: list[str] = field(default_factory=list)
    male_share: float = 0.5  # of the training people
    skipped: list[tuple[str, str]] = field(default_factory=list)

    def close(self) -> None:
        """Let pictures and workers go."""
        self.draws.close()


def by_unit(units: Sequence[str], kept: Sequence[Kept]) -> dict[str, list[Kept]]:
    """Unit -> its images, in order."""
    table: dict[str, list[Kept]] = defaultdict(list)
    for unit, one in zip(units, kept, strict=True):
        table[unit].append(one)
    return dict(table)
