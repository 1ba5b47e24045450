"""Predictions beside labels as the records that figures, intervals and reports are made of."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from thermvision.tasks.baseline_records import NORMALISER, groups_of, yaw_of
from thermvision.tasks.labelled import LabelledImage
from thermvision.tasks.measures.box_matching import ImageBoxes, face_of
from thermvision.tasks.measures.landmark_points import convention_of
from thermvision.tasks.measures.landmarks import image_errors, point_errors
from thermvision.tasks.measures.normalisers import normaliser_px
from thermvision.tasks.measures.pose import angle_errors_deg
from thermvision.tasks.predictions import PredictedFace, Prediction
from thermvision.tasks.study.record import StudyRecord, detection_record, values_record
from thermvision.types import InputError

NOT_PREDICTED = "images have no prediction and were left out"
NO_SIZE = "images were left out because their normaliser has no size (eyes or box)"
NO_OWN_FACE = "images have no gender prediction and were left out"


def model_record(
    task: str,
    images: Sequence[LabelledImage],
    predictions: Mapping[str, Prediction],
    counts: Counter[str],
    *,
    normaliser: str = NORMALISER,
    **about: Any,
) -> StudyRecord:
    """The record of a model on labelled images; `about`: regime, model, test_set, seed and what else a record says.

    predictions: by image. Images without a prediction are left out and counted; InputError if none is left.
    """
    there = [one for one in images if one.image in predictions]
    counts[NOT_PREDICTED] += len(images) - len(there)
    if not there:
        raise InputError(f"none of the {len(images)} labelled images of {about['test_set']} has a prediction; predict this data set, with the same --every")  # fmt: skip
    said = [predictions[one.image] for one in there]
    if task == "detect":
        return _boxes(there, said, about)
    if task == "landmarks":
        return _landmarks(there, said, counts, normaliser, about)
    return _gender(there, said, counts, about)


def own_face(prediction: Prediction, image: LabelledImage) -> PredictedFace | None:
    """The predicted face that is the image's own person's: in the label's box, or overlapping it most; the surest where nothing is labelled."""
    for face in prediction.faces:
        if face.box_from in ("label", "whole"):
            return face
    if not np.isfinite(image.bbox_xyxy_px).all():
        return prediction.faces[0] if prediction.faces else None
    boxes = np.array([face.bbox_xyxy_px for face in prediction.faces], float).reshape(-1, 4)
    number = face_of(boxes, image.bbox_xyxy_px)
    return None if number is None else prediction.faces[number]


def _boxes(images: Sequence[LabelledImage], said: Sequence[Prediction], about: dict[str, Any]) -> StudyRecord:
    rows = [
        ImageBoxes(
            image.image,
            image.person,
            np.array([face.bbox_xyxy_px for face in one.faces], float).reshape(-1, 4),
            np.array([face.score for face in one.faces], float),
            image.faces_xyxy_px,
            image.hidden_xyxy_px,
        )
        for image, one in zip(images, said, strict=True)
    ]
    return detection_record(rows, **about)


def _landmarks(
    images: Sequence[LabelledImage],
    said: Sequence[Prediction],
    counts: Counter[str],
    normaliser: str,
    about: dict[str, Any],
) -> StudyRecord:
    """Errors by convention, as sets may mix them; a face that was not found is NaN."""
    nme = np.full(len(images), np.nan)
    pose = np.full(len(images), np.nan)
    sized = np.ones(len(images), bool)
    faces = [own_face(one, image) for one, image in zip(said, images, strict=True)]
    for number in sorted({len(image.points_px) for image in images}):
        convention_of(number)
        chosen = [k for k, image in enumerate(images) if len(image.points_px) == number]
        for k in chosen:
            sized[k] = _has_size(normaliser, images[k])
        found: dict[int, list[int]] = {}  # number of predicted points -> images
        for k in chosen:
            face = faces[k]
            if sized[k] and face is not None and len(face.landmarks_px):
                found.setdefault(len(face.landmarks_px), []).append(k)
        for places in found.values():
            points = np.stack([faces[k].landmarks_px for k in places])  # type: ignore[union-attr]
            true = np.stack([images[k].points_px for k in places])
            boxes = np.stack([images[k].bbox_xyxy_px for k in places])
            nme[places] = image_errors(point_errors(points, true, boxes, normaliser)[0])
    for k, (face, image) in enumerate(zip(faces, images, strict=True)):
        if face is not None and np.isfinite(face.pose_deg).all() and np.isfinite(image.pose_deg).all():
            pose[k] = angle_errors_deg(face.pose_deg[None], image.pose_deg[None])["pose"][0]
    counts[NO_SIZE] += int((~sized).sum())
    if not sized.any():
        raise InputError(f"no image of {about['test_set']} has {normaliser} of any size; choose another --normaliser")
    kept = np.flatnonzero(sized).tolist()
    values: dict[str, Any] = {"nme": nme[kept]} | yaw_of([images[k] for k in kept])
    if np.isfinite(pose[kept]).any():
        values["pose_error_deg"] = pose[kept]
    names, people = [images[k].image for k in kept], [images[k].person for k in kept]
    return values_record("landmarks", names, people, values, normaliser=normaliser, **about)


def _gender(
    images: Sequence[LabelledImage], said: Sequence[Prediction], counts: Counter[str], about: dict[str, Any]
) -> StudyRecord:
    faces = [own_face(one, image) for one, image in zip(said, images, strict=True)]
    pairs = [(image, face) for image, face in zip(images, faces, strict=True) if face is not None and np.isfinite(face.p_male)]  # fmt: skip
    counts[NO_OWN_FACE] += len(images) - len(pairs)
    if not pairs:
        raise InputError(f"no prediction for {about['test_set']} tells a gender; expected those of `thermvision predict gender`")  # fmt: skip
    kept = [image for image, _ in pairs]
    values = {
        "p_male": np.array([face.p_male for _, face in pairs]),
        "is_male": np.array([one.gender == "male" for one in kept]),
    }
    record = values_record("gender", [one.image for one in kept], [one.person for one in kept], values, **about)
    groups = groups_of(kept)
    if not any(groups):
        return record
    return dataclasses.replace(record, items={**record.items, "groups": groups})


def _has_size(normaliser: str, image: LabelledImage) -> bool:
    """Whether errors of this image can be divided; an unknown normaliser or one that the convention lacks is the caller's mistake."""
    try:
        normaliser_px(normaliser, image.points_px[None], image.bbox_xyxy_px[None])
    except InputError as error:
        if " px; expected more than 0" in str(error):
            return False
        raise
    return True
