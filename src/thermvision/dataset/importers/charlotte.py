"""Charlotte-ThermalFace: `S1..S10/`, `R#####.tiff` of 16 bits (TLinear, 0.01 K), `S#.csv` with 72 or 43 points and the surroundings."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import numpy as np

from thermvision.dataset.importers import ImportAsked
from thermvision.dataset.importers.frame import ImportedClip, ImportedFace, ImportedFrame, ImportPlan, SetFacts
from thermvision.dataset.importers.names import in_order
from thermvision.dataset.importers.source import Source
from thermvision.dataset.importers.tables import column, number, read_table

FACTS = SetFacts("Charlotte-ThermalFace", "for research purposes, no licence file", "S1..S10/R#####.tiff with S#.csv")
_IMAGE = re.compile(r"(?:^|/)S(\d+)/(?:.*/)?(R\d+)\.tiff?$", re.IGNORECASE)
_TABLE = re.compile(r"(?:^|/)S(\d+)\.csv$", re.IGNORECASE)
_COORDINATE = re.compile(r"^([xy])[\s_-]*(\d+)$", re.IGNORECASE)
_AIR = re.compile(r"air.*temp|ambient|room|^temp|temp.*air", re.IGNORECASE)
_SETS = (72, 43)


def plan(source: Source, asked: ImportAsked) -> ImportPlan:
    """One clip a person. Only the 16-bit files are read; boxes are not in the set."""
    made = ImportPlan([], landmark_sets=("72", "43"), kelvin_files=True)
    rows = _rows(source, made)
    by_person: dict[int, list[ImportedFrame]] = {}
    used = set()
    for name in in_order(source.names):
        if not (found := _IMAGE.search(name)):
            continue
        key = (int(found[1]), found[2].upper())
        told = rows.get(key)
        used.add(key)
        made.odd["images without a row in the table"] += told is None
        by_person.setdefault(key[0], []).append(
            ImportedFrame(name)
            if told is None
            else ImportedFrame(name, told[0], room_temperature_c=told[1], facts=told[2])
        )
    made.skipped += [
        (f"S{person}/{one}", "has a row in the table and no image") for person, one in sorted(set(rows) - used)
    ]
    for person, frames in sorted(by_person.items()):
        subject = f"charlotte_S{person:02d}"
        gender = asked.genders.get(f"s{person}") or asked.genders.get(str(person))
        made.clips.append(ImportedClip(subject, tuple(frames), subject, gender))
    return made


_Row = tuple[tuple[ImportedFace, ...] | None, float | None, dict[str, str | float]]


def _rows(source: Source, made: ImportPlan) -> dict[tuple[int, str], _Row]:
    """(person, R#####) -> faces, air temperature in C, and the other cells by their heads."""
    found: dict[tuple[int, str], _Row] = {}
    for name in source.names:
        if not (table := _TABLE.search(name)):
            continue
        head, rows = read_table(source, name)
        who = column(head, ("id", "image", "name", "file"), name)
        places: dict[tuple[str, int], int] = {}
        for at, cell in enumerate(head):
            if coordinate := _COORDINATE.match(cell):
                places[coordinate[1].lower(), int(coordinate[2])] = at
        others = [at for at in range(len(head)) if at != who and at not in places.values() and head[at]]
        for given in rows:
            one = PurePosixPath(given[who]).stem.upper() if len(given) > who else ""
            if not one.startswith("R"):
                continue
            row = given + [""] * (len(head) - len(given))
            facts: dict[str, str | float] = {head[at]: row[at] if (value := number(row[at])) is None else value for at in others if row[at]}  # fmt: skip
            found[int(table[1]), one] = (_faces(row, places, made), _air_c(facts), facts)
    return found


def _faces(row: list[str], places: dict[tuple[str, int], int], made: ImportPlan) -> tuple[ImportedFace, ...] | None:
    order = sorted({index for _, index in places})
    pairs = [(number(row[places["x", i]]), number(row[places["y", i]])) for i in order if ("x", i) in places and ("y", i) in places]  # fmt: skip
    points = [(x, y) for x, y in pairs if x is not None and y is not None and (x, y) != (0.0, 0.0)]
    if len(points) in _SETS:
        return (ImportedFace(None, {str(len(points)): np.array(points, np.float64)}),)
    made.odd["rows with neither 72 nor 43 points, whose points were left out"] += 1
    return (ImportedFace(),) if points else None


def _air_c(facts: dict[str, str | float]) -> float | None:
    """The air's temperature where a column says so in C, as far as a room can have it."""
    for head, value in facts.items():
        if _AIR.search(head) and isinstance(value, float) and 10 <= value <= 40:
            return value
    return None
