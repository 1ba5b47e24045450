"""Figures of one or more records as functions of who is drawn, ready for the bootstrap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Int

from thermvision.tasks.measures.bootstrap import Statistic, mean_statistic
from thermvision.tasks.measures.detection import detection_statistics
from thermvision.tasks.measures.gender import gender_statistics
from thermvision.tasks.measures.landmarks import landmark_statistics
from thermvision.tasks.study.record import StudyRecord
from thermvision.types import InputError

MAIN = {"detect": "AP50", "landmarks": "NME", "gender": "balanced accuracy"}  # what models are compared by
SHOWN: dict[str, tuple[str, ...]] = {  # in the wide table
    "detect": ("AP50", "mAP50-95", "missed", "false per image"), "landmarks": ("NME", "AUC@0.08", "FR@0.1", "not found", "pose, degrees"), "gender": ("accuracy", "balanced accuracy", "AUC"),
}  # fmt: skip
LOWER_IS_BETTER = {"NME", "FR@0.1", "not found", "pose, degrees", "missed", "false per image"}


def better(metric: str) -> Literal["lower", "higher"]:
    """Which way a metric is better."""
    return "lower" if metric.split(",", maxsplit=1)[0] in LOWER_IS_BETTER or metric in LOWER_IS_BETTER else "higher"


def record_statistics(
    record: StudyRecord, people: Sequence[str], only: str | None = None
) -> dict[str, Statistic]:  # fmt: skip
    """Metric -> its value for any draw of `people`, who may be more than the record's own; `only` limits what is prepared."""
    place = {name: number for number, name in enumerate(people)}
    numbers = np.array([place[name] for name in record.person], np.int64)
    if record.task == "detect":
        table = detection_statistics(record.boxes(), people, only=only)
    elif record.task == "gender":
        p_male, is_male = record.numbers("p_male"), record.numbers("is_male") > 0.5
        table = gender_statistics(p_male, is_male, numbers, len(people))
        if "groups" in record.items and only is None:
            table |= _auc_by_group(p_male, is_male, numbers, len(people), record.items["groups"])
    else:
        yaw = record.numbers("yaw_deg") if "yaw_deg" in record.items else None
        table = landmark_statistics(record.numbers("nme"), numbers, len(people), yaw)
        if "pose_error_deg" in record.items:
            table["pose, degrees"] = mean_statistic(record.numbers("pose_error_deg"), numbers, len(people))
    return table if only is None else {name: one for name, one in table.items() if name == only}


def _auc_by_group(
    p_male: np.ndarray, is_male: np.ndarray, numbers: np.ndarray, num_people: int, groups: Sequence[Sequence[str]]
) -> dict[str, Statistic]:
    """AUC among the images of each group that shows women and men."""
    table = {}
    for name in sorted({one for told in groups for one in told}):
        chosen = np.array([name in told for told in groups])
        if is_male[chosen].any() and not is_male[chosen].all():
            table[f"AUC, {name}"] = gender_statistics(p_male[chosen], is_male[chosen], numbers[chosen], num_people)["AUC"]  # fmt: skip
    return table


def mean_over(statistics: Sequence[Statistic]) -> Statistic:
    """The mean over seeds; a seed without a value in a draw (none of its people drawn) is left out of that draw."""

    def of_draws(weights: np.ndarray) -> np.ndarray:
        values = np.stack([one(weights) for one in statistics])
        there = ~np.isnan(values)
        total, count = np.where(there, values, 0.0).sum(axis=0), there.sum(axis=0)
        return np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)

    return of_draws


def seed_mean(records: Sequence[StudyRecord], people: Sequence[str], metric: str) -> Statistic:
    """A metric's mean over the seeds' records, of any draw of people."""
    return mean_over([record_statistics(one, people, metric)[metric] for one in records])


def people_of(records: Sequence[StudyRecord]) -> tuple[str, ...]:
    """Everyone tested in any of the records, by name."""
    return tuple(sorted({name for one in records for name in one.person}))


def strata_of(records: Sequence[StudyRecord], people: Sequence[str]) -> Int[np.ndarray, " people"] | None:
    """Each person's gender in gender records, 0 or 1, so that no draw lacks a class; None for other tasks.

    InputError for a person with both labels: people are what is drawn, so each needs one.
    """
    if records[0].task != "gender":
        return None
    label: dict[str, int] = {}
    for one in records:
        for name, is_male in zip(one.person, one.items["is_male"], strict=True):
            if label.setdefault(name, int(bool(is_male))) != int(bool(is_male)):
                raise InputError(
                    f"person {name} is female in one image of {one.test_set} and male in another; expected one label a person: mend the labels"
                )
    return np.array([label[name] for name in people], np.int64)
