"""CARL: `NN/session_S/thermal_bmp/NNSSB{AR|IR|NA}{1-5}.bmp`, with dlib's XML files by others."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from thermvision.dataset.importers import ImportAsked
from thermvision.dataset.importers.dlib_xml import read_dlib
from thermvision.dataset.importers.frame import ImportedClip, ImportedFace, ImportedFrame, ImportPlan, SetFacts
from thermvision.dataset.importers.names import in_order, is_image
from thermvision.dataset.importers.source import Source

FACTS = SetFacts("CARL (Universitat Autonoma de Barcelona)", "on request from its authors", "NN/session_S/thermal_bmp/NNSSB{AR,IR,NA}{1-5}.bmp")  # fmt: skip
_NAME = re.compile(r"^(\d{1,3})S(\d)B(AR|IR|NA)(\d+)$", re.IGNORECASE)
_LIGHT = {"AR": "artificial", "IR": "infrared", "NA": "natural"}
_NATIVE, _VIEW = (160.0, 120.0), (320.0, 240.0)  # the annotators saw the pictures at twice their size


def plan(source: Source, asked: ImportAsked) -> ImportPlan:
    """One clip a person and session; strays such as `Copy.bmp` are left out."""
    made = ImportPlan([], landmark_sets=("6",))
    faces = read_dlib(source, made) | (read_dlib(asked.labels, made) if asked.labels else {})
    by_clip: dict[tuple[int, int], list[ImportedFrame]] = {}
    thermal = {name: faces.get(PurePosixPath(name).name.lower()) for name in in_order(source.names) if is_image(name) and "thermal" in name.lower()}  # fmt: skip
    view = _view([one for found in thermal.values() for one in found or ()])
    seen: set[str] = set()
    for name, found in thermal.items():
        told = _NAME.match(PurePosixPath(name).stem)
        if told is None or told[0].lower() in seen:
            made.skipped.append(
                (name, "is a stray copy" if told is None or "copy" in name.lower() else "is there twice")
            )
            continue
        seen.add(told[0].lower())
        made.odd["images without a label"] += found is None
        facts: dict[str, str | float] = {"light": _LIGHT[told[3].upper()], "picture": int(told[4])}
        by_clip.setdefault((int(told[1]), int(told[2])), []).append(
            ImportedFrame(name, found, label_size=view, facts=facts)
        )
    for (number, session), frames in sorted(by_clip.items()):
        person = f"carl_{number:02d}"
        made.clips.append(
            ImportedClip(f"{person}_S{session}", tuple(frames), person, asked.genders.get(str(number)), f"S{session}")
        )
    return made


def _view(faces: list[ImportedFace]) -> tuple[float, float]:
    """The size of the pictures that the labels were drawn in: the native one only if every box fits into it."""
    boxes = [face.bbox for face in faces if face.bbox]
    fits = all(box[2] <= _NATIVE[0] and box[3] <= _NATIVE[1] for box in boxes)
    return _NATIVE if boxes and fits else _VIEW
