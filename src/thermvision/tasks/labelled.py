"""The labelled images of a data set as the tasks see them: every face, the image's size, and the picture when asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Float32

from thermvision.dataset.read import clip_folders, num_rows, read_rows, temperature_k

# Of the row itself; the image's bytes are read either way, for its size or its pixels.
_COLUMNS = [
    "image", "subject", "session", "frame", "gender", "bbox_xyxy_px", "landmarks_68_px", "yaw_deg", "pitch_deg", "roll_deg", "split",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """One image: its own person's labels, NaN or empty where there is none, and the boxes of everyone who is seen."""

    image: str  # clip/frame
    person: str
    everyone: frozenset[str]  # who is seen: in wild frames others of the same split
    gender: str
    split: str
    width_px: int
    height_px: int
    bbox_xyxy_px: Float[np.ndarray, " 4"]  # of the image's own person
    faces_xyxy_px: Float[np.ndarray, "m 4"]  # of everyone
    landmarks_68_px: Float[np.ndarray, "68 2"]
    pose_deg: Float[np.ndarray, " 3"]  # yaw, pitch, roll
    temperature_k: Float32[np.ndarray, "h w"] | None  # None unless asked for


def labelled_images(
    dataset: Path, *, every: int = 1, pictures: bool = False, least_visible: float = 0.0
) -> Iterator[LabelledImage]:
    """Each `every`-th frame of each clip, in the order of the clips' names; InputError if there is no data set.

    least_visible: faces whose seen share is less are left out of `faces_xyxy_px`.
    """
    for clip in clip_folders(dataset):
        only = None if every == 1 else set(range(0, num_rows(clip), every))
        for row in read_rows(clip, [*_COLUMNS, "faces"], only=only):
            yield _labelled(clip.name, row, pictures, least_visible)


def images_of(images: Iterable[LabelledImage], people: Iterable[str]) -> list[LabelledImage]:
    """The images on which nobody else is seen: a passer-by of a training frame must not be in the test."""
    chosen = frozenset(people)
    return [one for one in images if one.everyone <= chosen]


def person_classes(images: Sequence[LabelledImage]) -> dict[str, str]:
    """Person -> gender, of every person with an image."""
    return {one.person: one.gender for one in images}


def _labelled(clip: str, row: dict[str, Any], pictures: bool, least_visible: float) -> LabelledImage:
    everyone = row["faces"]
    if everyone is None:  # a set in which only the row's own face is labelled
        everyone = [{"bbox_xyxy_px": row["bbox_xyxy_px"], "visible_share": 1.0, "subject": row["subject"]}] if row["bbox_xyxy_px"] else []  # fmt: skip
    faces = [face["bbox_xyxy_px"] for face in everyone if face["visible_share"] >= least_visible]
    width, height = np.frombuffer(row["image"]["bytes"][16:24], ">u4")  # of the PNG's header
    return LabelledImage(
        image=f"{clip}/{row['frame']:05d}",
        person=row["subject"],
        everyone=frozenset({row["subject"], *(face["subject"] for face in everyone)}),
        gender=row["gender"] or "",
        split=row["split"] or "",
        width_px=int(width),
        height_px=int(height),
        bbox_xyxy_px=_numbers(row["bbox_xyxy_px"], 4),
        faces_xyxy_px=np.array(faces, float).reshape(-1, 4),
        landmarks_68_px=_numbers(row["landmarks_68_px"], 68, 2),
        pose_deg=np.array([row["yaw_deg"], row["pitch_deg"], row["roll_deg"]], float),  # None becomes NaN
        temperature_k=temperature_k(row) if pictures else None,
    )


def _numbers(values: Any, *shape: int) -> np.ndarray:
    return np.full(shape, np.nan) if values is None else np.array(values, float).reshape(shape)
