"""COCO's results format: a list of objects, one for each face (https://cocodataset.org/#format-results)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from thermvision.annotate.boxes import xywh_of_xyxy
from thermvision.annotate.pictures import Unread
from thermvision.annotate.rows import SEEN, FaceRow, LandmarkPoints, PictureRow
from thermvision.annotate.settings import LandmarkSet
from thermvision.annotate.writers.partial_file import PartialFile

FACE_CATEGORY = 1
_SEEN, _HIDDEN = 2, 1  # COCO's v: labelled and visible, labelled and not visible


class CocoWriter:
    """A face a line, so that the list can be read while it grows."""

    def __init__(self, out: Path, landmarks: LandmarkSet) -> None:
        self._landmarks = landmarks
        self._file = PartialFile(out, "[")
        self._begin = "\n"

    def add(self, row: PictureRow) -> None:
        """Write one picture's faces; a picture without any leaves no trace."""
        if row.faces:
            lines = (json.dumps(coco_object(row, face, self._landmarks)) for face in row.faces)
            self._file.add(self._begin + ",\n".join(lines))
            self._begin = ",\n"

    def close(self, skipped: list[Unread], *, complete: bool) -> Path:
        """End the list."""
        return self._file.close("\n]\n", complete=complete)


def coco_object(row: PictureRow, face: FaceRow, landmarks: LandmarkSet) -> dict[str, Any]:
    """One face; pose, track number and `attributes` are fields of our own, which COCO's tools pass over."""
    found = face.found
    told: dict[str, Any] = {
        "image_id": row.image_id,
        "file_name": row.file_name,
        "category_id": FACE_CATEGORY,
        "bbox": [round(float(side), 2) for side in xywh_of_xyxy(found.bbox_xyxy_px)],
        "score": round(found.score, 4),
    }
    if landmarks != "none":
        told["keypoints"] = flat_keypoints(face.landmarks[landmarks])
        told["num_keypoints"] = len(told["keypoints"]) // 3
    told |= {name: round(getattr(found, name), 1) for name in ("yaw_deg", "pitch_deg", "roll_deg")}
    if face.track_id is not None:
        told["track_id"] = face.track_id
    if face.male_probability is not None:
        told["attributes"] = {"male_probability": round(face.male_probability, 4)}
    return told


def flat_keypoints(points: LandmarkPoints) -> list[float]:
    """x, y, v of each point in a row, v 2 where it is seen and 1 where it is hidden."""
    flat: list[float] = []
    for (x, y), visible in zip(points.places_px.tolist(), points.visible.tolist(), strict=True):
        flat += [round(x, 2), round(y, 2), _SEEN if visible > SEEN else _HIDDEN]
    return flat
