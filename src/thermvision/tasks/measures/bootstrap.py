"""How sure a figure is: the cluster bootstrap over people, alone and of the difference of two models.

Images of one person are not independent, so people are drawn, each with all its images (Field & Welsh 2007, "Bootstrapping
clustered data", J. R. Statist. Soc. B 69; percentile intervals: Efron & Tibshirani 1993, ch. 13).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from thermvision.types import InputError

DRAWS, LEVEL = 10_000, 0.95
_MOST_VALUES = 4_000_000  # weights held at once
# How often each person counts in each draw (b, people) -> the figure of each draw (b,). NaN where it is not defined.
Statistic = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its percentile interval over people; the interval is NaN where fewer than two people were seen."""

    value: float
    low: float
    high: float
    people: int


def person_numbers(person: Sequence[str]) -> tuple[tuple[str, ...], Int[np.ndarray, " n"]]:
    """The people in the order of their names, and for each item the number of its person; InputError if there is no item."""
    if len(person) == 0:
        raise InputError("the list of people is empty; expected the person of each image: give test images")
    names, numbers = np.unique(np.asarray(person, dtype=str), return_inverse=True)
    return tuple(str(name) for name in names), numbers.astype(np.int64)


def sums_by_person(values: Float[np.ndarray, "n k"], numbers: Int[np.ndarray, " n"], num_people: int) -> np.ndarray:
    """(people, k): the values of each person's items added up."""
    return np.stack(
        [np.bincount(numbers, weights=column, minlength=num_people) for column in np.asarray(values, float).T], axis=1
    )


def mean_statistic(values: Float[np.ndarray, " n"], numbers: Int[np.ndarray, " n"], num_people: int) -> Statistic:
    """The mean over all items that are not NaN; a person with many items counts as much as they are."""
    there = ~np.isnan(values)
    return ratio_statistic(np.where(there, values, 0.0), there.astype(float), numbers, num_people)


def ratio_statistic(
    part: Float[np.ndarray, " n"], whole: Float[np.ndarray, " n"], numbers: Int[np.ndarray, " n"], num_people: int
) -> Statistic:
    """Sum of `part` over sum of `whole` of all items, such as missed faces over faces; NaN where there is nothing of the whole."""
    sums = sums_by_person(np.stack([part, whole], axis=1), numbers, num_people)

    def of_draws(weights: np.ndarray) -> np.ndarray:
        total, count = (weights @ sums).T
        return np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)

    return of_draws


def drawn_people(
    num_people: int, draws: int, stream: np.random.Generator, strata: Int[np.ndarray, " people"] | None = None
) -> Iterator[Float[np.ndarray, "b people"]]:
    """Blocks of draws: how often each of `num_people` was drawn when as many are drawn with replacement.

    strata: the group of each person, of which each keeps its number in every draw (needed where a figure wants both classes).
    """
    groups = [np.arange(num_people)] if strata is None else [np.flatnonzero(strata == one) for one in np.unique(strata)]
    block = max(1, _MOST_VALUES // max(num_people, 1))
    for first in range(0, draws, block):
        count = min(block, draws - first)
        weights = np.zeros((count, num_people))
        for members in groups:
            weights[:, members] = stream.multinomial(len(members), np.full(len(members), 1 / len(members)), size=count)
        yield weights


def bootstrap_draws(
    statistics: Sequence[Statistic],
    num_people: int,
    stream: np.random.Generator,
    *,
    draws: int = DRAWS,
    strata: Int[np.ndarray, " people"] | None = None,
) -> Float[np.ndarray, "draws k"]:
    """Each statistic on each draw; all of them see the same people, so their differences are paired."""
    if num_people < 1 or draws < 1:
        raise InputError(f"{num_people} people and {draws} draws; expected at least one of each: give test images")
    blocks = [
        np.stack([one(weights) for one in statistics], axis=1)
        for weights in drawn_people(num_people, draws, stream, strata)
    ]
    return np.concatenate(blocks)


def percentile_interval(drawn: Float[np.ndarray, " draws"], level: float = LEVEL) -> tuple[float, float]:
    """The middle `level` of the draws, those without a value left out; NaN if there is none."""
    if not 0 < level < 1:
        raise InputError(f"level is {level:g}; expected more than 0 and less than 1, such as 0.95")
    kept = drawn[~np.isnan(drawn)]
    if len(kept) == 0:
        return float("nan"), float("nan")
    low, high = np.quantile(kept, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def estimate(
    statistic: Statistic,
    num_people: int,
    stream: np.random.Generator,
    *,
    draws: int = DRAWS,
    level: float = LEVEL,
    strata: Int[np.ndarray, " people"] | None = None,
) -> Estimate:
    """The statistic of the people as they are, and its interval over people."""
    value = float(statistic(np.ones((1, num_people)))[0])
    if num_people < 2:
        return Estimate(value, float("nan"), float("nan"), num_people)
    drawn = bootstrap_draws([statistic], num_people, stream, draws=draws, strata=strata)[:, 0]
    return Estimate(value, *percentile_interval(drawn, level), num_people)


def paired_difference(
    one: Statistic,
    other: Statistic,
    num_people: int,
    stream: np.random.Generator,
    *,
    draws: int = DRAWS,
    level: float = LEVEL,
    strata: Int[np.ndarray, " people"] | None = None,
) -> Estimate:
    """`one` minus `other` on the same people: much narrower than two intervals side by side where both find the same people hard."""
    return estimate(
        lambda weights: one(weights) - other(weights), num_people, stream, draws=draws, level=level, strata=strata
    )
