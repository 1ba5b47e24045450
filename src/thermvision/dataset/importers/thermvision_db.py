"""ThermVision-DB, found by what its folders mean: names vary in case and spaces between the sexes and sets.

`{Female|Male} Subjects/{Set 1 ... Headpose|Set 2 ... Expressions}/Subject-N[-n]/{Thermal|Face} Animations/Extracted_frames/frame_0000.png`,
labels `.../[Thermal ]Face Detection/labels/frame_0000.txt`; films `SubjectN1[-n].mp4` are read where the frames are not there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from thermvision.dataset.importers import ImportAsked
from thermvision.dataset.importers.frame import ImportedClip, ImportedFace, ImportedFrame, ImportPlan, SetFacts
from thermvision.dataset.importers.names import is_image
from thermvision.dataset.importers.source import Source, Unreadable
from thermvision.dataset.importers.video import film_length
from thermvision.dataset.importers.yolo_labels import OWN_SHARES, read_yolo
from thermvision.types import Gender

FACTS = SetFacts("ThermVision-DB", "non-commercial (Hugging Face, doi 10.57967/hf/7026)",
                 "{Female,Male} Subjects/Set {1,2} .../Subject-N/Thermal Animations/Extracted_frames/frame_0000.png", synthetic=True)  # fmt: skip
_MOTIONS = {"1": "headpose", "2": "expression"}
RATE_HZ = 30.0
_FRAME = re.compile(r"^frame_?(\d+)$", re.IGNORECASE)


@dataclass(slots=True)
class _Recording:
    """What was found of one person's set: frame number -> file, and films."""

    pictures: dict[int, str] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    films: list[str] = field(default_factory=list)


def plan(source: Source, asked: ImportAsked) -> ImportPlan:
    """One clip a person and set. Boxes are a detector's; a frame without one is unlabelled, as every frame shows a face."""
    made = ImportPlan([], label_source="detector")
    found: dict[tuple[Gender, int, str, str], _Recording] = {}
    for name in source.names:
        key = _whose(name)
        if key is None:
            continue
        recording = found.setdefault(key, _Recording())
        number = _FRAME.match(PurePosixPath(name).stem)
        lower = name.lower()
        if is_image(name) and number and "extracted" in lower:
            recording.pictures[int(number[1])] = name
        elif lower.endswith(".txt") and number and "/labels/" in lower:
            recording.labels[int(number[1])] = name
        elif lower.endswith(".mp4"):
            recording.films.append(name)
    for (gender, person, which, take), recording in sorted(found.items()):
        subject = f"thermvision-db_{gender[0].upper()}{person:02d}"
        motion = _MOTIONS.get(which, f"set{which}")
        frames, rate_hz = _frames(source, recording, made)
        if frames:
            clip = "_".join((subject, motion, *([take] if take else [])))
            made.clips.append(
                ImportedClip(clip, tuple(frames), subject, gender, f"set{which}{take}", motion, rate_hz=rate_hz)
            )
    return made


def _whose(name: str) -> tuple[Gender, int, str, str] | None:
    """Gender, person, set and take of a file by its folders, letters in any case, any spaces."""
    gender: Gender | None = None
    which, person, take = "", None, ""
    for part in PurePosixPath(name).parts[:-1]:
        word = re.sub(r"[\s_-]+", " ", part).strip().lower()
        if word.endswith("subjects") and word.split()[0] in ("female", "male"):
            gender = "female" if word.startswith("female") else "male"
        elif found := re.match(r"set (\d)", word):
            which = found[1]
        elif found := re.match(r"subject ?(\d+)(?: (\d+))?$", word):
            person, take = int(found[1]), found[2] or ""
    return None if gender is None or not which or person is None else (gender, person, which, take)


def _frames(source: Source, recording: _Recording, made: ImportPlan) -> tuple[list[ImportedFrame], float]:
    if recording.pictures:
        numbers = sorted(recording.pictures)
        frames = [ImportedFrame(recording.pictures[i], _faces(source, recording.labels.get(i), made), OWN_SHARES, facts={"source_frame": i}) for i in numbers]  # fmt: skip
        return frames, RATE_HZ
    for film in sorted(recording.films):
        if (told := film_length(source, film)) is not None:
            made.odd["clips read from a film, as their frames are not there"] += 1
            count, rate_hz = told
            return [
                ImportedFrame(film, _faces(source, recording.labels.get(i), made), OWN_SHARES, video_frame=i, facts={"source_frame": i})
                for i in range(count)
            ], rate_hz  # fmt: skip
        made.skipped.append((film, "cannot be read as a film"))
    return [], RATE_HZ


def _faces(source: Source, label: str | None, made: ImportPlan) -> tuple[ImportedFace, ...] | None:
    try:
        faces = read_yolo(source.read(label).decode("utf-8", "replace"), made.odd) if label else ()
    except Unreadable as error:
        made.skipped.append((str(label), str(error)))
        faces = ()
    made.odd["frames without a box"] += not faces
    made.odd["frames with several boxes"] += len(faces) > 1
    return tuple(face for face, _ in faces) or None
