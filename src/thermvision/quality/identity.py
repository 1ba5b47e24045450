"""Who is it: does anything but the face tell, and does a head keep its shape from clip to clip?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from thermvision.quality.measure import Facts, Finding, judge, not_applicable
from thermvision.quality.sample import ClipLabels

GROUP = "identity"
TIMES_CHANCE, SHAPE_DRIFT = 3.0, 0.04
MIN_SUBJECTS = 4


def background_identifies(
    name: str,
    what: str,
    facts: Sequence[Facts],
    features: dict[tuple[str, str], Float[np.ndarray, " k"]],
    hair: dict[tuple[str, str], str] | None = None,
) -> Finding:
    """Rank-1 of people by pictures without the face (`what` is left in words), nearest neighbour in other sessions: at most 3 times chance.

    features: a mean picture per (subject, session), any unit. hair: a style each, to say what it tells by itself. Fails only if also a binomial test rejects chance at 1 %.
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
    sentence = f"{what}: {rank1:.0%} of {len(hits)} sessions find their person in another session; chance {chance:.0%}, limit {TIMES_CHANCE * chance:.0%} (p {p_value:.2g} for chance)"
    if hair is not None and all(key in hair for key in keys):
        sentence += f"; the name of the hair style alone would find {_by_label([hair[key] for key in keys], keys):.0%}"
    bad = rank1 > TIMES_CHANCE * chance and p_value < 0.01
    first = {(f.subject, f.session): f for f in facts}
    worst = tuple(first[key].picture("found by its surroundings") for key, hit in zip(keys, hits, strict=True) if hit and bad and key in first)[:6]  # fmt: skip
    return Finding(name, GROUP, round(rank1, 4), None, round(TIMES_CHANCE * chance, 4), "rank-1", "fail" if bad else "pass", sentence, worst)  # fmt: skip


def _by_label(labels: Sequence[str], keys: Sequence[tuple[str, str]]) -> float:
    """Expected rank-1 (0-1) of guessing one of the sessions with the same label among other sessions, any of them if there is none."""
    hits = []
    for label, (subject, session) in zip(labels, keys, strict=True):
        others = [(other, key) for other, key in zip(labels, keys, strict=True) if key[1] != session]
        like = [key for other, key in others if other == label] or [key for _, key in others]
        hits.append(float(np.mean([key[0] == subject for key in like])))
    return float(np.mean(hits))


def nearest_is_same(
    features: Float[np.ndarray, "n k"], subject: Int[np.ndarray, " n"], session: np.ndarray
) -> np.ndarray:
    """For each row (n,), whether its nearest neighbour among rows of other sessions is of the same subject."""
    apart = ((features[:, None] - features[None]) ** 2).sum(axis=2)
    apart[session[:, None] == session[None]] = np.inf
    return subject[np.argmin(apart, axis=1)] == subject


def identity_constant(clips: Sequence[ClipLabels]) -> Finding:
    """Length of the nose bridge over the width of the eyes is the same in all clips of a subject by one camera, frontal frames.

    Another lens films from another distance, and perspective alone changes the ratio by some per cent.
    """
    name = "head shape constant"
    by_subject: dict[tuple[str, str], list[float]] = {}
    for clip in clips:
        rest = (np.abs(clip.yaw_deg) < 6) & (np.abs(clip.pitch_deg) < 6)
        if rest.sum() >= 3:
            points = clip.points_68_px[rest]
            bridge = np.linalg.norm(points[:, 27] - points[:, 33], axis=1)
            eyes = np.linalg.norm(points[:, 36] - points[:, 45], axis=1)
            by_subject.setdefault((clip.subject, clip.camera), []).append(
                float(np.median(bridge / np.maximum(eyes, 1e-6)))
            )
    spread = {who: (max(v) - min(v)) / float(np.mean(v)) for who, v in by_subject.items() if len(v) > 1}
    if not spread:
        return not_applicable(name, GROUP, "no subject has two clips by one camera with frontal frames")
    worst = max(spread, key=lambda who: spread[who])
    return judge(name, GROUP, spread[worst], None, SHAPE_DRIFT, "", f"Nose over eye width varies by {spread[worst]:.1%} between clips of {worst[0]}, worst of {len(spread)} subjects (limit: estimate)")  # fmt: skip
