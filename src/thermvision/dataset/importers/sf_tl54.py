"""SF-TL54: `{gray,iron}/{train,val,test}/{images,json}`, LabelMe files, metadata.csv."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from thermvision.dataset.importers import ImportAsked
from thermvision.dataset.importers.boxes import from_corners
from thermvision.dataset.importers.frame import ImportedClip, ImportedFace, ImportedFrame, ImportPlan, SetFacts
from thermvision.dataset.importers.names import in_order, is_image, split_of, stem
from thermvision.dataset.importers.source import Source, Unreadable
from thermvision.dataset.importers.speakingfaces import subject_id, told_by_name
from thermvision.dataset.importers.tables import column, gender_of, read_table

FACTS = SetFacts("SF-TL54", "MIT", "{gray,iron}/{train,val,test}/images/*.png with json/*.json beside images")
_IMAGE = re.compile(r"(?:^|/)(gr[ae]y|iron)/(train|val|valid|test)/images/[^/]+$", re.IGNORECASE)
_POINTS = 54


def plan(source: Source, asked: ImportAsked) -> ImportPlan:
    """One clip a person and trial; grey pictures, or the iron ones where the source has no grey."""
    made = ImportPlan([])
    images = {name: found for name in source.names if is_image(name) and (found := _IMAGE.search(name))}
    grey = [name for name, found in images.items() if found[1].lower() != "iron"]
    labels = {_label_key(name): name for name in source.names if name.lower().endswith(".json")}
    people = _people(source)
    by_clip: dict[tuple[str, str, str], list[ImportedFrame]] = {}
    for name in in_order(grey or images):
        told = told_by_name(name)
        subject = told.get("subject", "")
        split = images[name][2].lower()
        trial = str(told.get("trial", ""))
        worn = people.get(subject, {}).get(f"acctrial{trial}") if trial else None
        by_clip.setdefault((split, subject, trial), []).append(
            ImportedFrame(
                name,
                faces=_faces(source, labels.get(_label_key(name)), made),
                glasses=None if worn is None else "glasses" if "glasses" in worn else "",
                headwear=None if worn is None else next((one for one in ("hat", "veil") if one in worn), ""),
                facts={key: value for key, value in told.items() if key not in ("subject", "trial")},
            )
        )
    for (split, subject, trial), frames in by_clip.items():
        person = subject_id(subject) if subject else None
        gender = gender_of(people.get(subject, {}).get("gender", "")) or asked.genders.get(subject)
        session = f"T{trial}" if trial else None
        name = "_".join(("sf-tl54", split, person or "unknown", *([session] if session else [])))
        made.clips.append(ImportedClip(name, tuple(frames), person, gender, session, split=split_of(split)))
    return made


def _label_key(name: str) -> tuple[str, ...]:
    """Folders without images or json, and the stem: the same for an image and its label."""
    parts = [part.lower() for part in PurePosixPath(name).parts[:-1] if part.lower() not in ("images", "json")]
    return (*parts, stem(name))


def _people(source: Source) -> dict[str, dict[str, str]]:
    """Subject number -> gender and what is worn in each trial, lower case."""
    found: dict[str, dict[str, str]] = {}
    for name in source.names:
        if PurePosixPath(name).name.lower() != "metadata.csv":
            continue
        head, rows = read_table(source, name)
        who, gender = column(head, ("subid",), name), column(head, ("gender", "sex"), name)
        trials = {f"acctrial{n}": at for n in "12" for at, cell in enumerate(head) if cell.lower() == f"acc_trial_{n}"}
        for row in rows:
            if len(row) > max(who, gender) and row[who].isdigit():
                told = {key: row[at].lower() for key, at in trials.items() if at < len(row) and row[at]}
                found[str(int(row[who]))] = {"gender": row[gender], **told}
    return found


def _faces(source: Source, label: str | None, made: ImportPlan) -> tuple[ImportedFace, ...] | None:
    """The face of a LabelMe file: a shape `face` with two corners, the others points."""
    if label is None:
        made.odd["images without a label file"] += 1
        return None
    try:
        shapes = json.loads(source.read(label))["shapes"]
        box = next((from_corners(*(float(v) for point in one["points"][:2] for v in point)) for one in shapes if one["label"] == "face"), None)  # fmt: skip
        points = [(one["label"], xy) for one in shapes if one["label"] != "face" for xy in one["points"]]
        landmarks = np.array([xy for _, xy in _by_number(points)], np.float64).reshape(-1, 2)
    except (Unreadable, ValueError, KeyError, TypeError) as error:
        made.skipped.append((label, f"is no LabelMe file that can be read ({type(error).__name__})"))
        return None
    if len(landmarks) != _POINTS:
        made.odd[f"faces without {_POINTS} points, whose points were left out"] += 1
        landmarks = np.empty((0, 2))
    return (ImportedFace(box, {"54": landmarks} if len(landmarks) else {}),)


def _by_number(points: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """By their labels where these are numbers, all different; else as they stand in the file, which the authors' scripts rely on."""
    labels = [str(label) for label, _ in points]
    if all(label.isdigit() for label in labels) and len(set(labels)) == len(labels):
        return sorted(points, key=lambda one: int(one[0]))
    return points
