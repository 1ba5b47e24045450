"""The records of all baselines of a task, from labelled training and test images of different people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from thermvision.tasks.baselines import (
    CONSTANT_BOX,
    MAJORITY,
    MEAN_SHAPE,
    NEAREST_LEAK,
    NEAREST_OTHERS,
    NearestResult,
    fit_constant_box,
    fit_mean_shape,
    majority_scores,
    mean_shape_px,
    nearest_leaking,
    nearest_other_people,
    thumbnail,
)
from thermvision.tasks.labelled import LabelledImage
from thermvision.tasks.measures.box_matching import ImageBoxes
from thermvision.tasks.measures.landmarks import image_errors, point_errors
from thermvision.tasks.splits import check_classes, check_disjoint
from thermvision.tasks.study.record import BASELINE, StudyRecord, Task, detection_record, values_record
from thermvision.types import InputError

_MOST_GROUPS = 8  # values of a column by which figures are split
NORMALISER = "box diagonal"  # fits profiles too, unlike the distance of the eyes


def baseline_records(
    task: Task,
    train: Sequence[LabelledImage],
    test: Sequence[LabelledImage],
    test_set: str,
    *,
    normaliser: str = NORMALISER,
    seed: int = 0,
) -> list[StudyRecord]:
    """The task's baselines on the test images; gender needs images that were read with their pictures.

    InputError: a person seen in both, no images, and for gender one class only or no pictures.
    """
    for name, images in (("training", train), ("test", test)):
        if not images:
            raise InputError(f"the list of {name} images is empty; expected labelled images of at least one person")
    check_disjoint({part: frozenset().union(*(one.everyone for one in images)) for part, images in (("train", train), ("test", test))})  # fmt: skip
    about = {"regime": BASELINE, "test_set": test_set, "seed": seed}
    if task == "detect":
        return [_constant_box(train, test, about)]
    if task == "landmarks":
        return [_mean_shape(train, test, normaliser, about)]
    return _of_gender(train, test, seed, about)


def _constant_box(train: Sequence[LabelledImage], test: Sequence[LabelledImage], about: dict[str, Any]) -> StudyRecord:
    sizes = np.array([[one.width_px, one.height_px] for one in train for _ in one.faces_xyxy_px], float).reshape(-1, 2)
    box = fit_constant_box(np.concatenate([one.faces_xyxy_px for one in train]), sizes)
    found = [
        ImageBoxes(
            one.image,
            one.person,
            box.box_xyxy_px(one.width_px, one.height_px),
            np.ones(1),
            one.faces_xyxy_px,
            one.hidden_xyxy_px,
        )
        for one in test
    ]
    return detection_record(found, model=CONSTANT_BOX, **about)


def _mean_shape(
    train: Sequence[LabelledImage], test: Sequence[LabelledImage], normaliser: str, about: dict[str, Any]
) -> StudyRecord:
    number = _convention(test)
    if not number:
        raise InputError("the test images hold no landmarks; expected the 68 points of at least one face")
    train, test = ([one for one in images if _whole(one, number)] for images in (train, test))
    learnt, asked = _landmarks(train, number), _landmarks(test, number)
    errors, _ = point_errors(mean_shape_px(fit_mean_shape(*learnt), asked[1]), *asked, normaliser)
    values = {"nme": image_errors(errors)} | yaw_of(test)
    return values_record("landmarks", *_named(test), values, model=MEAN_SHAPE, normaliser=normaliser, **about)


def yaw_of(images: Sequence[LabelledImage]) -> dict[str, np.ndarray]:
    """`yaw_deg` of each image for a record of landmarks; nothing where no image tells it."""
    yaw = np.array([one.pose_deg[0] for one in images])
    return {"yaw_deg": yaw} if np.isfinite(yaw).any() else {}


def groups_of(images: Sequence[LabelledImage]) -> list[list[str]]:
    """`glasses: none`, `camera: lepton35`, ... of each image for a record of gender, of the columns that differ between images."""
    seen: dict[str, set[str]] = {}
    for one in images:
        for name, value in one.groups.items():
            seen.setdefault(name, set()).add(value)
    telling = [name for name, values in seen.items() if 2 <= len(values) <= _MOST_GROUPS]
    return [[f"{name}: {one.groups[name] or 'none'}" for name in telling if name in one.groups] for one in images]


def _of_gender(
    train: Sequence[LabelledImage], test: Sequence[LabelledImage], seed: int, about: dict[str, Any]
) -> list[StudyRecord]:
    train, test = ([one for one in images if one.gender in ("female", "male")] for images in (train, test))
    if not test:
        raise InputError("the test images hold no gender; expected female or male of at least one person")
    images = [*train, *test]
    check_classes((one.gender for one in train), "the training people")
    small: list[np.ndarray] = []
    male, (names, people) = np.array([one.gender == "male" for one in images]), _named(images)
    for one in images:
        if one.thumbnail is not None:
            small.append(one.thumbnail)
        elif one.temperature_k is not None:
            small.append(thumbnail(one.temperature_k, one.bbox_xyxy_px))
        else:
            raise InputError(f"image {one.image} was read without its picture; expected pictures for the thumbnails: read with pictures=True")  # fmt: skip
    thumbnails, asked = np.stack(small), sorted({one.person for one in test})
    honest = nearest_other_people(thumbnails, male, people, sorted({one.person for one in train}), asked)
    leaking = nearest_leaking(thumbnails, male, names, people, asked, len(train), seed)
    majority = NearestResult(range(len(train), len(images)), majority_scores(male[: len(train)], len(test)), male[len(train) :])  # fmt: skip

    def record(model: str, result: NearestResult) -> StudyRecord:
        chosen = [[column[k] for k in result.test] for column in (names, people)]
        return values_record("gender", chosen[0], chosen[1], {"p_male": result.p_male, "is_male": result.is_male}, model=model, **about)  # fmt: skip

    return [record(MAJORITY, majority), record(NEAREST_OTHERS, honest), record(NEAREST_LEAK, leaking)]


def _convention(images: Sequence[LabelledImage]) -> int:
    """The number of points that most images have, 0 if none has any."""
    counts = Counter(len(one.points_px) for one in images if len(one.points_px))
    return counts.most_common(1)[0][0] if counts else 0


def _whole(image: LabelledImage, number: int) -> bool:
    there = len(image.points_px) == number and bool(np.isfinite(image.points_px).all())
    return there and bool(np.isfinite(image.bbox_xyxy_px).all())


def _landmarks(images: Sequence[LabelledImage], number: int) -> tuple[np.ndarray, np.ndarray]:
    points = np.array([one.points_px for one in images]).reshape(-1, number, 2)
    return points, np.array([one.bbox_xyxy_px for one in images]).reshape(-1, 4)


def _named(images: Sequence[LabelledImage]) -> tuple[list[str], list[str]]:
    return [one.image for one in images], [one.person for one in images]
