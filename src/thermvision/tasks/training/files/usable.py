"""What a task can learn from a row: samples, whose they are, and their class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from thermvision.faces.gender_reading import ROOM_GENDER
from thermvision.tasks.training.files.pictures import face_by_face, whole
from thermvision.tasks.training.files.rows import LabelledRow
from thermvision.tasks.training.samples import Sample

LEAST_FACE_PX, LEAST_VISIBLE, LEAST_POINTS = 16.0, 0.3, 5


def usable(row: LabelledRow, task: str, counts: Counter[str]) -> Iterator[tuple[Sample, str, str]]:
    """(sample, person, class) for detect: the picture; for landmarks and gender: each face that is labelled with it."""
    if task == "detect":
        if row.labelled:
            yield whole(row.sample), row.person, "person"
        else:
            counts["images in which nobody labelled faces, left out"] += 1
        return
    if not row.labelled and task == "gender" and row.gender:
        counts["images without a face box, taken as a whole"] += 1
        yield _whole_as_face(row), row.person, row.gender
        return
    alone = len(row.sample.faces_xyxy_px) == 1
    for face in face_by_face(row.sample):
        box, at = face.faces_xyxy_px[0], row.person if alone else ""
        labelled = np.isfinite(face.male[0]) if task == "gender" else _points(face) >= LEAST_POINTS
        if not labelled:
            continue
        if max(box[2:] - box[:2]) < LEAST_FACE_PX or face.visible_share[0] < LEAST_VISIBLE:
            counts[f"faces under {LEAST_FACE_PX:g} px or mostly hidden, left out"] += 1
            continue
        kind = "person" if task == "landmarks" else ("male" if face.male[0] else "female")
        yield face, face.people[0] or at, kind


def _points(face: Sample) -> int:
    """How many landmarks of any set a face has."""
    full = face.landmarks_478_px
    found = int(np.isfinite(face.landmarks_68_px).all(-1).sum())
    return max(found, 0 if full is None else int(np.isfinite(full).all(-1).sum()))


def _whole_as_face(row: LabelledRow) -> Sample:
    """A picture of one face, as trees of one folder a class hold them: the crop is the picture."""
    height, width = row.sample.picture.shape
    half = 0.5 * max(height, width) / ROOM_GENDER
    middle = np.array([width, height]) / 2
    sample = replace(
        row.sample,
        faces_xyxy_px=np.concatenate([middle - half, middle + half])[None].astype(np.float32),
        visible_share=np.ones(1, np.float32),
        landmarks_68_px=np.full((1, 68, 2), np.nan, np.float32),
        landmarks_478_px=None,
        pose_deg=np.full((1, 3), np.nan, np.float32),
        male=np.array([float(row.gender == "male")], np.float32),
        people=(row.person,),
    )
    return next(face_by_face(sample))
