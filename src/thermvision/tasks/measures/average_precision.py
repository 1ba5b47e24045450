"""Average precision over a test set, also of any draw of its people: COCO's 101 recall levels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Int

from thermvision.tasks.measures.bootstrap import Statistic
from thermvision.tasks.measures.box_matching import Matches

RECALL_LEVELS = 101
_MOST_VALUES = 2_000_000


def ap_statistic(
    matches: Sequence[Matches], numbers: Int[np.ndarray, " images"], num_people: int, level: int = 0
) -> Statistic:
    """AP at the threshold number `level` of the matches, of each draw of people; NaN where a draw holds no face."""
    kept = [~one.ignored[level] for one in matches]
    score = np.concatenate([one.score[keep] for one, keep in zip(matches, kept, strict=True)] or [np.zeros(0)])
    right = np.concatenate([one.face[level, keep] >= 0 for one, keep in zip(matches, kept, strict=True)] or [np.zeros(0, bool)])  # fmt: skip
    owner = np.repeat(numbers, [int(keep.sum()) for keep in kept])
    faces = np.bincount(numbers, weights=[one.num_faces for one in matches], minlength=num_people)
    order = np.argsort(-score, kind="stable")
    order = order[: np.searchsorted(-score[order], -score[right].min(), "right")] if right.any() else order[:0]
    # Boxes that are less sure than any hit bring no recall and no better precision: they are left out of every draw.
    score, right, owner = score[order], right[order], owner[order]

    def of_draws(weights: np.ndarray) -> np.ndarray:
        block = max(1, _MOST_VALUES // max(len(score), 1))
        parts = [weights[first : first + block] for first in range(0, len(weights), block)]
        return np.concatenate([average_precision(score, right, part[:, owner], part @ faces) for part in parts])

    return of_draws


def average_precision(
    score: Float[np.ndarray, " n"],
    right: Bool[np.ndarray, " n"],
    weight: Float[np.ndarray, "b n"],
    faces: Float[np.ndarray, " b"],
) -> Float[np.ndarray, " b"]:
    """Mean over the recalls 0, 0.01, ..., 1 of the best precision at that recall or more, for each row of weights.

    score: falling; right: which boxes found a face; weight: how often each counts; faces: how many there are to find.
    Boxes of equal score come in together: a precision that their order decides would be luck. NaN without faces.
    """
    if len(score) == 0:
        return np.where(faces > 0, 0.0, np.nan)
    last = np.flatnonzero(np.append(score[1:] != score[:-1], True))
    hits = np.cumsum(weight * right, axis=1)[:, last]
    shown = np.cumsum(weight, axis=1)[:, last]
    precision = np.divide(hits, shown, out=np.zeros_like(hits), where=shown > 0)
    best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    recall = np.divide(hits, faces[:, None], out=np.zeros_like(hits), where=faces[:, None] > 0)
    reached = np.floor((RECALL_LEVELS - 1) * recall + 1e-9)
    levels = np.diff(reached, axis=1, prepend=-1)  # the level 0 is reached by the first box
    return np.where(faces > 0, (best * levels).sum(axis=1) / RECALL_LEVELS, np.nan)
