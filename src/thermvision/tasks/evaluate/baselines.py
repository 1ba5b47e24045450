"""Baselines of whatever is tested: fitted on the rest of the data set, or where everyone is tested on one half for the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from thermvision.tasks.baseline_records import NORMALISER, baseline_records
from thermvision.tasks.evaluate.truth import is_labelled
from thermvision.tasks.labelled import LabelledImage
from thermvision.tasks.splits import hash_order
from thermvision.tasks.study.record import StudyRecord, Task
from thermvision.types import InputError

HALVES = "Everyone is tested, so the baselines of each half of the people were fitted on the other half."


def baselines_beside(
    task: Task,
    tested: Sequence[LabelledImage],
    rest: Sequence[LabelledImage],
    test_set: str,
    *,
    normaliser: str = NORMALISER,
) -> tuple[list[StudyRecord], list[str]]:
    """The task's baseline records, and sentences on how they were fitted or why there is none.

    tested, rest: cleaned, labelled images; of the rest only those count on which nobody of the test is seen.
    """
    seen = frozenset().union(*(one.everyone for one in tested))
    train = [one for one in rest if is_labelled(task, one) and not one.everyone & seen]
    try:
        if train:
            return baseline_records(task, train, tested, test_set, normaliser=normaliser), []
        one, other = _halves(tested)
        parts = [
            baseline_records(task, fit, ask, test_set, normaliser=normaliser)
            for fit, ask in ((one, other), (other, one))
        ]
    except InputError as error:
        return [], [f"{test_set}, {task}: baselines cannot be fitted: {error}."]
    return [_joined(first, second) for first, second in zip(*parts, strict=True)], [f"{test_set}, {task}: {HALVES}"]


def _halves(images: Sequence[LabelledImage]) -> tuple[list[LabelledImage], list[LabelledImage]]:
    """Two halves without a common person: people who share images stay together, and each gender is dealt by itself."""
    group_of = _groups(images)
    members: dict[str, list[LabelledImage]] = {}
    for one in images:
        members.setdefault(group_of[one.person], []).append(one)
    by_class: dict[str, list[str]] = {}
    for name, own in members.items():
        by_class.setdefault("/".join(sorted({one.gender for one in own})), []).append(name)
    halves: tuple[list[LabelledImage], list[LabelledImage]] = ([], [])
    for kind in sorted(by_class):
        for place, name in enumerate(hash_order(by_class[kind], 0)):
            halves[place % 2].extend(members[name])
    if not halves[0] or not halves[1]:
        raise InputError("all tested people share images with one another, or there is one only; expected two groups of people at least: give a data set with more")  # fmt: skip
    return halves


def _groups(images: Sequence[LabelledImage]) -> dict[str, str]:
    """Person -> the name of the group of people that images connect."""
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            name = leader[name]
        return name

    for one in images:
        first = find(one.person)
        for other in one.everyone:
            leader[find(other)] = first
    return {name: find(name) for name in leader}


def _joined(one: StudyRecord, other: StudyRecord) -> StudyRecord:
    items: dict[str, list[Any]] = {
        name: [value for record in (one, other) for value in record.items.get(name, [None] * len(record.image))]
        for name in sorted({*one.items, *other.items})
    }
    return dataclasses.replace(one, image=one.image + other.image, person=one.person + other.person, items=items)
