"""The rows of a study: each model's figures over its seeds with intervals over people, and how models differ on the same people."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from thermvision.tasks.measures.bootstrap import DRAWS, Statistic, bootstrap_draws, percentile_interval
from thermvision.tasks.measures.permutation import holm, swap_p_value
from thermvision.tasks.study.figures import (
    MAIN,
    mean_over,
    people_of,
    record_statistics,
    seed_mean,
    strata_of,
)
from thermvision.tasks.study.record import BASELINE, REGIMES, StudyRecord
from thermvision.types import InputError


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric of a row: mean over seeds, its interval over people, and the standard deviation between seeds (NaN for one seed)."""

    value: float
    low: float
    high: float
    seed_sd: float


@dataclass(frozen=True, slots=True)
class Row:
    """One model of one regime on one test set."""

    task: str
    test_set: str
    regime: str
    model: str
    train_set: str
    train_people: int | None
    synthetic_people: int | None
    normaliser: str
    seeds: int
    people: int
    images: int  # of the test set; the most that a seed had
    figures: dict[str, Figure]
    stand_in: bool = False  # as in StudyRecord

    @property
    def real_word(self) -> str:
        """What the real side is called: `real`, or `stand-in` where it is simulated too."""
        return "stand-in" if self.stand_in else "real"

    def shown(self) -> Row:
        """The row for files: its regime in the words of `real_word`."""
        return dataclasses.replace(self, regime=self.regime.replace("real", self.real_word))


@dataclass(frozen=True, slots=True)
class Difference:
    """A row's main metric minus that of the row it is compared with, on the same people; p by swapping, then Holm's over the study."""

    task: str
    test_set: str
    metric: str
    row: str
    against: str
    value: float
    low: float
    high: float
    p: float
    p_holm: float


def row_name(row: Row | StudyRecord) -> str:
    """`model, regime` and how many people it was trained on, if that is told; of low-shot rows the number of each class."""
    word = "stand-in" if row.stand_in else "real"
    said = [f"{row.model}, {row.regime.replace('real', word)}" if row.regime != BASELINE else f"baseline: {row.model}"]
    if row.train_people is not None and row.regime != BASELINE:
        said.append(f"{row.train_people} a class" if row.regime == "low-shot" else f"{row.train_people} {word}")
    if row.synthetic_people is not None:
        said.append(f"{row.synthetic_people} synthetic")
    return ", ".join(said) + (f" ({row.train_set})" if row.train_set else "")


def group_records(records: Sequence[StudyRecord]) -> list[list[StudyRecord]]:
    """Records that differ by seed only, baselines first, regimes in their order; InputError for a seed given twice."""
    groups: dict[tuple[object, ...], list[StudyRecord]] = {}
    for one in records:
        groups.setdefault(_key(one), []).append(one)
    for group in groups.values():
        seeds = [one.seed for one in group]
        twice = next((seed for seed in seeds if seeds.count(seed) > 1), None)
        if twice is not None:
            raise InputError(
                f"seed {twice} of {row_name(group[0])} on {group[0].test_set} is there twice; give each seed once, or name the models apart"
            )
    return [sorted(groups[key], key=lambda one: one.seed) for key in sorted(groups, key=_order)]


def study_row(group: Sequence[StudyRecord], stream: np.random.Generator, *, draws: int = DRAWS) -> Row:
    """All metrics of one group of records."""
    people, first = people_of(group), group[0]
    tables = [record_statistics(one, people) for one in group]
    names = [name for name in tables[0] if all(name in table for table in tables)]
    whole, strata = np.ones((1, len(people))), strata_of(group, people)
    statistics = [mean_over([table[name] for table in tables]) for name in names]
    drawn = bootstrap_draws(statistics, len(people), stream, draws=draws, strata=strata) if len(people) > 1 else None  # fmt: skip
    figures = {}
    for column, name in enumerate(names):
        by_seed = np.array([table[name](whole)[0] for table in tables])
        low, high = percentile_interval(drawn[:, column]) if drawn is not None else (float("nan"), float("nan"))
        spread = float(by_seed.std(ddof=1)) if len(by_seed) > 1 else float("nan")
        figures[name] = Figure(float(statistics[column](whole)[0]), low, high, spread)
    images = max(len(one.image) for one in group)
    return Row(first.task, first.test_set, first.regime, first.model, first.train_set, first.train_people, first.synthetic_people, first.normaliser, len(group), len(people), images, figures, first.stand_in)  # fmt: skip


def differences(
    groups: Sequence[Sequence[StudyRecord]], stream: np.random.Generator, *, draws: int = DRAWS
) -> list[Difference]:
    """Every model against the real-only row of its own name on the same test set, or where there is none against the best baseline.

    A low-shot row with synthetic people is compared with the one of the same model and as many real people without.
    """
    found = []
    for group in groups:
        reference = None if group[0].regime == BASELINE else _reference(group, groups)
        if reference is not None:
            found.append(_difference(group, reference, stream, draws))
    corrected = holm([one.p for one in found])
    return [dataclasses.replace(one, p_holm=float(p)) for one, p in zip(found, corrected, strict=True)]


def _difference(
    group: Sequence[StudyRecord], reference: Sequence[StudyRecord], stream: np.random.Generator, draws: int
) -> Difference:
    people, metric = people_of([*group, *reference]), MAIN[group[0].task]
    strata = strata_of([*group, *reference], people)
    one, other = seed_mean(group, people, metric), seed_mean(reference, people, metric)
    whole = np.ones((1, len(people)))
    value = float((one(whole) - other(whole))[0])
    low = high = p = float("nan")
    if len(people) > 1:
        drawn = bootstrap_draws([one, other], len(people), stream, draws=draws, strata=strata)
        low, high = percentile_interval(drawn[:, 0] - drawn[:, 1])
        p = swap_p_value(_swappable(group, reference, people, metric), len(people), stream, draws=min(draws, 2000))
    return Difference(group[0].task, group[0].test_set, metric, row_name(group[0]), row_name(reference[0]), value, low, high, p, float("nan"))  # fmt: skip


def _swappable(
    group: Sequence[StudyRecord], reference: Sequence[StudyRecord], people: Sequence[str], metric: str
) -> Statistic:
    """The metric of people who bring one model's results or the other's; seeds go in pairs, a shorter list anew from its start."""
    both = [f"{side}/{name}" for side in "ab" for name in people]
    pairs = [(group[k % len(group)], reference[k % len(reference)]) for k in range(max(len(group), len(reference)))]
    merged = [_merged(one, other) for one, other in pairs]
    return mean_over([record_statistics(one, both, metric)[metric] for one in merged])


def _merged(one: StudyRecord, other: StudyRecord) -> StudyRecord:
    person = tuple(f"a/{name}" for name in one.person) + tuple(f"b/{name}" for name in other.person)
    items = {name: [*one.items[name], *other.items[name]] for name in one.items if name in other.items}
    return dataclasses.replace(one, person=person, image=one.image + other.image, items=items)


def _reference(
    group: Sequence[StudyRecord], groups: Sequence[Sequence[StudyRecord]]
) -> Sequence[StudyRecord] | None:  # fmt: skip
    first, metric = group[0], MAIN[group[0].task]
    same = [g for g in groups if (g[0].task, g[0].test_set, g[0].normaliser) == (first.task, first.test_set, first.normaliser) and g is not group]  # fmt: skip
    tested = set(people_of(group))
    same = [g for g in same if set(people_of(g)) == tested]  # only the same people are paired
    if first.regime == "low-shot":
        alike = [g for g in same if (g[0].regime, g[0].model, g[0].train_people) == (first.regime, first.model, first.train_people)]  # fmt: skip
        return next((g for g in alike if first.synthetic_people and not g[0].synthetic_people), None)
    real = [g for g in same if g[0].regime == "real-only" and g[0].model == first.model]
    if real:
        return real[0]
    if first.regime == "real-only" or not any(g[0].regime == "real-only" for g in same):
        baselines = [g for g in same if g[0].regime == BASELINE and "LEAK" not in g[0].model]
        sign = -1.0 if metric == "NME" else 1.0
        values = [sign * float(seed_mean(g, people_of(g), metric)(np.ones((1, len(people_of(g)))))[0]) for g in baselines]  # fmt: skip
        return baselines[int(np.nanargmax(values))] if baselines and not np.isnan(values).all() else None
    return None


def _key(one: StudyRecord) -> tuple[object, ...]:
    return (one.task, one.test_set, one.regime, one.model, one.train_set, one.train_people, one.synthetic_people, one.normaliser, one.stand_in)  # fmt: skip


def _order(key: tuple[object, ...]) -> tuple[object, ...]:
    task, test_set, regime, model, train_set, train_people, synthetic_people, normaliser, stand_in = key
    regimes = (BASELINE, *(name for name in REGIMES if name != BASELINE))
    counts = [-1 if one is None else one for one in (train_people, synthetic_people)]
    return (
        list(MAIN).index(str(task)),
        test_set,
        normaliser,
        regimes.index(str(regime)),
        model,
        train_set,
        *counts,
        bool(stand_in),
    )
