"""Figures of face detection: AP50, mAP, by the size of the face and the number of faces; what is missed, what is false.

AP as in COCO (Lin et al. 2014): greedy matching by score, 101 recall levels, mean over IoU 0.50 to 0.95 for mAP.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from thermvision.tasks.measures.average_precision import ap_statistic
from thermvision.tasks.measures.bootstrap import Statistic, mean_statistic, person_numbers, ratio_statistic
from thermvision.tasks.measures.box_matching import IOU_THRESHOLDS, ImageBoxes, Matches, match_image
from thermvision.types import InputError

SMALLEST_PX, FACE_HEIGHT_BINS_PX = 12.0, ((12.0, 32.0), (32.0, 96.0), (96.0, np.inf))
FACES_BINS = ((1, 1), (2, 3), (4, 9), (10, 10**9))  # faces in the image, both ends counted
SCORE_AT_WORK = 0.5  # from which on a box counts as found when misses are counted


def bin_name(low: float, high: float, unit: str) -> str:
    """`12-32 px`, `over 96 px`, `2-3 faces`, `1 face`."""
    if high >= 10**9:
        return f"{low:g}+ {unit}" if unit == "faces" else f"over {low:g} {unit}"
    return f"1 {unit.removesuffix('s')}" if low == high == 1 else f"{low:g}-{high:g} {unit}"


def detection_statistics(
    images: Sequence[ImageBoxes],
    people: Sequence[str] | None = None,
    *,
    smallest_px: float = SMALLEST_PX,
    score_at_least: float = SCORE_AT_WORK,
    only: str | None = None,
) -> dict[str, Statistic]:
    """Metric -> its value for any draw of `people` (default: those of the images, by name); or `only` one of:

    AP50, mAP50-95; `AP50, 12-32 px`, ... by the face's height; `AP50, 2-3 faces`, ... by the faces in the image, where there are such
    images; `missed`, the share of faces without a box of the score `score_at_least` or more, and `false per image`, such boxes on
    nothing, both at IoU 0.5. Faces under `smallest_px` high are ignored: neither missed nor false. NaN where there is no face of the kind.
    """
    numbers, count = _numbers(images, people)
    limits = (smallest_px, np.inf)
    everything = [match_image(one, thresholds=IOU_THRESHOLDS if only in (None, "mAP50-95") else (0.5,), face_height_px=limits) for one in images]  # fmt: skip
    table: dict[str, Statistic] = {"AP50": ap_statistic(everything, numbers, count)}
    if only in (None, "mAP50-95"):
        by_level = [ap_statistic(everything, numbers, count, level) for level in range(len(IOU_THRESHOLDS))]
        table["mAP50-95"] = lambda weights: np.mean([one(weights) for one in by_level], axis=0)
    missed, false = np.array([_missed_and_false(one, score_at_least) for one in everything], float).reshape(-1, 2).T
    faces = np.array([one.num_faces for one in everything], float)
    table["missed"] = ratio_statistic(missed, faces, numbers, count)
    table["false per image"] = mean_statistic(false, numbers, count)
    for low, high in FACE_HEIGHT_BINS_PX:
        name = f"AP50, {bin_name(low, high, 'px')}"
        if high > smallest_px and only in (None, name):
            sized = [match_image(one, thresholds=(0.5,), face_height_px=(max(low, smallest_px), high)) for one in images]  # fmt: skip
            table[name] = ap_statistic(sized, numbers, count)
    for low, high in FACES_BINS:
        chosen = [k for k, one in enumerate(images) if low <= len(one.true_xyxy_px) <= high]
        if chosen:
            table[f"AP50, {bin_name(low, high, 'faces')}"] = ap_statistic([everything[k] for k in chosen], numbers[chosen], count)  # fmt: skip
    return table if only is None else {name: one for name, one in table.items() if name == only}


def detection_figures(
    images: Sequence[ImageBoxes], *, smallest_px: float = SMALLEST_PX, score_at_least: float = SCORE_AT_WORK
) -> dict[str, float]:
    """The same figures of the images as they are, by name."""
    statistics = detection_statistics(images, smallest_px=smallest_px, score_at_least=score_at_least)
    people = len({one.person for one in images})
    return {name: float(one(np.ones((1, people)))[0]) for name, one in statistics.items()}


def _missed_and_false(one: Matches, score_at_least: float) -> tuple[int, int]:
    """Faces without a box, boxes without a face, of boxes that are sure enough, at the first threshold."""
    sure = (one.score >= score_at_least) & ~one.ignored[0]
    return one.num_faces - int((sure & (one.face[0] >= 0)).sum()), int((sure & (one.face[0] < 0)).sum())


def _numbers(images: Sequence[ImageBoxes], people: Sequence[str] | None) -> tuple[np.ndarray, int]:
    if people is None:
        names, numbers = person_numbers([one.person for one in images])
        return numbers, len(names)
    place = {name: number for number, name in enumerate(people)}
    unknown = sorted({one.person for one in images} - place.keys())
    if unknown:
        raise InputError(f"person {unknown[0]} has images and is not among the {len(people)} people to be drawn")
    return np.array([place[one.person] for one in images], np.int64), len(people)
