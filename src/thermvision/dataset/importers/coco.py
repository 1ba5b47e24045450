"""COCO: JSON files with images, annotations (bbox x, y, width, height; keypoints x, y, v) and categories, images by file_name."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from thermvision.dataset.importers import ImportAsked
from thermvision.dataset.importers.boxes import from_xywh
from thermvision.dataset.importers.by_person import clips_by_person
from thermvision.dataset.importers.classes import class_gender, face_classes
from thermvision.dataset.importers.frame import ImportedFace, ImportedFrame, ImportPlan, SetFacts
from thermvision.dataset.importers.names import in_order, is_image, split_in
from thermvision.dataset.importers.source import JoinedSource, Source, Unreadable
from thermvision.dataset.importers.yolo import foreign_sets
from thermvision.types import InputError

FACTS = SetFacts(
    "a COCO set", "its owner's", "a .json with images, annotations and categories, and the images by file_name"
)


def plan(source: Source, asked: ImportAsked) -> ImportPlan:
    """Clips by person where --subject-pattern tells them; an image that the JSON lists without annotation shows no face."""
    made = ImportPlan([])
    images = _Images(source)
    joined = source if asked.labels is None else JoinedSource((source, asked.labels))
    frames, listed = [], set()
    for name in joined.names:
        if not name.lower().endswith(".json") or (told := _loaded(joined, name, made)) is None:
            continue
        kinds = {
            one.get("id"): str(one.get("name", "")) for one in told.get("categories") or () if isinstance(one, dict)
        }
        only_faces = face_classes(kinds, asked.classes)
        by_image = _by_image(told["annotations"])
        for image in told["images"]:
            file = images.find(str(image.get("file_name", "")), name) if isinstance(image, dict) else None
            if file is None:
                made.skipped.append(
                    (str(image.get("file_name", name) if isinstance(image, dict) else name), "is listed and not there")
                )
                continue
            if file in listed:
                made.odd["images that are listed twice, taken once"] += 1
                continue
            listed.add(file)
            told_faces = [
                one for one in by_image.get(image.get("id"), ()) if not kinds or one.get("category_id") in only_faces
            ]
            found = [None if one.get("iscrowd") else _face(one, kinds, asked, made) for one in told_faces]
            faces = tuple(face for face in found if face is not None)
            labelled = faces if faces or not found else None  # what is there and cannot be read is no empty picture
            parts = (
                *PurePosixPath(file).parts[:-1],
                *PurePosixPath(name).stem.replace("-", "_").split("_"),
                *PurePosixPath(name).parts[:-1],
            )
            frames.append((ImportedFrame(file, labelled, _size(image)), split_in(parts), None))
    place = {file: at for at, file in enumerate(in_order(listed))}
    frames.sort(key=lambda one: place[one[0].file])
    clips_by_person("coco", frames, asked, made)
    made.landmark_sets = foreign_sets(face for frame, _, _ in frames for face in frame.faces or ())
    return made


class _Images:
    """Finds the images that a JSON file names: beside it, in the source, or anywhere if the name is there once."""

    def __init__(self, source: Source) -> None:
        self._all = {name for name in source.names if is_image(name)}
        self._by_name: dict[str, list[str]] = {}
        for name in self._all:
            self._by_name.setdefault(PurePosixPath(name).name, []).append(name)

    def find(self, file_name: str, table: str) -> str | None:
        path = PurePosixPath(file_name.replace("\\", "/"))
        for home in (PurePosixPath(table).parent, PurePosixPath()):
            if (name := (home / path).as_posix()) in self._all:
                return name
        same = [name for name in self._by_name.get(path.name, ()) if name.endswith(f"/{path}") or name == str(path)]
        same = same or self._by_name.get(path.name, [])
        return same[0] if len(same) == 1 else None


def _loaded(source: Source, name: str, made: ImportPlan) -> dict[str, Any] | None:
    """A COCO file; None for other JSON, InputError for one that is none though it claims to be."""
    try:
        told = json.loads(source.read(name))
    except (Unreadable, ValueError) as error:
        made.skipped.append((name, f"is no JSON that can be read ({type(error).__name__})"))
        return None
    if not isinstance(told, dict) or "images" not in told or "annotations" not in told:
        return None
    if not isinstance(told["images"], list) or not isinstance(told["annotations"], list):
        raise InputError(f"{name}: images and annotations are no lists, as COCO has them; mend it")
    return told


def _by_image(annotations: list[Any]) -> dict[Any, list[dict[str, Any]]]:
    found: dict[Any, list[dict[str, Any]]] = {}
    for one in annotations:
        if isinstance(one, dict):
            found.setdefault(one.get("image_id"), []).append(one)
    return found


def _size(image: dict[str, Any]) -> tuple[float, float] | None:
    """The size that the labels refer to, where the file says it."""
    width, height = image.get("width"), image.get("height")
    return (
        (float(width), float(height))
        if isinstance(width, int | float) and isinstance(height, int | float) and width > 0 < height
        else None
    )


def _face(one: dict[str, Any], kinds: dict[Any, str], asked: ImportAsked, made: ImportPlan) -> ImportedFace | None:
    try:
        box = from_xywh(*(float(value) for value in one["bbox"]))
        points = np.array(one.get("keypoints") or [], np.float64).reshape(-1, 3)
    except (KeyError, TypeError, ValueError):
        made.odd["annotations without a box that can be read, left out"] += 1
        return None
    gender = class_gender(kinds.get(one.get("category_id"), ""), asked.classes)
    if not (points[:, 2] > 0).any():
        return ImportedFace(box, gender=gender)
    count = str(len(points))
    return ImportedFace(
        box, {count: np.where(points[:, 2:] > 0, points[:, :2], np.nan)}, {count: points[:, 2] > 1.5}, gender
    )
