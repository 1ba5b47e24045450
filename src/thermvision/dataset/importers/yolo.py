"""YOLO trees: `images/**/x.png` with `labels/**/x.txt`, or image and text side by side; names and points from data.yaml."""

from __future__ import annotations

import dataclasses
from pathlib import PurePosixPath
from typing import Any

import yaml

from thermvision.dataset.importers import ImportAsked
from thermvision.dataset.importers.by_person import clips_by_person
from thermvision.dataset.importers.classes import class_gender, face_classes
from thermvision.dataset.importers.columns import OUR_LANDMARKS
from thermvision.dataset.importers.frame import ImportedFace, ImportedFrame, ImportPlan, SetFacts
from thermvision.dataset.importers.names import in_order, is_image, split_in
from thermvision.dataset.importers.source import Source, Unreadable
from thermvision.dataset.importers.yolo_labels import OWN_SHARES, read_yolo
from thermvision.types import InputError

FACTS = SetFacts("a YOLO tree", "its owner's", "images/*.png with labels/*.txt (class xc yc w h)")


def plan(source: Source, asked: ImportAsked) -> ImportPlan:
    """Clips by person where --subject-pattern tells them; an empty label file means no face, a missing one unlabelled."""
    made = ImportPlan([])
    names, points = _declared(source)
    images = [name for name in in_order(source.names) if is_image(name)]
    labels = {name[: -len(".txt")].lower(): name for name in source.names if name.lower().endswith(".txt")}
    frames = []
    for name in images:
        label = labels.get(_label_of(name)) or labels.get(name.rpartition(".")[0].lower())
        faces = None if label is None else _faces(source, label, names, points, asked, made)
        made.odd["images without a label file"] += label is None
        frames.append((ImportedFrame(name, faces, OWN_SHARES), split_in(PurePosixPath(name).parts[:-1]), None))
    if not any(frame.faces is not None for frame, _, _ in frames):
        return ImportPlan([], skipped=made.skipped)
    clips_by_person("yolo", frames, asked, made)
    made.landmark_sets = foreign_sets(face for frame, _, _ in frames for face in frame.faces or ())
    return made


def foreign_sets(faces: Any) -> tuple[str, ...]:
    """Landmark sets of faces beyond those that every data set has columns for, by size."""
    return tuple(sorted({one for face in faces for one in face.landmarks} - set(OUR_LANDMARKS), key=int))


def _label_of(name: str) -> str:
    """Where the label of an image lies, lower case and without ending: `labels` in place of the last `images`."""
    parts = list(PurePosixPath(name).parts)
    at = next((i for i in range(len(parts) - 2, -1, -1) if parts[i].lower() == "images"), None)
    if at is not None:
        parts[at] = "labels"
    return "/".join(parts).rpartition(".")[0].lower()


def _faces(
    source: Source,
    label: str,
    names: dict[int, str],
    points: tuple[int, int] | None,
    asked: ImportAsked,
    made: ImportPlan,
) -> tuple[ImportedFace, ...] | None:
    try:
        text = source.read(label).decode("utf-8", "replace")
    except Unreadable as error:
        made.skipped.append((label, str(error)))
        return None
    found = read_yolo(text, made.odd, points)
    if not found and text.strip():
        return None
    if names:
        found = tuple((face, number) for face, number in found if number in face_classes(names, asked.classes))
    return tuple(
        dataclasses.replace(face, gender=class_gender(names.get(number, str(number)), asked.classes))
        for face, number in found
    )


def _declared(source: Source) -> tuple[dict[int, str], tuple[int, int] | None]:
    """Class names and the shape of the points, if a data.yaml says them; InputError if it is no YAML."""
    for name in source.names:
        if not name.lower().endswith((".yaml", ".yml")):
            continue
        try:
            told = yaml.safe_load(source.read(name))
        except (Unreadable, yaml.YAMLError) as error:
            raise InputError(f"{name} cannot be read as YAML; mend or remove it") from error
        if not isinstance(told, dict) or not ("names" in told or "kpt_shape" in told):
            continue
        given, shape = told.get("names") or {}, told.get("kpt_shape")
        try:
            classes = (
                dict(enumerate(given)) if isinstance(given, list) else {int(key): value for key, value in given.items()}
            )
            points = None if shape is None else (int(shape[0]), int(shape[1]))
        except (TypeError, ValueError, IndexError, AttributeError) as error:
            raise InputError(f"{name}: names or kpt_shape are not as YOLO has them; mend or remove it") from error
        return {number: str(word) for number, word in classes.items()}, points
    return {}, None
