"""Read what the checks need from a data set: the labels of all frames and the images of a few."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float32

from thermvision.dataset.read import opened
from thermvision.dataset.write import finished
from thermvision.motion.arkit import ARKIT_NAMES
from thermvision.quality.measure import LabelledFrame
from thermvision.thermal.camera import camera_model
from thermvision.thermal.png16 import decode_centikelvin
from thermvision.types import InputError

FRAMES_PER_CLIP, GROUPS_PER_CLIP, CONSECUTIVE = 12, 3, 24
NETD_IF_UNKNOWN_K = 0.03  # estimate: a good uncooled camera; a lower bound is what the checks need
_PICTURES = ("image", "face_mask")
_NEEDED = ("image", "subject", "session", "frame", "bbox_xyxy_px", "landmarks_68_px", "landmarks_68_visible", "arkit", "yaw_deg", "pitch_deg")  # fmt: skip
_WANTED = (*_NEEDED, "landmarks_478_px", "landmarks_478_visible", "region_temperature_k", "room_temperature_c",
           "core_temperature_c", "gender", "face_mask", "glasses", "headwear", "mask_worn", "background", "hair_style")  # fmt: skip
_WORN = ("glasses", "headwear", "mask_worn")
_HOT_BACKGROUNDS = ("outdoors", "radiator", "lamp", "monitor")  # declared: they may be warmer than a face


@dataclass(frozen=True, slots=True)
class ClipLabels:
    """The labels of all frames of a clip; `regions_k` by name, `said` what clip.json holds."""

    folder: Path
    subject: str
    session: str
    gender: str | None
    room_c: float | None
    core_c: float | None
    bbox_xyxy_px: Float32[np.ndarray, "f 4"]
    points_68_px: Float32[np.ndarray, "f 68 2"]
    seen_68: Bool[np.ndarray, "f 68"]
    points_478_px: Float32[np.ndarray, "f 478 2"] | None
    seen_478: Bool[np.ndarray, "f 478"] | None
    arkit: Float32[np.ndarray, "f 52"]
    yaw_deg: Float32[np.ndarray, " f"]
    pitch_deg: Float32[np.ndarray, " f"]
    regions_k: dict[str, Float32[np.ndarray, " f"]]
    netd_k: float
    level_error_k: float
    camera: str  # preset, empty if the clip names none
    hair_style: str | None
    beard: float | None
    worn: dict[str, str]
    may_be_hot: bool  # the background: it is declared
    groups: tuple[tuple[int, int], ...]  # first frame and number of frames of each row group

    def __len__(self) -> int:
        return len(self.yaw_deg)


def read_labels(folder: Path) -> ClipLabels:
    """Labels of a clip without its images; InputError if a column that every data set has is missing."""
    with opened(folder) as file:
        names = set(file.schema_arrow.names)
        if missing := [name for name in _NEEDED if name not in names]:
            raise InputError(f"{folder} lacks the column {missing[0]}; check a data set made by `thermvision build`")
        table = file.read(columns=[name for name in _WANTED if name in names and name not in _PICTURES])
        sizes = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
    starts = np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(int).tolist()
    regions = table.column("region_temperature_k").combine_chunks() if "region_temperature_k" in names else None
    first: dict[str, Any] = {name: table.column(name)[0].as_py() for name in ("subject", "session", "gender", "room_temperature_c", "core_temperature_c", "background", "hair_style", *_WORN) if name in table.column_names}  # fmt: skip
    said: dict[str, Any] = finished(folder) or {}
    camera = str(said.get("session", {}).get("camera", ""))
    netd_k, level_error_k = _camera_errors_k(camera)
    identity = said.get("subject", {}).get("identity", {})
    return ClipLabels(
        folder=folder,
        subject=first["subject"],
        session=first["session"],
        gender=first.get("gender"),
        room_c=first.get("room_temperature_c"),
        core_c=first.get("core_temperature_c"),
        bbox_xyxy_px=_nested(table, "bbox_xyxy_px", 4),
        points_68_px=_nested(table, "landmarks_68_px", 68, 2),
        seen_68=_nested(table, "landmarks_68_visible", 68).astype(bool),
        points_478_px=_nested(table, "landmarks_478_px", 478, 2) if "landmarks_478_px" in names else None,
        seen_478=_nested(table, "landmarks_478_visible", 478).astype(bool)
        if "landmarks_478_visible" in names
        else None,
        arkit=_nested(table, "arkit", 52),
        yaw_deg=table.column("yaw_deg").to_numpy().astype(np.float32),
        pitch_deg=table.column("pitch_deg").to_numpy().astype(np.float32),
        regions_k={} if regions is None else {f.name: np.asarray(regions.field(f.name)) for f in regions.type},
        netd_k=netd_k,
        level_error_k=level_error_k,
        camera=camera,
        hair_style=first.get("hair_style"),
        beard=identity.get("beard"),
        worn={name: str(first[name]) for name in _WORN if first.get(name) not in (None, "", "none", False)},
        may_be_hot=first.get("background") in _HOT_BACKGROUNDS,
        groups=tuple(zip(starts, sizes, strict=True)),
    )


def frames_to_look_at(labels: ClipLabels, count: int = FRAMES_PER_CLIP) -> list[int]:
    """Up to `count` frame numbers, even over at most three row groups, and those that show most.

    Added from the same row groups: the widest open mouth (whose group is one of the three), the most shut eyes with the
    nearest open ones, and the face turned most. A row group is what parquet reads at once; few of them keep a check short.
    """
    jaw = labels.arkit[:, ARKIT_NAMES.index("jawOpen")]
    widest = int(np.argmax(jaw))
    places = np.unique(np.linspace(0, len(labels.groups) - 1, GROUPS_PER_CLIP).round().astype(int)).tolist()
    home = next(i for i, (start, size) in enumerate(labels.groups) if start <= widest < start + size)
    if jaw[widest] > 0.4 and home not in places:
        places[len(places) // 2] = home
    each = -(-count // len(places))
    chosen: set[int] = set()
    for place in places:
        start, size = labels.groups[place]
        chosen |= set((start + np.linspace(0, size - 1, min(each, size)).round().astype(int)).tolist())
    if jaw[widest] > 0.4 and home in places:
        chosen.add(widest)
    near = np.concatenate(
        [np.arange(start, start + size) for start, size in (labels.groups[place] for place in places)]
    )
    chosen |= _blink_pair(labels, near)
    chosen.add(int(near[np.argmax(np.abs(labels.yaw_deg[near]))]))
    return sorted(chosen)


def blink(labels: ClipLabels) -> Float32[np.ndarray, " f"]:
    """How far the less shut eye is shut, 0-1."""
    return np.minimum(*(labels.arkit[:, ARKIT_NAMES.index(f"eyeBlink{side}")] for side in ("Left", "Right")))


def _blink_pair(labels: ClipLabels, near: np.ndarray) -> set[int]:
    """The frame with the most shut eyes while the face is towards the camera, and the nearest one with open eyes."""
    shut = np.where(np.abs(labels.yaw_deg[near]) < 25, blink(labels)[near], -1)
    closed = int(near[np.argmax(shut)])
    still_open = near[blink(labels)[near] < 0.15]
    if shut.max() < 0.9 or not len(still_open):
        return set()
    return {closed, int(still_open[np.argmin(np.abs(still_open - closed))])}


def read_frames(labels: ClipLabels, wanted: list[int]) -> Iterator[LabelledFrame]:
    """The frames of the given numbers, images decoded, one row group in memory at a time."""
    with opened(labels.folder) as file:
        columns = [name for name in _PICTURES if name in file.schema_arrow.names]
        for place, (start, size) in enumerate(labels.groups):
            here = [number for number in wanted if start <= number < start + size]
            if not here:
                continue
            table = file.read_row_group(place, columns=columns)
            for number in here:
                row = {name: table.column(name)[number - start].as_py() for name in columns}
                yield _frame(labels, number, row)


def consecutive_images(labels: ClipLabels, count: int = CONSECUTIVE) -> Float32[np.ndarray, "n h w"]:
    """The first `count` temperature images of a clip in kelvin (fewer if its first row group is shorter)."""
    with opened(labels.folder) as file:
        column = file.read_row_group(0, columns=["image"]).column("image")
        pictures = [column[i].as_py()["bytes"] for i in range(min(count, len(column)))]
    return np.stack([decode_centikelvin(png) for png in pictures]).astype(np.float32) * np.float32(0.01)


def _frame(labels: ClipLabels, number: int, row: dict[str, Any]) -> LabelledFrame:
    from PIL import Image

    mask = None
    if row.get("face_mask") is not None:
        mask = np.asarray(Image.open(io.BytesIO(row["face_mask"]["bytes"]))) > 127
    return LabelledFrame(
        clip=labels.folder.name,
        subject=labels.subject,
        session=labels.session,
        frame=number,
        temperature_k=decode_centikelvin(row["image"]["bytes"]) * np.float32(0.01),
        face_mask=mask,
        bbox_xyxy_px=labels.bbox_xyxy_px[number],
        points_68_px=labels.points_68_px[number],
        seen_68=labels.seen_68[number],
        points_478_px=None if labels.points_478_px is None else labels.points_478_px[number],
        seen_478=None if labels.seen_478 is None else labels.seen_478[number],
        arkit=dict(zip(ARKIT_NAMES, labels.arkit[number].tolist(), strict=True)),
        yaw_deg=float(labels.yaw_deg[number]),
        pitch_deg=float(labels.pitch_deg[number]),
        regions_k={name: float(values[number]) for name, values in labels.regions_k.items()},
        netd_k=labels.netd_k,
        worn=labels.worn,
        may_be_hot=labels.may_be_hot,
        room_c=labels.room_c,
        level_error_k=labels.level_error_k,
        hair_style=labels.hair_style,
        beard=labels.beard,
    )


def _nested(table: pa.Table, name: str, *shape: int) -> np.ndarray:
    """A column of nested lists as an array (f, *shape); InputError where rows are empty or of other lengths."""
    column = table.column(name).combine_chunks()
    for _ in shape:
        column = column.flatten()
    values = np.asarray(column.to_numpy(zero_copy_only=False))
    if values.size != len(table) * int(np.prod(shape)):
        raise InputError(
            f"column {name} holds {values.size} numbers in {len(table)} rows; expected {int(np.prod(shape))} a row: one face a frame, no empty rows"
        )
    return values.reshape(len(table), *shape)


def _camera_errors_k(camera: str) -> tuple[float, float]:
    """Noise-equivalent difference and standard deviation of the level, K, of the camera that a clip names."""
    try:
        model = camera_model(camera, 64, 64)
    except InputError:
        return NETD_IF_UNKNOWN_K, 0.0
    return model.netd_k, model.level_error_k
