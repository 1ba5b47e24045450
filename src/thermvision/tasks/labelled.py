"""The labelled images of a data set as the tasks see them: every face, the image's size, and the picture when asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Float32

from thermvision.dataset.clip_files import FRAMES
from thermvision.dataset.read import clip_folders, num_rows, read_rows, temperature_k
from thermvision.types import InputError

UNKNOWN = "unknown:"  # begins the name of a person whom the source does not name; the image's name follows
GROUPS = ("glasses", "headwear", "mask_worn", "camera", "hair_style")  # columns by which figures can be split
# Of the row itself; the image's bytes are read either way, for its size or its pixels.
_COLUMNS = [
    "image", "subject", "session", "frame", "gender", "bbox_xyxy_px", "landmarks_68_px", "landmarks_54_px", "landmarks_70_px", "landmarks_5_px",
    "yaw_deg", "pitch_deg", "roll_deg", "split", "temperature_source", *GROUPS,
]  # fmt: skip
_OTHER_SETS = ("54", "70", "5")  # the first that a row has is compared where it has no 68 points
_PNG = b"\x89PNG\r\n\x1a\n"


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
    other_landmarks_px: Float[np.ndarray, "n 2"] = field(
        default_factory=lambda: np.zeros((0, 2))
    )  # of sets that have another convention than 68: 54, 70 or 5 points; no points otherwise
    boxes_labelled: bool = True  # false where nobody labelled the image's faces, which is not the same as no face
    groups: dict[str, str] = field(default_factory=dict)  # what the source says of GROUPS; empty word: none worn
    thumbnail: Float[np.ndarray, " t"] | None = None  # of the face, where the picture itself was let go
    hidden_xyxy_px: Float[np.ndarray, "hidden 4"] = field(
        default_factory=lambda: np.zeros((0, 4))
    )  # faces of which less than `least_visible` is seen: neither asked for nor held against a detector
    kelvin: bool = True  # false where `temperature_k` are grey levels over a span that stands for nothing measured

    @property
    def points_px(self) -> Float[np.ndarray, "n 2"]:
        """The true landmarks of whichever convention there is; no points where there is none."""
        return self.landmarks_68_px if np.isfinite(self.landmarks_68_px).all() else self.other_landmarks_px

    @property
    def person_known(self) -> bool:
        """Whether the source names the person."""
        return not self.person.startswith(UNKNOWN)


def labelled_images(
    dataset: Path,
    *,
    every: int = 1,
    pictures: bool = False,
    least_visible: float = 0.0,
    skipped: list[tuple[str, str]] | None = None,
) -> Iterator[LabelledImage]:
    """Each `every`-th frame of each clip, in the order of the clips' names; InputError if there is no data set.

    least_visible: faces whose seen share is less are in `hidden_xyxy_px` in place of `faces_xyxy_px`. skipped: takes the name of each image (or clip) that cannot
    be read and why, and the rest goes on; without it the first one raises.
    """
    for clip in clip_folders(dataset):
        try:
            only = None if every == 1 else set(range(0, num_rows(clip), every))
            for row in read_rows(clip, [*_COLUMNS, "faces"], only=only):
                image = _read(clip.name, row, pictures, least_visible, skipped)
                if image is not None:
                    yield image
        except InputError as error:
            if skipped is None:
                raise
            skipped.append((f"{clip.name}/{FRAMES}", str(error)))


def images_of(images: Iterable[LabelledImage], people: Iterable[str]) -> list[LabelledImage]:
    """The images on which nobody else is seen: a passer-by of a training frame must not be in the test."""
    chosen = frozenset(people)
    return [one for one in images if one.everyone <= chosen]


def person_classes(images: Sequence[LabelledImage]) -> dict[str, str]:
    """Person -> gender, of every person with an image."""
    return {one.person: one.gender for one in images}


def _read(
    clip: str, row: dict[str, Any], pictures: bool, least_visible: float, skipped: list[tuple[str, str]] | None
) -> LabelledImage | None:
    try:
        return _labelled(clip, row, pictures, least_visible)
    except (ValueError, OSError, SyntaxError) as error:  # what Pillow raises on damaged files, and our own
        name = f"{clip}/{row['frame']:05d}"
        if skipped is None:
            raise InputError(f"image {name} cannot be read ({' '.join(str(error).split())[:120]}); delete its clip and make it again") from error  # fmt: skip
        skipped.append((name, " ".join(str(error).split())[:120]))
        return None


def _labelled(clip: str, row: dict[str, Any], pictures: bool, least_visible: float) -> LabelledImage:
    name = f"{clip}/{row['frame']:05d}"
    person = row["subject"] or f"{UNKNOWN}{name}"
    everyone, labelled = row["faces"], row["faces"] is not None or row["bbox_xyxy_px"] is not None
    if everyone is None:  # a set in which only the row's own face is labelled
        everyone = [{"bbox_xyxy_px": row["bbox_xyxy_px"], "visible_share": 1.0, "subject": row["subject"]}] if row["bbox_xyxy_px"] else []  # fmt: skip
    faces: tuple[list[Any], list[Any]] = ([], [])  # seen, hidden
    for face in everyone:
        if face["bbox_xyxy_px"]:
            faces[_share(face["visible_share"]) < least_visible].append(face["bbox_xyxy_px"])
    header = row["image"]["bytes"][:24]
    if header[:8] != _PNG or len(header) < 24:
        raise InputError("it is no PNG")
    width, height = np.frombuffer(header[16:24], ">u4")
    others = [row[f"landmarks_{one}_px"] for one in _OTHER_SETS if row.get(f"landmarks_{one}_px") is not None]
    return LabelledImage(
        image=name,
        person=person,
        everyone=frozenset({person, *(face["subject"] for face in everyone if face["subject"])}),
        gender=row["gender"] or "",
        split=row["split"] or "",
        width_px=int(width),
        height_px=int(height),
        bbox_xyxy_px=_numbers(row["bbox_xyxy_px"], 4),
        faces_xyxy_px=np.array(faces[0], float).reshape(-1, 4),
        hidden_xyxy_px=np.array(faces[1], float).reshape(-1, 4),
        landmarks_68_px=_numbers(row["landmarks_68_px"], 68, 2),
        pose_deg=np.array([row["yaw_deg"], row["pitch_deg"], row["roll_deg"]], float),  # None becomes NaN
        temperature_k=temperature_k(row) if pictures else None,
        other_landmarks_px=np.array(others[0], float)
        if others and row["landmarks_68_px"] is None
        else np.zeros((0, 2)),
        boxes_labelled=labelled,
        groups={one: row[one] for one in GROUPS if row.get(one) is not None},
        kelvin=row.get("temperature_source") not in ("assumed", "span"),
    )


def _share(visible: float | None) -> float:
    """1 where the source does not say how much of a face is seen."""
    return 1.0 if visible is None else float(visible)


def _numbers(values: Any, *shape: int) -> np.ndarray:
    return np.full(shape, np.nan) if values is None else np.array(values, float).reshape(shape)
