"""The columns of an imported set: ours, any of them may be null, and a few for what only foreign sets have."""

from __future__ import annotations

import dataclasses
import json
from functools import lru_cache
from typing import Any

import numpy as np

from thermvision.dataset.importers.frame import ImportedClip, ImportedFace, ImportedFrame
from thermvision.dataset.schema import FACE_FIELDS, Column, columns
from thermvision.physiology.region_model import draw_region_temperatures
from thermvision.thermal.png16 import encode_png16
from thermvision.types import CentikelvinImage, LabelSource, TemperatureSource

OUR_LANDMARKS = ("5", "54", "68", "70", "478")
SOURCE_FILE, SOURCE_FACTS = "source_file", "source_facts"
_FOREIGN = {
    "6": "outer and inner corner of the right eye, inner and outer corner of the left eye, right and left mouth corner",
    "72": "order of Charlotte-ThermalFace",
    "43": "profile points of Charlotte-ThermalFace, which does not say of which side",
}
_MEANING = {
    "subject": "the source's id with the set's name before it; null where the source names no persons",
    "session": "recording occasion as the source numbers it",
    "motion": "what is done in the clip, where the source says it",
    "gender": "as the source or --subjects-csv states it: female, male or null",
    "bbox_xyxy_px": "box of the largest labelled face as the source draws it, cut to the image; null where there is none",
    "frame": "number of the row in its clip, from 0",
    "time_s": "time in the clip, null for single images",
    "temperature_source": "measured: kelvin of the file; span and assumed: grey levels over a span that the user gave or that stands for nothing measured",
    "label_source": "annotated by people, or detector: boxes that a program found",
    "faces": "every labelled face, the largest first; empty: labelled as showing none; null: nobody labelled the image",
}  # fmt: skip


def imported_columns(landmark_sets: tuple[str, ...]) -> list[Column]:
    """All columns of an imported set; landmark_sets beyond ours get columns of their own."""
    ours = [dataclasses.replace(one, meaning=_MEANING.get(one.name, one.meaning)) for one in columns(region_names())]
    extra = []
    for name in landmark_sets:
        what = f"landmarks, {_FOREIGN.get(name, 'order of the source')}; a point that the source leaves out is NaN"
        extra += [
            Column(f"landmarks_{name}_px", "float32", (int(name), 2), "px", what),
            Column(f"landmarks_{name}_visible", "bool", (int(name),), "", "where the source says it"),
        ]
    return [
        *ours, *extra,
        Column(SOURCE_FILE, "string", (), "", "file of the source that the row comes from"),
        Column(SOURCE_FACTS, "string", (), "", "JSON object: what else the source says of the image, by its own names"),
    ]  # fmt: skip


@lru_cache
def region_names() -> tuple[str, ...]:
    """The regions that our own sets have temperatures for: the column is there in imported sets too, and null."""
    drawn = draw_region_temperatures(
        np.random.default_rng(0), room_temperature_c=24, core_temperature_c=37, gender="female"
    )
    return tuple(drawn)


def imported_row(
    index: int, counts: CentikelvinImage, frame: ImportedFrame, faces: tuple[ImportedFace, ...] | None, clip: ImportedClip,
    *, split: str, label_source: LabelSource, temperature_source: TemperatureSource, table: list[Column],
) -> dict[str, Any]:  # fmt: skip
    """A row; faces in pixels. What the source does not say is None."""
    row: dict[str, Any] = {column.name: None for column in table}
    main = faces[0] if faces else None
    row |= {
        "image": {"bytes": encode_png16(counts), "path": f"{index:06d}.png"},
        "subject": clip.subject,
        "session": clip.session,
        "motion": clip.motion,
        "frame": index,
        "time_s": None if clip.rate_hz is None else (frame.video_frame or index) / clip.rate_hz,
        "gender": (main.gender if main else None) or clip.gender,
        "expression": frame.expression,
        "glasses": frame.glasses,
        "headwear": frame.headwear,
        "room_temperature_c": frame.room_temperature_c,
        "temperature_source": temperature_source,
        "label_source": label_source if faces is not None or (label_source == "annotated" and clip.gender) else None,
        "faces": None if faces is None else [_face(face, clip, alone=len(faces) == 1) for face in faces],
        "split": split,
        SOURCE_FILE: frame.file,
        SOURCE_FACTS: json.dumps(frame.facts, sort_keys=True) if frame.facts else None,
    }
    if main is not None:
        row["bbox_xyxy_px"] = main.bbox
        row |= {f"landmarks_{name}_px": _rows(points) for name, points in main.landmarks.items()}
        row |= {f"landmarks_{name}_visible": seen.tolist() for name, seen in main.visible.items()}
    return row


def _face(face: ImportedFace, clip: ImportedClip, *, alone: bool) -> dict[str, Any]:
    """Of several faces in a picture nobody says which one the clip's person is."""
    told: dict[str, Any] = {field.name: None for field in FACE_FIELDS}
    told["subject"] = clip.subject if alone else None
    told["gender"] = face.gender or (clip.gender if alone else None)
    told["bbox_xyxy_px"] = face.bbox
    for name in ("5", "68"):
        if name in face.landmarks:
            told[f"landmarks_{name}_px"] = _rows(face.landmarks[name])
    if "68" in face.visible:
        told["landmarks_68_visible"] = face.visible["68"].tolist()
    return told


def _rows(points: np.ndarray) -> list[list[float]]:
    return points.astype(np.float32).tolist()  # type: ignore[no-any-return]
