"""Rows of a data set as samples: every face with whatever is labelled; what cannot be used is left out and counted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from thermvision.dataset.read import clip_folders, num_rows, opened, read_rows, temperature_k, unfinished_clips
from thermvision.faces.landmark_sets import pairs_of
from thermvision.tasks.measures.landmark_points import common_points
from thermvision.tasks.people_names import people_prefix
from thermvision.tasks.training.samples import Sample
from thermvision.types import InputError

MOST_FACES, LEAST_SIDE_PX = 24, 8
_COLUMNS = (
    "image", "subject", "gender", "bbox_xyxy_px", "yaw_deg", "pitch_deg", "roll_deg", "split", "faces", "temperature_source", "visible_share",
    *(f"landmarks_{name}_{what}" for name in ("68", "54", "70", "5", "478") for what in ("px", "visible")),
)  # fmt: skip


@dataclass
class LeftOut:
    """What was not used of the data: files or rows by name, and counts of what was mended."""

    skipped: list[tuple[str, str]] = field(default_factory=list)  # image or clip, why
    counts: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """A sample, and what decides who may learn from it."""

    image: str  # clip/frame
    sample: Sample
    person: str  # the row's own, with the set's prefix; empty where nobody says
    gender: str  # the row's own
    split: str
    labelled: bool  # False: nobody looked for faces in it
    radiometric: bool


def read_labelled_rows(dataset: Path, left_out: LeftOut, every: int = 1) -> Iterator[LabelledRow]:
    """Each `every`-th frame of each clip with its picture; damaged clips and pictures go to `left_out`.

    InputError if the folder is no data set.
    """
    prefix = people_prefix(dataset)
    left_out.skipped += [(name, "the clip is not whole") for name in unfinished_clips(dataset)]
    for clip in clip_folders(dataset):
        number = 0
        try:
            with opened(clip) as file:
                columns = [name for name in _COLUMNS if name in file.schema_arrow.names]
            only = None if every == 1 else set(range(0, num_rows(clip), every))
            for row in read_rows(clip, columns, only=only):
                name = f"{clip.name}/{number:05d}"
                number += every
                try:
                    picture = temperature_k(row)
                except (OSError, SyntaxError, ValueError, TypeError) as error:
                    left_out.skipped.append((name, f"the picture cannot be read ({type(error).__name__})"))
                    continue
                if min(picture.shape) < LEAST_SIDE_PX:
                    left_out.skipped.append((name, f"the picture is only {picture.shape[1]}x{picture.shape[0]} px"))
                    continue
                yield labelled_row(name, row, picture, prefix, left_out.counts)
        except InputError as error:  # damaged: the others are still of use
            left_out.skipped.append((clip.name, str(error).partition(";")[0]))


def labelled_row(name: str, row: dict[str, Any], picture: np.ndarray, prefix: str, counts: Counter[str]) -> LabelledRow:
    """A row as a sample; kelvin of the row, or grey 0-1 where its temperatures stand for nothing measured."""
    radiometric = row.get("temperature_source") not in ("span", "assumed")
    if not radiometric:
        low, high = float(picture.min()), float(picture.max())
        picture = (picture - np.float32(low)) / np.float32(max(high - low, 1e-6))
    told = row.get("faces")
    own = row.get("bbox_xyxy_px")
    labelled = told is not None or own is not None
    entries = told if told is not None else ([_of_the_row(row)] if own is not None else [])
    mine = next((k for k, one in enumerate(entries) if own is not None and one["bbox_xyxy_px"] == own), None)
    faces = [_face(one, row if k == mine else None, prefix) for k, one in enumerate(entries)]
    kept = [face for face in (_in_picture(face, picture.shape, counts) for face in faces) if face is not None]
    subject = row.get("subject")
    return LabelledRow(
        name, _sample(picture, radiometric, _largest(kept, counts)), prefix + subject if subject else "", row.get("gender") or "",
        row.get("split") or "", labelled, radiometric,
    )  # fmt: skip


def _of_the_row(row: dict[str, Any]) -> dict[str, Any]:
    """The row's own face where a set labels no others."""
    names = (
        "subject", "gender", "bbox_xyxy_px", "visible_share", "yaw_deg", "pitch_deg", "roll_deg", "landmarks_68_px", "landmarks_68_visible", "landmarks_5_px",
    )  # fmt: skip
    return {name: row.get(name) for name in names}


def _face(one: dict[str, Any], row: dict[str, Any] | None, prefix: str) -> dict[str, Any]:
    """A face's labels as arrays, NaN where there are none; `row` holds more of the row's own."""
    source = {**one, **{k: v for k, v in (row or {}).items() if v is not None and k.startswith("landmarks_")}}
    points, in_68, seen = np.full((478, 2), np.nan), np.full((68, 2), np.nan), np.full(478, np.nan)
    for name in ("5", "54", "70", "68", "478"):  # the later ones say more
        values = source.get(f"landmarks_{name}_px")
        if values is None:
            continue
        places = np.array(values, float)
        flags = source.get(f"landmarks_{name}_visible")
        shown = np.full(len(places), np.nan) if flags is None else np.array(flags, float)
        first, second = pairs_of(name).T
        alone = first == second
        points[first[alone]], seen[first[alone]] = places[alone], shown[alone]
        if name in ("54", "70", "68"):
            theirs, ours = common_points(name, "68")
            in_68[list(ours)] = places[list(theirs)]
    gender = {"male": 1.0, "female": 0.0}.get(one.get("gender") or "", np.nan)
    share = one.get("visible_share")
    return {
        "box": np.array(one["bbox_xyxy_px"], float),
        "share": 1.0 if share is None else float(share),
        "points": points,
        "in_68": in_68,
        "seen": seen,
        "pose": np.array([one.get("yaw_deg"), one.get("pitch_deg"), one.get("roll_deg")], float),
        "male": gender,
        "person": prefix + one["subject"] if one.get("subject") else "",
    }


def _in_picture(face: dict[str, Any], shape: tuple[int, int], counts: Counter[str]) -> dict[str, Any] | None:
    """The face with its box cut to the picture; None where nothing of it is left."""
    box, size = face["box"], np.array([shape[1], shape[0], shape[1], shape[0]], float)
    if not np.isfinite(box).all() or (box[2:] <= box[:2]).any():
        counts["boxes without an area, left out"] += 1
        return None
    cut = np.clip(box, 0, size)
    if (cut[2:] - cut[:2] < 1).any():
        counts["boxes outside their picture, left out"] += 1
        return None
    counts["boxes that reach beyond their picture, cut to it"] += bool(np.abs(cut - box).max() > 0.5)
    return {**face, "box": cut}


def _largest(faces: list[dict[str, Any]], counts: Counter[str]) -> list[dict[str, Any]]:
    """All faces; of more than MOST_FACES only the largest count, the others are neither asked for nor held against a network."""
    if len(faces) <= MOST_FACES:
        return faces
    counts[f"pictures with more than {MOST_FACES} faces, of which the largest count"] += 1
    order = sorted(range(len(faces)), key=lambda k: -float(np.prod(faces[k]["box"][2:] - faces[k]["box"][:2])))
    return [{**faces[k], "share": faces[k]["share"] if place < MOST_FACES else 0.0} for place, k in enumerate(order)]


def _sample(picture: np.ndarray, radiometric: bool, faces: list[dict[str, Any]]) -> Sample:
    def stacked(name: str, *shape: int) -> np.ndarray:
        return np.array([face[name] for face in faces], np.float32).reshape(len(faces), *shape)

    points = stacked("points", 478, 2)
    seen = stacked("seen", 478)
    return Sample(
        picture.astype(np.float32, copy=False), radiometric, stacked("box", 4), stacked("share"), stacked("in_68", 68, 2),
        points if np.isfinite(points).any() else None, stacked("pose", 3), stacked("male"), tuple(face["person"] for face in faces),
        seen if np.isfinite(seen).any() else None,
    )  # fmt: skip


def dataset_hash(folders: list[Path]) -> str:
    """What names the data of a run: the sets' own hashes and their clips, no paths."""
    import hashlib

    told = []
    for folder in folders:
        names = [path.name for path in clip_folders(folder)]
        index = folder / "dataset.json"
        made = json.loads(index.read_text()).get("config_hash", "") if index.is_file() else ""
        told.append([made, names])
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]
