"""Tufts TD_IR: `TD_IR_{A,E}_Set{1..4}/<participant>/*.jpg`, boxes in a table by others (maxbbraun/tdface-annotations)."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from thermvision.dataset.importers import ImportAsked
from thermvision.dataset.importers.boxes import from_xywh
from thermvision.dataset.importers.frame import ImportedClip, ImportedFace, ImportedFrame, ImportPlan, SetFacts
from thermvision.dataset.importers.names import in_order, is_image, stem
from thermvision.dataset.importers.source import Source
from thermvision.dataset.importers.tables import bare_id, column, numbers, read_table

FACTS = SetFacts("Tufts Face Database, thermal (TD_IR)", "non-commercial, no redistribution (the boxes: CC BY-NC-SA)", "TD_IR_{A,E}_Set{1..4}/<participant>/*.jpg")  # fmt: skip
_IMAGE = re.compile(r"TD_IR_([AE])_Set_?(\d)/(?:.*/)?([^/]+)/[^/]+$", re.IGNORECASE)
_VARIATIONS = ("neutral", "smile", "eyes closed", "shocked", "sunglasses")  # of TD_IR_E, by the number in the name
_EXPRESSIONS = {"neutral": "neutral", "smile": "happy", "shocked": "surprised"}


def plan(source: Source, asked: ImportAsked) -> ImportPlan:
    """One clip a participant and part (A: nine camera places, E: five expressions)."""
    made = ImportPlan([])
    boxes = _boxes(source, made) | (_boxes(asked.labels, made) if asked.labels else {})
    by_clip: dict[tuple[str, str], list[ImportedFrame]] = {}
    used = set()
    for name in in_order(source.names):
        if not is_image(name) or not (found := _IMAGE.search(name)):
            continue
        part, number, participant = found[1].upper(), found[2], found[3]
        key = (part, number, bare_id(participant), PurePosixPath(name).name.lower())
        used.add(key)
        box = boxes.get(key)
        made.odd["images without a box"] += box is None
        by_clip.setdefault((bare_id(participant), part), []).append(_frame(name, part, number, box))
    lost = sorted(set(boxes) - used)
    made.skipped += [("/".join(key), "has a box and no image") for key in lost]
    for (participant, part), frames in by_clip.items():
        person = f"tufts_{int(participant):03d}" if participant.isdigit() else f"tufts_{participant}"
        gender = asked.genders.get(participant)
        made.clips.append(ImportedClip(f"{person}_{part}", tuple(frames), person, gender, part))
    return made


def _frame(name: str, part: str, number: str, box: ImportedFace | None) -> ImportedFrame:
    facts: dict[str, str | float] = {"part": part, "set": number}
    variation = ""
    last = re.search(r"(\d+)$", stem(name))
    if last and part == "A":
        facts["camera_place"] = int(last[1])
    if last and part == "E" and 1 <= int(last[1]) <= len(_VARIATIONS):
        variation = _VARIATIONS[int(last[1]) - 1]
        facts["variation"] = variation
    glasses = "sunglasses" if variation == "sunglasses" else None
    return ImportedFrame(name, None if box is None else (box,), expression=_EXPRESSIONS.get(variation), glasses=glasses, facts=facts)  # fmt: skip


def _boxes(source: Source, made: ImportPlan) -> dict[tuple[str, str, str, str], ImportedFace]:
    """(part, set, participant, file) -> face, from tables with the head Set,Participant,File,Left,Top,Width,Height."""
    found = {}
    for name in source.names:
        if not name.lower().endswith(".csv"):
            continue
        head, rows = read_table(source, name)
        if "left" not in [cell.lower() for cell in head]:
            continue
        at = [column(head, (key,), name) for key in ("set", "participant", "file", "left", "top", "width", "height")]
        for row in rows:
            values = numbers(row[place] for place in at[3:]) if len(row) > max(at) else None
            which = re.search(r"TD_IR_([AE])_Set_?(\d)", row[at[0]], re.IGNORECASE) if values else None
            if values is None or which is None:
                made.odd["rows of the table of boxes that cannot be read, left out"] += 1
                continue
            key = (which[1].upper(), which[2], bare_id(row[at[1]]), PurePosixPath(row[at[2]]).name.lower())
            found[key] = ImportedFace(from_xywh(*values))
    return found
