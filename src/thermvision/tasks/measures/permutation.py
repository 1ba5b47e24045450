"""What chance alone would give: permutations of people, and Holm's correction of a whole table of p values."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Bool, Float

from thermvision.tasks.measures.bootstrap import DRAWS, Statistic
from thermvision.types import InputError

_MOST_VALUES = 4_000_000
_EXACT_UP_TO = 13  # people: 8192 ways to swap
_ROUNDING = 1e-9


def swap_p_value(statistic: Statistic, num_people: int, stream: np.random.Generator, *, draws: int = DRAWS) -> float:
    """Two-sided p value of the difference of two models on the same people: each person's two results may change sides.

    statistic: of 2 * num_people clusters: the people's results under the one model, then, in the same order, under the other.
    All ways are gone through for up to 13 people, else `draws` random ones with the given one counted in (Phipson & Smyth 2010).
    NaN if a model has no figure.
    """

    def distance(swapped: np.ndarray) -> np.ndarray:
        one, other = (np.concatenate(pair, axis=1) for pair in ((1 - swapped, swapped), (swapped, 1 - swapped)))
        return np.abs(statistic(one) - statistic(other))

    given = float(distance(np.zeros((1, num_people)))[0])
    if np.isnan(given):
        return given
    if num_people <= _EXACT_UP_TO:
        ways = (np.arange(2**num_people)[:, None] >> np.arange(num_people) & 1).astype(float)
        return float((distance(ways) >= given - _ROUNDING).mean())
    return _p_value(
        given, distance, lambda count: stream.integers(0, 2, (count, num_people)).astype(float), num_people, draws
    )


def label_p_value(
    positive: Bool[np.ndarray, " people"],
    figure: Callable[[np.ndarray], np.ndarray],
    stream: np.random.Generator,
    *,
    draws: int = DRAWS,
) -> float:
    """One-sided p value of a figure against labels dealt anew among the people; figure: labels (b, people) of 0 and 1 -> (b,).

    People, not images, are relabelled: images of one person share what gives the person away.
    """
    labels = positive.astype(float)
    given = float(figure(labels[None])[0])
    return _p_value(
        given, figure, lambda count: stream.permuted(np.tile(labels, (count, 1)), axis=1), len(labels), draws
    )


def holm(p_values: Sequence[float]) -> Float[np.ndarray, " n"]:
    """Values of p that hold for the whole table: Holm 1979, "A simple sequentially rejective multiple test procedure".

    The smallest is multiplied by n, the next by n - 1, ...; never below the one before, never above 1. NaN stays NaN and does not count.
    """
    given = np.asarray(p_values, float)
    known = np.flatnonzero(~np.isnan(given))
    if ((given[known] < 0) | (given[known] > 1)).any():
        raise InputError(f"p values reach from {np.nanmin(given):g} to {np.nanmax(given):g}; expected 0 to 1")
    order = known[np.argsort(given[known], kind="stable")]
    adjusted = np.full(len(given), np.nan)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(given[order] * np.arange(len(order), 0, -1)))
    return adjusted


def _p_value(
    given: float, figure: Callable[[np.ndarray], np.ndarray], draw: Callable[[int], np.ndarray], people: int, draws: int
) -> float:
    block, reached = max(1, _MOST_VALUES // max(people, 1)), 0
    for first in range(0, draws, block):
        drawn = figure(draw(min(block, draws - first)))
        reached += int((drawn >= given - _ROUNDING).sum())
    return (1 + reached) / (1 + draws)
