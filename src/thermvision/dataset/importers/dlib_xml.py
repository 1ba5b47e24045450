"""Annotations as dlib's image-labelling tool writes them: images with boxes and named points."""

from __future__ import annotations

from pathlib import PurePosixPath
from xml.etree import ElementTree

import numpy as np

from thermvision.dataset.importers.boxes import SAME_FACE_IOU, area, from_xywh, overlap
from thermvision.dataset.importers.frame import ImportedFace, ImportPlan
from thermvision.dataset.importers.source import Source, Unreadable

# The six points of Kantarci and Ekenel (2019) on CARL and EURECOM, in their order; the subject's right is image left.
SIX_POINTS = ("righteye_outer", "righteye_inner", "lefteye_inner", "lefteye_outer", "mouthcorner_right", "mouthcorner_left")  # fmt: skip


def read_dlib(source: Source, plan: ImportPlan) -> dict[str, tuple[ImportedFace, ...]]:
    """Image name without folders, lower case -> its faces (one, but for stray boxes), from every .xml of a source; odd and damaged ones are counted.

    Of boxes that overlap by more than half the one with more points counts, then the larger one.
    """
    found: dict[str, tuple[ImportedFace, ...]] = {}
    for name in source.names:
        if not name.lower().endswith(".xml"):
            continue
        try:
            root = _parsed(source.read(name))
        except (Unreadable, ElementTree.ParseError, ValueError) as error:
            plan.skipped.append((name, f"is no XML that can be read ({error})"))
            continue
        for image in root.iter("image"):
            file = PurePosixPath(image.get("file", "").replace("\\", "/")).name.lower()
            faces = [face for box in image.iter("box") if (face := _face(box)) is not None]
            if not file or not faces:
                continue
            kept = _without_doubles(faces, plan)
            found[file] = tuple(kept)
    return found


def _parsed(data: bytes) -> ElementTree.Element:
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise ValueError("it declares entities, which no annotation needs")
    return ElementTree.fromstring(data)  # noqa: S314 (without a document type nothing can expand)


def _face(box: ElementTree.Element) -> ImportedFace | None:
    try:
        corner = from_xywh(*(float(box.get(side, "nan")) for side in ("left", "top", "width", "height")))
        points = {part.get("name", ""): (float(part.get("x", "nan")), float(part.get("y", "nan"))) for part in box.iter("part")}  # fmt: skip
    except ValueError:
        return None
    known = [points.get(name, (np.nan, np.nan)) for name in SIX_POINTS]
    landmarks = {"6": np.array(known)} if np.isfinite(known).any() else {}
    return ImportedFace(corner, landmarks)


def _without_doubles(faces: list[ImportedFace], plan: ImportPlan) -> list[ImportedFace]:
    kept: list[ImportedFace] = []
    for face in sorted(faces, key=lambda one: (-_points(one), -area(one.bbox or (0, 0, 0, 0)))):
        if any(overlap(face.bbox, one.bbox) > SAME_FACE_IOU for one in kept if face.bbox and one.bbox):
            plan.odd["double boxes of one face, of which one was kept"] += 1
        else:
            kept.append(face)
    return kept


def _points(face: ImportedFace) -> int:
    return int(np.isfinite(face.landmarks["6"]).all(axis=1).sum()) if "6" in face.landmarks else 0
