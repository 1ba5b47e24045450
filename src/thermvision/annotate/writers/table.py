"""A table: one row a face, in CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from thermvision.annotate.pictures import Unread
from thermvision.annotate.rows import FaceRow, PictureRow
from thermvision.annotate.settings import LandmarkSet
from thermvision.annotate.writers.partial_file import PartialFile
from thermvision.faces.region_readings import REGION_NAMES

COLUMNS = (
    "image_id", "file_name", "frame", "time_s", "track_id", "score", "left_px", "top_px", "right_px", "bottom_px", "yaw_deg",
    "pitch_deg", "roll_deg", "interocular_px", "polarity", "inverted", "visible_light", "temperature_source",
    "male_probability",
)  # fmt: skip


class TableWriter:
    """Rows as they come; a picture without a face has none."""

    def __init__(self, out: Path, landmarks: LandmarkSet) -> None:
        self._landmarks = landmarks
        self._columns = [*COLUMNS, *(f"{name}_k" for name in REGION_NAMES)]
        if landmarks != "none":
            self._columns += [f"{part}_{place}" for place in range(int(landmarks)) for part in ("x", "y", "visible")]
        self._file = PartialFile(out, _lines([self._columns]))

    def add(self, row: PictureRow) -> None:
        """Write one picture's faces."""
        if row.faces:
            cells = (self._cells(row, face) for face in row.faces)
            self._file.add(_lines([[one.get(name, "") for name in self._columns] for one in cells]))

    def close(self, skipped: list[Unread], *, complete: bool) -> Path:
        """Nothing more to write."""
        return self._file.close("", complete=complete)

    def _cells(self, row: PictureRow, face: FaceRow) -> dict[str, Any]:
        found = face.found
        cells: dict[str, Any] = {
            "image_id": row.image_id, "file_name": row.file_name, "frame": _or_empty(row.frame),
            "time_s": "" if row.time_s is None else f"{row.time_s:.4f}", "track_id": _or_empty(face.track_id),
            "score": f"{found.score:.4f}", "polarity": "black-hot" if face.black_hot else "white-hot",
            "inverted": f"{found.inverted:.4f}", "visible_light": f"{found.visible_light:.4f}",
            "temperature_source": row.temperature_source,
            "male_probability": "" if face.male_probability is None else f"{face.male_probability:.4f}",
        }  # fmt: skip
        sides = zip(("left_px", "top_px", "right_px", "bottom_px"), found.bbox_xyxy_px.tolist(), strict=True)
        cells |= {name: f"{side:.2f}" for name, side in sides}
        cells |= {
            name: f"{getattr(found, name):.1f}" for name in ("yaw_deg", "pitch_deg", "roll_deg", "interocular_px")
        }
        cells |= {f"{name}_k": f"{kelvin:.2f}" for name, kelvin in face.regions_k.items()}
        if self._landmarks != "none":
            points = face.landmarks[self._landmarks]
            for place, ((x, y), seen) in enumerate(
                zip(points.places_px.tolist(), points.visible.tolist(), strict=True)
            ):
                cells |= {f"x_{place}": f"{x:.2f}", f"y_{place}": f"{y:.2f}", f"visible_{place}": f"{seen:.3f}"}
        return cells


def _or_empty(number: int | None) -> int | str:
    return "" if number is None else number


def _lines(rows: list[list[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
