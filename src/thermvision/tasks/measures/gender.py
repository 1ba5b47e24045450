"""Figures of gender classification: accuracy, balanced accuracy, ROC AUC with ties, confusion; also by group and of any draw of people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.stats import rankdata

from thermvision.tasks.measures.bootstrap import Statistic, sums_by_person
from thermvision.types import InputError

DECIDED_AT = 0.5


def confusion(
    p_male: Float[np.ndarray, " n"], is_male: Bool[np.ndarray, " k"], decided_at: float = DECIDED_AT
) -> Int[np.ndarray, "2 2"]:
    """Counts: rows are the truth (female, male), columns what was said; male is said at `decided_at` or more."""
    checked_scores(p_male, is_male)
    said = p_male >= decided_at
    return np.array([[int(((is_male == true) & (said == told)).sum()) for told in (False, True)] for true in (False, True)])  # fmt: skip


def roc_auc(p_male: Float[np.ndarray, " n"], is_male: Bool[np.ndarray, " k"]) -> float:
    """Share of (man, woman) pairs in the right order, a tie counting half (Mann & Whitney 1947); NaN with one class only."""
    men = int(is_male.sum())
    women = len(is_male) - men
    if men == 0 or women == 0:
        return float("nan")
    return float((rankdata(p_male)[is_male].sum() - men * (men + 1) / 2) / (men * women))


def gender_statistics(
    p_male: Float[np.ndarray, " n"], is_male: Bool[np.ndarray, " k"], numbers: Int[np.ndarray, " k"], num_people: int
) -> dict[str, Statistic]:
    """accuracy, balanced accuracy (mean recall of the classes that are there) and AUC, of any draw of people.

    AUC compares images of different people, and of a person whose images have two labels with themselves. Balanced accuracy and AUC are
    NaN in a draw without a class: give `bootstrap_draws` each person's gender as strata.
    """
    checked_scores(p_male, is_male)
    right = (p_male >= DECIDED_AT) == is_male
    table = np.stack([right & ~is_male, ~is_male, right & is_male, is_male], axis=1).astype(float)
    sums = sums_by_person(table, numbers, num_people)
    better = _pairs_won(p_male, is_male, numbers, num_people)

    def accuracy(weights: np.ndarray) -> np.ndarray:
        women_right, women, men_right, men = (weights @ sums).T
        return _ratio(women_right + men_right, women + men)

    def balanced(weights: np.ndarray) -> np.ndarray:
        women_right, women, men_right, men = (weights @ sums).T
        return (_ratio(women_right, women) + _ratio(men_right, men)) / 2

    def auc(weights: np.ndarray) -> np.ndarray:
        _, women, _, men = (weights @ sums).T
        return _ratio(((weights @ better) * weights).sum(axis=1), men * women)

    return {"accuracy": accuracy, "balanced accuracy": balanced, "AUC": auc}


def gender_figures(p_male: Float[np.ndarray, " n"], is_male: Bool[np.ndarray, " k"]) -> dict[str, float]:
    """The same figures of the images as they are, by name."""
    statistics = gender_statistics(p_male, is_male, np.zeros(len(is_male), np.int64), 1)
    return {name: float(one(np.ones((1, 1)))[0]) for name, one in statistics.items()}


def figures_by_group(
    p_male: Float[np.ndarray, " n"], is_male: Bool[np.ndarray, " k"], group: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Group (glasses, camera, age band, ...) -> its figures and `images`; NaN where a group has one class only."""
    names = np.asarray(group, dtype=str)
    table = {}
    for name in sorted(set(names.tolist())):
        chosen = names == name
        table[name] = {**gender_figures(p_male[chosen], is_male[chosen]), "images": float(chosen.sum())}
    return table


def checked_scores(p_male: np.ndarray, is_male: np.ndarray) -> None:
    """InputError unless there is a finite score from 0 to 1 for each label."""
    if len(p_male) != len(is_male):
        raise InputError(
            f"{len(p_male)} scores were given for {len(is_male)} labels; expected one for each: pass the same list"
        )
    bad = np.flatnonzero(~((p_male >= 0) & (p_male <= 1)))
    if len(bad):
        raise InputError(
            f"score number {bad[0]} is {p_male[bad[0]]:g}; expected the probability of male, 0 to 1: apply the network's softmax"
        )


def _pairs_won(p_male: np.ndarray, is_male: np.ndarray, numbers: np.ndarray, num_people: int) -> np.ndarray:
    """(people, people): pairs of an image of one as a man and one of the other as a woman that are in order, ties half."""
    won = np.zeros((num_people, num_people))
    women, men = np.sort(p_male[~is_male]), p_male[is_male]
    owners = numbers[~is_male][np.argsort(p_male[~is_male], kind="stable")]
    for person in np.unique(owners):
        hers = women[owners == person]
        below = (np.searchsorted(hers, men, "left") + np.searchsorted(hers, men, "right")) / 2
        won[:, person] = np.bincount(numbers[is_male], weights=below, minlength=num_people)
    return won


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
