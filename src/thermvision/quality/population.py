"""Over people: do temperatures vary as measured people's do, and does anything but the face tell who it is or of which sex?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from thermvision.physiology.region_model import mean_measured_c
from thermvision.physiology.region_table import COVARIANCE_K2, MEASURED
from thermvision.quality.classifier import auc, auc_interval, out_of_fold_scores
from thermvision.quality.measure import Facts, Finding, judge, not_applicable
from thermvision.quality.sample import ClipLabels
from thermvision.types import ZERO_CELSIUS_K

GROUP = "people"
MAHALANOBIS_MEDIAN, MAHALANOBIS_P95 = (5.0, 11.0), 26.0  # 987 measured people: median 7.4, 95 % 26.1
MEAN_TOLERANCE_K = 0.15  # two cameras of the study disagree by 0.05-0.3 K
SEX_AUC = (0.65, 0.75)  # measured people: 0.71-0.72
LEFT_RIGHT_K = (0.10, 0.25)  # measured people: median absolute difference 0.16-0.17
COLD_NOSE_K = 1.8  # below the forehead (estimate: a third of nine real people)
MIN_SESSIONS, MIN_SUBJECTS_FOR_SEX, MIN_SESSIONS_FOR_NOSES, MIN_SUBJECTS_FOR_SIDES = 30, 40, 12, 10
SHAPE_DRIFT = 0.04


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
              f"Squared Mahalanobis distance of {count} sessions to measured people: median {median:.1f} (people 7.4; limits 5-11 widened by two standard errors)"),
        judge(names[1], GROUP, high, None, MAHALANOBIS_P95 + slack_high, "",
              f"95 % of {count} sessions lie within {high:.1f} (people 26.1; limit 26 widened by two standard errors)"),
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
                              f"Median absolute difference {value:.2f} K over {len(by_subject)} subjects (limits 0.10-0.25 K widened by two standard errors)"))  # fmt: skip
    return findings


def sex_from_temperature(sat: Sequence[Sitting], seed: int = 0) -> Finding:
    """How well region means tell sex: AUC of a cross-validated logistic regression over subjects, with a bootstrap interval.

    Passes when the 95 % interval overlaps 0.65-0.75; measured people give 0.71-0.72 (computed from Wang et al. 2023).
    """
    name = "sex from temperature"
    by_subject: dict[tuple[str, str], list[list[float]]] = {}
    for s in sat:
        if s.gender in ("female", "male") and set(MEASURED) <= s.regions_c.keys():
            by_subject.setdefault((s.subject, s.gender), []).append([s.regions_c[region] for region in MEASURED])
    male = np.array([gender == "male" for _, gender in by_subject])
    if len(by_subject) < MIN_SUBJECTS_FOR_SEX or min(male.sum(), (~male).sum()) < 10:
        return not_applicable(name, GROUP, f"{len(by_subject)} subjects ({male.sum()} men); {MIN_SUBJECTS_FOR_SEX} with ten of each sex are needed", "AUC")  # fmt: skip
    features = np.array([np.mean(values, axis=0) for values in by_subject.values()])
    stream = np.random.default_rng(seed)
    scores = out_of_fold_scores(features, male, stream)
    value, (low, high) = auc(scores, male), auc_interval(scores, male, stream)
    sentence = f"AUC {value:.2f}, 95 % interval {low:.2f}-{high:.2f}, {len(male)} subjects; passes when the interval meets 0.65-0.75 (people 0.71-0.72)"  # fmt: skip
    fits = low <= SEX_AUC[1] and high >= SEX_AUC[0]
    return Finding(name, GROUP, round(value, 4), *SEX_AUC, "AUC", "pass" if fits else "fail", sentence)


def background_identifies(
    name: str, what: str, facts: Sequence[Facts], features: dict[tuple[str, str], Float[np.ndarray, " k"]]
) -> Finding:
    """Rank-1 of people by pictures without the face (`what` is left in words), nearest neighbour in other sessions: at most 3 times chance.

    features: a mean picture per (subject, session), any unit. Fails only if also a binomial test rejects chance at 1 %.
    """
    from scipy.stats import binomtest

    keys = [key for key in features if sum(other[0] == key[0] for other in features) > 1]
    subjects = sorted({subject for subject, _ in keys})
    if len(subjects) < 4:
        return not_applicable(name, GROUP, f"{len(subjects)} subjects have two or more sessions; 4 are needed")
    table = np.stack([features[key] for key in keys])
    hits = nearest_is_same(table, np.array([subjects.index(s) for s, _ in keys]), np.array([s for _, s in keys]))
    chance, rank1 = 1 / len(subjects), float(hits.mean())
    p_value = binomtest(int(hits.sum()), len(hits), chance, alternative="greater").pvalue
    sentence = f"{what}: {rank1:.0%} of {len(hits)} sessions find their person in another session; chance {chance:.0%}, limit {3 * chance:.0%} (p {p_value:.2g} for chance)"
    bad = rank1 > 3 * chance and p_value < 0.01
    first = {(f.subject, f.session): f for f in facts}
    worst = tuple(first[key].picture("found by its surroundings") for key, hit in zip(keys, hits, strict=True) if hit and bad and key in first)[:6]  # fmt: skip
    return Finding(name, GROUP, round(rank1, 4), None, round(3 * chance, 4), "rank-1", "fail" if bad else "pass", sentence, worst)  # fmt: skip


def nearest_is_same(
    features: Float[np.ndarray, "n k"], subject: Int[np.ndarray, " n"], session: np.ndarray
) -> np.ndarray:
    """For each row (n,), whether its nearest neighbour among rows of other sessions is of the same subject."""
    apart = ((features[:, None] - features[None]) ** 2).sum(axis=2)
    apart[session[:, None] == session[None]] = np.inf
    return subject[np.argmin(apart, axis=1)] == subject


def identity_constant(clips: Sequence[ClipLabels]) -> Finding:
    """Length of the nose bridge over the width of the eyes is the same in all clips of a subject, in frontal frames."""
    name = "head shape constant"
    by_subject: dict[str, list[float]] = {}
    for clip in clips:
        rest = (np.abs(clip.yaw_deg) < 6) & (np.abs(clip.pitch_deg) < 6)
        if rest.sum() >= 3:
            points = clip.points_68_px[rest]
            bridge = np.linalg.norm(points[:, 27] - points[:, 33], axis=1)
            eyes = np.linalg.norm(points[:, 36] - points[:, 45], axis=1)
            by_subject.setdefault(clip.subject, []).append(float(np.median(bridge / np.maximum(eyes, 1e-6))))
    spread = {who: (max(v) - min(v)) / float(np.mean(v)) for who, v in by_subject.items() if len(v) > 1}
    if not spread:
        return not_applicable(name, GROUP, "no subject has two clips with frontal frames")
    worst = max(spread, key=lambda who: spread[who])
    return judge(name, GROUP, spread[worst], None, SHAPE_DRIFT, "", f"Nose over eye width varies by {spread[worst]:.1%} between clips of {worst}, worst of {len(spread)} subjects (limit: estimate)")  # fmt: skip
