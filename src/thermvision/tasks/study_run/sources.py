"""From a stage of a job to what a training learns from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import numpy as np

from thermvision.tasks.splits import check_classes
from thermvision.tasks.study_run.jobs import Stage
from thermvision.tasks.study_run.material import Entry, Material
from thermvision.tasks.training.files.shelf import Kept
from thermvision.tasks.training.files.source import FilesSource, TrainingSource, by_unit
from thermvision.tasks.training.samples import Sample, SampleSource
from thermvision.types import InputError

MOST_VALIDATION = 300


class _Several:
    """Samples of two sets on two shelves, drawn by the sets' numbers of people; a `SampleSource` whose shelves stay open."""

    def __init__(self, sources: Sequence[FilesSource], weights: Sequence[float], told: dict[str, object]) -> None:
        self._sources, self._ends = list(sources), np.cumsum(np.array(weights, float) / np.sum(weights))
        self._told = told

    def draw(self, step: int, count: int, stream: np.random.Generator) -> list[Sample]:
        """`count` samples; the same stream gives the same."""
        which = np.searchsorted(self._ends, stream.random(count), "right").clip(max=len(self._sources) - 1)
        return [self._sources[int(k)].draw(step, 1, stream)[0] for k in which]

    def about(self) -> dict[str, object]:
        """What goes into model.json."""
        return self._told

    def close(self) -> None:
        """Nothing: the study closes the shelves."""


def stage_source(stage: Stage, real: Material, synthetic: Material | None, tested: frozenset[str]) -> TrainingSource:
    """The samples of a stage, of which none shows anyone who chooses the checkpoint or is tested.

    InputError: nobody left, one class only.
    """
    chooses = frozenset(stage.validation)
    sources, weights, images = [], [], 0
    for material, people in ((real, stage.real), (synthetic, stage.synthetic)):
        if material is None or not people:
            continue
        chosen = [one for one in material.entries() if one.person in set(people) and not one.everyone & (chooses | tested)]  # fmt: skip
        if not chosen:
            raise InputError(f"the set {material.name} has no sample of its {len(people)} training people alone; give more people or frames")  # fmt: skip
        units = by_unit([one.person for one in chosen], [one.kept for one in chosen])
        images += len(chosen)
        sources.append(FilesSource(material.shelf, [units], [1.0]))
        weights.append(float(len(units)))
    of = real if stage.validation_is_real else synthetic
    if of is None or not sources:
        raise InputError("a stage has nobody to learn from; name a synthetic set")
    classes = {**(synthetic.classes if synthetic is not None else {}), **real.classes}
    learners = (*stage.real, *stage.synthetic)
    if of.task == "gender":
        check_classes((classes[one] for one in learners), "the training people")
        check_classes((classes[one] for one in stage.validation), "the validation people")
    learning = frozenset(learners)
    looked_at = [one for one in of.entries() if one.person in chooses and not one.everyone & (learning | tested)]
    if not looked_at:
        raise InputError(f"the set {of.name} has no sample of its {len(chooses)} validation people alone; give more people or frames")  # fmt: skip
    told: dict[str, object] = {
        "kind": "study", "sets": [one.name for one, people in ((real, stage.real), (synthetic, stage.synthetic)) if one is not None and people],
        "images": images, "people": {"train": len(learners), "validation": len(stage.validation)}, "left_out": [], "counts": {},
    }  # fmt: skip
    draws: SampleSource = _Several(sources, weights, told)
    return TrainingSource(
        draws,
        _spread(looked_at, of),
        {"train": sorted(learners), "validation": sorted(stage.validation)},
        _digest(stage, real, synthetic),
        male_share=float(np.mean([classes[one] == "male" for one in learners])) if of.task == "gender" else 0.5,
    )


def _spread(entries: Sequence[Entry], of: Material) -> list[Sample]:
    """At most MOST_VALIDATION samples, evenly over people and their images."""
    rows: list[tuple[str, int, Kept]] = [(one.person, number, one.kept) for number, one in enumerate(entries)]
    rows.sort(key=lambda row: row[:2])
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(MOST_VALIDATION, len(rows))).round().astype(int))
    return [of.shelf.sample(rows[k][2]) for k in chosen]


def _digest(stage: Stage, real: Material, synthetic: Material | None) -> str:
    told = [
        [one.spec.model_dump(mode="json", exclude={"data"}) for one in (real, synthetic) if one is not None],
        sorted(stage.real), sorted(stage.synthetic), sorted(stage.validation),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
