"""Figures of face detection: AP50, mAP, by the size of the face and the number of faces; what is missed, what is false.

AP as in COCO (Lin et al. 2014): greedy matching by score, 101 recall levels, mean over IoU 0.50 to 0.95 for mAP.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from thermvision.tasks.measures.average_precision import ap_statistic
from thermvision.tasks.measures.bootstrap import Statistic, person_numbers
from thermvision.tasks.measures.box_matching import ImageBoxes, Matches, match_image
from thermvision.types import InputError

SMALLEST_PX, FACE_HEIGHT_BINS_PX = 12.0, ((12.0, 32.0), (32.0, 96.0), (96.0, np.inf))
FACES_BINS = ((1, 1), (2, 3), (4, 9), (10, 10**9))  # faces in the image, both ends counted
SCORE_AT_WORK = 0.5  # from which on a box counts as found when misses are counted


@dataclass(frozen=True, slots=True)
class Counts:
    """What a detector does at one score and IoU 0.5."""

    images: int
    faces: int
    missed: int
    false: int
    images_with_false: int

    @property
    def missed_share(self) -> float:
        """Of the faces, 0-1; NaN without faces."""
        return self.missed / self.faces if self.faces else float("nan")

    @property
    def false_per_image(self) -> float:
        """Boxes on nothing for each image."""
        return self.false / self.images if self.images else float("nan")


@dataclass(frozen=True, slots=True)
class DetectionFigures:
    """AP 0-1, NaN where there is no face of the kind; keys of the bins are their names in words."""

    ap50: float
    map50_95: float
    ap50_by_height: dict[str, float]
    ap50_by_faces: dict[str, float]
    counts: Counts
    counts_by_faces: dict[str, Counts]


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
    only: str | None = None,
) -> dict[str, Statistic]:
    """AP50, mAP50-95 and AP50 by height, each of any draw of `people` (default: those of the images, by name); or `only` one."""
    numbers, count = _numbers(images, people)
    table: dict[str, Statistic] = {}
    if only in (None, "AP50", "mAP50-95"):
        everything = [match_image(one, face_height_px=(smallest_px, np.inf)) for one in images]
        by_level = [ap_statistic(everything, numbers, count, level) for level in range(10)]
        table["AP50"] = by_level[0]
        table["mAP50-95"] = lambda weights: np.mean([one(weights) for one in by_level], axis=0)
    for low, high in FACE_HEIGHT_BINS_PX:
        name, limits = f"AP50, {bin_name(low, high, 'px')}", (max(low, smallest_px), high)
        if high > smallest_px and only in (None, name):
            sized = [match_image(one, thresholds=(0.5,), face_height_px=limits) for one in images]
            table[name] = ap_statistic(sized, numbers, count)
    return table


def detection_figures(
    images: Sequence[ImageBoxes], *, smallest_px: float = SMALLEST_PX, score_at_least: float = SCORE_AT_WORK
) -> DetectionFigures:
    """All figures of a test set; faces under `smallest_px` high are ignored, neither missed nor false."""
    statistics = detection_statistics(images, smallest_px=smallest_px)
    people = len({one.person for one in images})
    value = {name: float(one(np.ones((1, people)))[0]) for name, one in statistics.items()}
    by_faces, counted = {}, {}
    for low, high in FACES_BINS:
        name, chosen = bin_name(low, high, "faces"), [one for one in images if low <= len(one.true_xyxy_px) <= high]
        if not chosen:
            continue
        matches = [match_image(one, thresholds=(0.5,), face_height_px=(smallest_px, np.inf)) for one in chosen]
        alone = ap_statistic(matches, np.zeros(len(chosen), np.int64), 1)
        by_faces[name], counted[name] = float(alone(np.ones((1, 1)))[0]), counts(matches, score_at_least)
    all50 = [match_image(one, thresholds=(0.5,), face_height_px=(smallest_px, np.inf)) for one in images]
    sizes = {name.removeprefix("AP50, "): one for name, one in value.items() if name.startswith("AP50, ")}
    return DetectionFigures(
        value["AP50"], value["mAP50-95"], sizes, by_faces, counts(all50, score_at_least), counted
    )  # fmt: skip


def counts(matches: Sequence[Matches], score_at_least: float = SCORE_AT_WORK) -> Counts:
    """Missed faces and false boxes at the first threshold of the matches, of boxes with that score or more."""
    missed = false = faces = with_false = 0
    for one in matches:
        sure = (one.score >= score_at_least) & ~one.ignored[0]
        wrong = int((sure & (one.face[0] < 0)).sum())
        faces, missed = faces + one.num_faces, missed + one.num_faces - int((sure & (one.face[0] >= 0)).sum())
        false, with_false = false + wrong, with_false + (wrong > 0)
    return Counts(len(matches), faces, missed, false, with_false)


def _numbers(images: Sequence[ImageBoxes], people: Sequence[str] | None) -> tuple[np.ndarray, int]:
    if people is None:
        names, numbers = person_numbers([one.person for one in images])
        return numbers, len(names)
    place = {name: number for number, name in enumerate(people)}
    unknown = sorted({one.person for one in images} - place.keys())
    if unknown:
        raise InputError(f"person {unknown[0]} has images and is not among the {len(people)} people to be drawn")
    return np.array([place[one.person] for one in images], np.int64), len(people)
