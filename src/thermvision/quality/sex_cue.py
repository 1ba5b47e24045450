"""Does temperature tell the sex as much as it does of measured people, and no more?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from thermvision.physiology.region_model import mean_measured_c
from thermvision.physiology.region_table import COEFFICIENTS, COVARIANCE_K2, MEASURED
from thermvision.quality.classifier import auc_interval, out_of_fold_scores
from thermvision.quality.measure import Finding, not_applicable
from thermvision.quality.population import GROUP, Sitting
from thermvision.tasks.measures.gender import roc_auc

SEX_AUC = (0.65, 0.75)  # measured people: 0.71-0.72
MIN_SUBJECTS, MIN_OF_EACH = 40, 10


def sex_findings(sat: Sequence[Sitting], seed: int = 0) -> list[Finding]:
    """The known cue must be there, and no classifier may find more. One session a subject: the first that is complete.

    The known cue needs no training: the direction in which the regression of Wang et al. 2023 sets men and women apart
    (covariance^-1 times the male term), so that its AUC is unbiased for any number of people. A trained classifier is
    biased to 0.5 by its few people (0.73 of 987 people is 0.62 of 50 in the median), so it can only say "too much".
    """
    names = ("sex from temperature", "no other sex cue in temperatures")
    first: dict[str, Sitting] = {}
    for s in sat:
        if s.gender in ("female", "male") and s.room_c is not None and s.core_c is not None and set(MEASURED) <= s.regions_c.keys():  # fmt: skip
            first.setdefault(s.subject, s)
    people = list(first.values())
    male = np.array([s.gender == "male" for s in people], bool)
    if len(people) < MIN_SUBJECTS or min(male.sum(), (~male).sum()) < MIN_OF_EACH:
        reason = f"{len(people)} subjects ({int(male.sum())} men) with labelled regions; {MIN_SUBJECTS} with {MIN_OF_EACH} of each sex are needed"
        return [not_applicable(name, GROUP, reason, "AUC") for name in names]
    stream = np.random.default_rng(seed)
    expected = np.array([mean_measured_c(s.room_c or 0.0, s.core_c or 0.0, "female") for s in people])
    known = (np.array([[s.regions_c[name] for name in MEASURED] for s in people]) - expected) @ np.linalg.solve(COVARIANCE_K2, COEFFICIENTS[:, 3])  # fmt: skip
    shared = sorted(set.intersection(*(set(s.regions_c) for s in people)))
    everything = np.array([[s.regions_c[name] for name in shared] for s in people])
    trained = out_of_fold_scores(everything, male, stream)
    return [
        _judged(names[0], known, male, stream, (SEX_AUC[0], SEX_AUC[1]), "along the direction measured people differ in"),
        _judged(names[1], trained, male, stream, (None, SEX_AUC[1]), f"by cross-validated logistic regression on {len(shared)} regions"),
    ]  # fmt: skip


def _judged(name: str, scores: np.ndarray, male: np.ndarray, stream: np.random.Generator, limits: tuple[float | None, float], how: str) -> Finding:  # fmt: skip
    """Fails when the 95 % interval of the AUC, which is what so few people leave open, lies outside the limits."""
    value, (low, high) = roc_auc(scores, male), auc_interval(scores, male, stream)
    fits = low <= limits[1] and (limits[0] is None or high >= limits[0])
    said = (
        f"AUC {value:.2f} {how}; {len(male)} subjects leave {low:.2f}-{high:.2f} open (95 %), and that must meet "
        f"{'0.65-0.75' if limits[0] is not None else 'values up to 0.75'}; measured people 0.71-0.72"
    )
    return Finding(name, GROUP, round(value, 4), *limits, "AUC", "pass" if fits else "fail", said)
