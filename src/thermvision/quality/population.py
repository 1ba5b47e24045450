"""Over people: do temperatures vary as measured people's do?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from thermvision.physiology.region_model import mean_measured_c
from thermvision.physiology.region_table import COVARIANCE_K2, MEASURED
from thermvision.quality.measure import Finding, judge, not_applicable
from thermvision.quality.sample import ClipLabels
from thermvision.types import ZERO_CELSIUS_K

GROUP = "people"
MAHALANOBIS_MEDIAN, MAHALANOBIS_P95 = (5.0, 11.0), 26.0  # 987 measured people: median 7.4, 95 % 26.1
MEAN_TOLERANCE_K = 0.15  # two cameras of the study disagree by 0.05-0.3 K
FIRST_COMPONENT = (0.6, 0.8)
LEFT_RIGHT_K = (0.10, 0.25)  # measured people: median absolute difference 0.16-0.17
COLD_NOSE_K = 1.8  # below the forehead (estimate: a third of nine real people)
MIN_SESSIONS, MIN_SUBJECTS_FOR_COMPONENTS, MIN_SESSIONS_FOR_NOSES, MIN_SUBJECTS_FOR_SIDES = 30, 20, 12, 10


@dataclass(frozen=True, slots=True)
class Sitting:
    """One session of one subject: mean labelled temperatures in C, and its conditions."""

    subject: str
    session: str
    gender: str | None
    room_c: float | None
    core_c: float | None
    regions_c: dict[str, float]


def sittings(clips: Sequence[ClipLabels]) -> list[Sitting]:
    """Sessions of a data set, each once, whatever the number of its clips."""
    seen: dict[tuple[str, str], ClipLabels] = {}
    for clip in clips:
        seen.setdefault((clip.subject, clip.session), clip)
    return [
        Sitting(c.subject, c.session, c.gender, c.room_c, c.core_c,
                {name: float(v.mean()) - ZERO_CELSIUS_K for name, v in c.regions_k.items()})
        for c in seen.values()
    ]  # fmt: skip


def region_acceptance(sat: Sequence[Sitting]) -> list[Finding]:
    """Squared Mahalanobis distances of sessions to the regression of Wang et al. 2023, and the mean of each quantity."""
    names = ("region temperatures: median distance", "region temperatures: 95 % distance", "region temperatures: means")
    usable = [s for s in sat if s.room_c is not None and s.core_c is not None and set(MEASURED) <= s.regions_c.keys()]
    if len(usable) < MIN_SESSIONS:
        reason = f"{len(usable)} sessions with the ten measured regions, room and core temperature; {MIN_SESSIONS} are needed"
        return [not_applicable(name, GROUP, reason) for name in names]
    expected = np.array(
        [mean_measured_c(s.room_c or 0.0, s.core_c or 0.0, "male" if s.gender == "male" else "female") for s in usable]
    )
    residual = np.array([[s.regions_c[name] for name in MEASURED] for s in usable]) - expected
    distance = np.einsum("ni,ij,nj->n", residual, np.linalg.inv(COVARIANCE_K2), residual)
    median, high = float(np.median(distance)), float(np.percentile(distance, 95))
    count = len(usable)
    # Sampling error grows as 1/sqrt(n): 2 standard errors of the median, and of the 95th percentile (slope of real quantiles)
    slack_median, slack_high = 2 * 6.5 / np.sqrt(count), 2 * 55.0 / np.sqrt(count)
    standard_error = 2 * np.sqrt(np.diag(COVARIANCE_K2) / count)
    shift = residual.mean(axis=0) / (MEAN_TOLERANCE_K + standard_error)
    worst = int(np.argmax(np.abs(shift)))
    return [
        judge(names[0], GROUP, median, MAHALANOBIS_MEDIAN[0] - slack_median, MAHALANOBIS_MEDIAN[1] + slack_median, "",
              f"Squared Mahalanobis distance of {count} sessions to measured people: median {median:.1f} (people 7.4; limits 5-11 widened by two standard errors, {slack_median:.1f})"),
        judge(names[1], GROUP, high, None, MAHALANOBIS_P95 + slack_high, "",
              f"95 % of {count} sessions lie within {high:.1f} (people 26.1; limit 26 widened by two standard errors, {slack_high:.1f})"),
        judge(names[2], GROUP, float(shift[worst]), -1.0, 1.0, "of tolerance",
              f"Worst mean: {MEASURED[worst]} is off by {residual.mean(axis=0)[worst]:+.2f} K of {MEAN_TOLERANCE_K + standard_error[worst]:.2f} K allowed (0.15 K and two standard errors)"),
    ]  # fmt: skip


def noses(sat: Sequence[Sitting]) -> Finding:
    """Both warm and cold noses occur, as in real pictures (three cold noses of nine people; a warm one is normal)."""
    name = "warm and cold noses"
    below = np.array([s.regions_c["forehead_centre"] - s.regions_c["nose_tip"] for s in sat if {"forehead_centre", "nose_tip"} <= s.regions_c.keys()])  # fmt: skip
    if len(below) < MIN_SESSIONS_FOR_NOSES:
        return not_applicable(name, GROUP, f"{len(below)} sessions with a nose temperature; {MIN_SESSIONS_FOR_NOSES} are needed for both kinds to occur", "%")  # fmt: skip
    cold = 100.0 * float((below > COLD_NOSE_K).mean())
    return judge(name, GROUP, cold, 3.0, 85.0, "%", f"{cold:.0f} % of {len(below)} sessions have a nose over {COLD_NOSE_K} K below the forehead (nine real people: 33 %)")  # fmt: skip


def left_right(sat: Sequence[Sitting]) -> list[Finding]:
    """Median absolute left-right difference of canthi and forehead sides over subjects (Gratt and Sickles 1995; Wang et al. 2023)."""
    findings = []
    for part, stem in (("canthi", "inner_canthus"), ("forehead sides", "forehead")):
        name = f"left and right differ: {part}"
        by_subject: dict[str, list[float]] = {}
        for s in sat:
            if {f"{stem}_left", f"{stem}_right"} <= s.regions_c.keys():
                by_subject.setdefault(s.subject, []).append(abs(s.regions_c[f"{stem}_left"] - s.regions_c[f"{stem}_right"]))  # fmt: skip
        if len(by_subject) < MIN_SUBJECTS_FOR_SIDES:
            findings.append(not_applicable(name, GROUP, f"{len(by_subject)} subjects; {MIN_SUBJECTS_FOR_SIDES} are needed", "K"))  # fmt: skip
            continue
        values = np.concatenate([np.array(v) for v in by_subject.values()])
        slack = 2 * 1.25 * float(values.std()) / np.sqrt(len(by_subject))
        value = float(np.median(values))
        findings.append(judge(name, GROUP, value, max(LEFT_RIGHT_K[0] - slack, 0.02), LEFT_RIGHT_K[1] + slack, "K",
                              f"Median absolute difference {value:.2f} K over {len(by_subject)} subjects (limits 0.10-0.25 K widened by two standard errors, {slack:.2f} K)"))  # fmt: skip
    return findings


def first_component(sat: Sequence[Sitting], seed: int = 0) -> Finding:
    """Share of the first principal component in the variance of the ten measured regions over sessions.

    Measured people vary mostly together (72 % by section 1.2): one offset for a whole face gives 1, independent regions 0.2.
    """
    name = "regions vary together"
    usable = [s for s in sat if set(MEASURED) <= s.regions_c.keys()]
    subjects = sorted({s.subject for s in usable})
    if len(subjects) < MIN_SUBJECTS_FOR_COMPONENTS:
        return not_applicable(name, GROUP, f"{len(subjects)} subjects with the ten measured regions; {MIN_SUBJECTS_FOR_COMPONENTS} are needed")  # fmt: skip
    table = np.array([[s.regions_c[region] for region in MEASURED] for s in usable])
    rows = [np.flatnonzero([s.subject == who for s in usable]) for who in subjects]
    stream = np.random.default_rng(seed)
    drawn = [_first_share(table[np.concatenate([rows[i] for i in stream.integers(len(rows), size=len(rows))])]) for _ in range(200)]  # fmt: skip
    value, slack = _first_share(table), 2 * float(np.std(drawn))
    low, high = FIRST_COMPONENT[0] - slack, min(FIRST_COMPONENT[1] + slack, 0.95)
    return judge(name, GROUP, value, round(low, 3), round(high, 3), "of variance",
                 f"First component holds {value:.0%} of the variance of ten regions over {len(usable)} sessions (limits 60-80 % widened by two standard errors, {slack:.0%}; people 72 %)")  # fmt: skip


def _first_share(table: Float[np.ndarray, "n k"]) -> float:
    strength = np.linalg.svd(table - table.mean(axis=0), compute_uv=False) ** 2
    return float(strength[0] / max(strength.sum(), 1e-12))
