"""EURECOM VIS-TH: `001/TH/TH_001_1_06_AEC.bmp`; with dlib's XML files by others, if they are given."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from thermvision.dataset.importers import ImportAsked
from thermvision.dataset.importers.dlib_xml import read_dlib
from thermvision.dataset.importers.frame import ImportedClip, ImportedFrame, ImportPlan, SetFacts
from thermvision.dataset.importers.names import in_order, is_image
from thermvision.dataset.importers.source import Source

FACTS = SetFacts("EURECOM VIS-TH", "on request from its authors", "NNN/TH/TH_NNN_S_VV_CODE.bmp")
_NAME = re.compile(r"^TH_(\d+)_(\d+)_(\d+)_([A-Za-z]+)$", re.IGNORECASE)
_EXPRESSIONS = {"NN": "neutral", "EH": "happy", "EA": "angry", "ES": "sad", "ESP": "surprised"}


def plan(source: Source, asked: ImportAsked) -> ImportPlan:
    """One clip a person and session; the variation's code is a fact of each frame."""
    made = ImportPlan([], landmark_sets=("6",))
    faces = read_dlib(source, made) | (read_dlib(asked.labels, made) if asked.labels else {})
    by_clip: dict[tuple[int, int], list[ImportedFrame]] = {}
    for name in in_order(source.names):
        if not is_image(name) or "/th/" not in f"/{name.lower()}":
            continue
        told = _NAME.match(PurePosixPath(name).stem)
        if told is None:
            made.skipped.append((name, "is not named TH_person_session_number_code"))
            continue
        found = faces.get(PurePosixPath(name).name.lower())
        code = told[4]
        facts: dict[str, str | float] = {"variation": code, "number": int(told[3])}
        by_clip.setdefault((int(told[1]), int(told[2])), []).append(
            ImportedFrame(name, found, expression=_EXPRESSIONS.get(code.upper()), facts=facts)
        )
    for (number, session), frames in sorted(by_clip.items()):
        person = f"eurecom_{number:03d}"
        made.clips.append(
            ImportedClip(f"{person}_S{session}", tuple(frames), person, asked.genders.get(str(number)), f"S{session}")
        )
    return made
