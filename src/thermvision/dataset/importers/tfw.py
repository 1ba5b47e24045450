"""TFW: `{train,val,test}/{indoor,outdoor}[_gray]/` and `{indoor,outdoor}.csv` with boxes and five points, several faces an image."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import numpy as np

from thermvision.dataset.importers import ImportAsked
from thermvision.dataset.importers.boxes import from_corners
from thermvision.dataset.importers.frame import ImportedClip, ImportedFace, ImportedFrame, ImportPlan, SetFacts
from thermvision.dataset.importers.names import in_stretches, is_image, split_of
from thermvision.dataset.importers.source import Source
from thermvision.dataset.importers.speakingfaces import subject_id, told_by_name
from thermvision.dataset.importers.tables import numbers, read_table

FACTS = SetFacts("TFW: Thermal Faces in the Wild", "MIT", "{train,val,test}/{indoor,outdoor}_gray/*.png with indoor.csv and outdoor.csv beside")  # fmt: skip
_IMAGE = re.compile(r"(?:^|/)(train|val|valid|test)/(indoor|outdoor)(_gr[ae]y)?/[^/]+$", re.IGNORECASE)
_TABLE = re.compile(r"(?:^|/)(train|val|valid|test)/(indoor|outdoor)\.csv$", re.IGNORECASE)


def plan(source: Source, asked: ImportAsked) -> ImportPlan:
    """Persons of SpeakingFaces as clips of their own, the others in stretches; the grey pictures where there are some."""
    made = ImportPlan([])
    faces = _labels(source, made)
    chosen: dict[tuple[str, str, str], tuple[bool, str]] = {}
    for name in source.names:
        if not is_image(name) or not (found := _IMAGE.search(name)):
            continue
        key = (found[1].lower(), found[2].lower(), PurePosixPath(name).name.lower())
        if key not in chosen or (found[3] and not chosen[key][0]):
            chosen[key] = (bool(found[3]), name)
    unused = set(faces) - set(chosen)
    made.skipped += [("/".join(key), "has labels and no image") for key in sorted(unused)]
    persons: dict[tuple[str, str], list[ImportedFrame]] = {}
    others: dict[tuple[str, str], list[ImportedFrame]] = {}
    for key in sorted(chosen, key=_order):
        split, place, _ = key
        told = told_by_name(key[2]) if place == "indoor" else {}
        facts: dict[str, str | float] = {"place": place, **told}
        labelled = faces.get(key)
        made.odd["images without a row in the table"] += labelled is None
        frame = ImportedFrame(chosen[key][1], None if labelled is None else tuple(labelled), facts=facts)
        if "trial" in told:
            persons.setdefault((split, told["subject"]), []).append(frame)
        else:
            others.setdefault((split, place), []).append(frame)
    for (split, subject), frames in persons.items():
        person = subject_id(subject)
        made.clips.append(
            ImportedClip(
                f"tfw_{split}_{person}", tuple(frames), person, asked.genders.get(subject), split=split_of(split)
            )
        )
    for (split, place), frames in others.items():
        made.clips += in_stretches(f"tfw_{split}_{place}", frames, split_of(split))
    return made


def _order(key: tuple[str, str, str]) -> tuple[str, str, list[tuple[int, str]]]:
    """Splits and places together, images as people count."""
    parts = re.split(r"(\d+)", key[2])
    return key[0], key[1], [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _labels(source: Source, made: ImportPlan) -> dict[tuple[str, str, str], list[ImportedFace]]:
    """(split, place, image) -> faces, from the tables; rows without fifteen cells or with no numbers are counted."""
    found: dict[tuple[str, str, str], list[ImportedFace]] = {}
    for name in source.names:
        table = _TABLE.search(name)
        if not table:
            continue
        head, rows = read_table(source, name)
        if numbers(head[1:5]) is not None:  # no head line
            rows.insert(0, head)
        for row in rows:
            values = numbers(row[1:15]) if len(row) >= 15 else None
            corners = numbers(row[1:5])
            if corners is None or len(corners) < 4:
                made.odd["rows of a table that hold no box, left out"] += 1
                continue
            points = {"5": np.array(values).reshape(7, 2)[2:]} if values else {}
            key = (table[1].lower(), table[2].lower(), PurePosixPath(row[0].replace("\\", "/")).name.lower())
            found.setdefault(key, []).append(ImportedFace(from_corners(*corners), points))
    return found
