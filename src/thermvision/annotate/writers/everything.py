"""Our own JSON: everything that is known, pictures without faces and skipped files too, a picture a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from thermvision import __version__
from thermvision.annotate.pictures import Unread
from thermvision.annotate.rows import FaceRow, PictureRow
from thermvision.annotate.writers.partial_file import PartialFile

FORMAT_VERSION = 1


class EverythingWriter:
    """An object with `images`, then `skipped` and whether the results are `complete`."""

    def __init__(self, out: Path) -> None:
        about = {
            "made_by": f"thermvision annotate {__version__}",
            "format_version": FORMAT_VERSION,
            "label_source": "detector",
        }
        self._file = PartialFile(out, json.dumps(about)[:-1] + ', "images": [')
        self._begin = "\n"

    def add(self, row: PictureRow) -> None:
        """Write one picture with its faces."""
        self._file.add(self._begin + json.dumps(picture_object(row)))
        self._begin = ",\n"

    def close(self, skipped: list[Unread], *, complete: bool) -> Path:
        """End the object."""
        told = [{"file_name": one.name, "reason": one.reason} for one in skipped]
        tail = f'\n], "skipped": {json.dumps(told)}, "complete": {json.dumps(complete)}}}\n'
        return self._file.close(tail, complete=complete)


def picture_object(row: PictureRow) -> dict[str, Any]:
    """One picture; what does not apply to it is null or empty."""
    return {
        "image_id": row.image_id,
        "file_name": row.file_name,
        "frame": row.frame,
        "time_s": None if row.time_s is None else round(row.time_s, 4),
        "width_px": row.width_px,
        "height_px": row.height_px,
        "kelvin": row.kelvin,
        "temperature_source": row.temperature_source or None,
        "palette": row.palette or None,
        "warnings": list(row.warnings),
        "faces": [face_object(face) for face in row.faces],
    }


def face_object(face: FaceRow) -> dict[str, Any]:
    """One face, names as in a data set of `build`."""
    found = face.found
    told: dict[str, Any] = {} if face.track_id is None else {"track_id": face.track_id}
    told |= {
        "score": round(found.score, 4),
        "bbox_xyxy_px": _rounded(found.bbox_xyxy_px, 2),
        "yaw_deg": round(found.yaw_deg, 1),
        "pitch_deg": round(found.pitch_deg, 1),
        "roll_deg": round(found.roll_deg, 1),
        "interocular_px": round(found.interocular_px, 2),
        "polarity": "black-hot" if face.black_hot else "white-hot",
        "inverted": round(found.inverted, 4),
        "visible_light": round(found.visible_light, 4),
        "male_probability": None if face.male_probability is None else round(face.male_probability, 4),
        "region_temperature_k": {name: round(kelvin, 2) for name, kelvin in face.regions_k.items()},
    }
    for name, points in face.landmarks.items():
        told[f"landmarks_{name}_px"] = _rounded(points.places_px, 2)
        told[f"landmarks_{name}_sd_px"] = _rounded(points.sd_px, 2)
        told[f"landmarks_{name}_visible"] = _rounded(points.visible, 3)
    return told


def _rounded(values: np.ndarray, digits: int) -> Any:
    return np.round(values.astype(np.float64), digits).tolist()
