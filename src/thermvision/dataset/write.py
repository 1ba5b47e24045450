"""Write a clip: three files in a temporary folder that takes its name only when all is there."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from thermvision.dataset.arrow_rows import record_batch
from thermvision.dataset.clip_files import FRAMES, MARKER, PREVIEW, finished
from thermvision.dataset.preview import PreviewWriter
from thermvision.dataset.schema import arrow_schema, columns
from thermvision.thermal.agc import Agc, LinearAgc
from thermvision.thermal.camera import to_centikelvin
from thermvision.thermal.png16 import encode_png8, encode_png16
from thermvision.types import Frame, FrameLabels
from thermvision.weights import sha256_of

__all__ = ["FRAMES", "MARKER", "PREVIEW", "finished", "write_clip", "write_whole"]
ROWS_AT_ONCE = 64  # frames held in memory, and the size of a parquet row group


def write_clip(
    folder: Path,
    frames: Iterable[tuple[Frame, FrameLabels]],
    clip: dict[str, Any],
    *,
    size_px: tuple[int, int],
    rate_hz: float,
    agc: Agc | None = None,
    beside: dict[str, Callable[[Path, Path], None]] | None = None,
) -> int:
    """Write `frames` (passes temperature_k and face_mask, with labels) as the clip `folder`; returns their number.

    `clip` describes the clip and goes into clip.json; its `row` holds the values that all rows share; agc makes the preview's view, by default linear.
    beside: further files of the clip by name, each made by a function of (the finished preview, the file to write). The files are written
    to a hidden neighbour of `folder` which is renamed at the end, so a clip exists whole or not at all.
    """

    def make(temporary: Path) -> dict[str, Any]:
        return {"frames": _write_frames(temporary, frames, clip["row"], size_px, rate_hz, agc or LinearAgc())}

    marker = write_whole(folder, clip, make, beside=beside)
    return int(marker["frames"])


def write_whole(
    folder: Path,
    clip: dict[str, Any],
    make: Callable[[Path], dict[str, Any]],
    *,
    beside: dict[str, Callable[[Path, Path], None]] | None = None,
) -> dict[str, Any]:
    """Let `make` write frames.parquet and preview.mp4 into a hidden folder, then name it `folder`; returns what clip.json says.

    That is `clip`, what `make` returns, and the files' hashes and sizes. If `make` raises, nothing is left.
    """
    temporary = folder.with_name(f".tmp-{folder.name}")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        told = make(temporary)
        for name, write in (beside or {}).items():
            write(temporary / PREVIEW, temporary / name)
        files = (FRAMES, PREVIEW, *(beside or {}))
        hashes = {name: sha256_of(temporary / name) for name in files}
        sizes = {name: (temporary / name).stat().st_size for name in files}
        marker = {**clip, **told, "sha256": hashes, "bytes": sizes}
        (temporary / MARKER).write_text(json.dumps(marker, indent=1, sort_keys=True) + "\n")
        shutil.rmtree(folder, ignore_errors=True)  # what is there is no whole clip, or it would not be made again
        os.replace(temporary, folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return marker


def _write_frames(
    folder: Path,
    frames: Iterable[tuple[Frame, FrameLabels]],
    shared: dict[str, Any],
    size_px: tuple[int, int],
    rate_hz: float,
    agc: Agc,
) -> int:
    rows: list[dict[str, Any]] = []
    count, writer, schema = 0, None, None
    try:
        with PreviewWriter(folder / PREVIEW, *size_px, rate_hz) as preview:
            for frame, labels in frames:
                counts = to_centikelvin(frame["temperature_k"])
                if schema is None:
                    schema = arrow_schema(columns(tuple(labels.region_temperature_k)))
                    writer = frames_writer(folder, schema)
                rows.append(_row(count, counts, frame, labels, shared, rate_hz))
                preview.write(agc(counts))
                count += 1
                if len(rows) == ROWS_AT_ONCE and writer is not None:
                    writer.write_batch(record_batch(rows, schema))
                    rows = []
            if rows and writer is not None:
                writer.write_batch(record_batch(rows, schema))
    finally:
        if writer is not None:
            writer.close()
    return count


def frames_writer(folder: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """The file of a clip's rows, as every clip has it."""
    return pq.ParquetWriter(
        folder / FRAMES, schema, compression=_compression(schema), use_dictionary=_labels_only(schema)
    )


def _compression(schema: pa.Schema) -> dict[str, str]:
    """Zstd for all but the images, which are compressed already. Arrow wants every leaf named."""
    paths = [path for field in schema for path in _leaves(field.name, field.type)]
    return {path: "none" if path.endswith(".bytes") else "zstd" for path in paths}


def _leaves(path: str, kind: pa.DataType) -> list[str]:
    """Names of a column's leaves as parquet has them."""
    if pa.types.is_struct(kind):
        return [leaf for field in kind for leaf in _leaves(f"{path}.{field.name}", field.type)]
    if pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind):
        return _leaves(f"{path}.list.element", kind.value_type)
    return [path]


def _labels_only(schema: pa.Schema) -> list[str]:
    return [field.name for field in schema if pa.types.is_string(field.type)]


def _row(
    index: int, counts: np.ndarray, frame: Frame, labels: FrameLabels, shared: dict[str, Any], rate_hz: float
) -> dict[str, Any]:
    row = {
        **shared,
        "image": {"bytes": encode_png16(counts), "path": f"{index:06d}.png"},
        "face_mask": {"bytes": encode_png8(frame["face_mask"]), "path": f"{index:06d}_mask.png"},
        "frame": index,
        "time_s": index / rate_hz,
        "bbox_xyxy_px": labels.bbox_xyxy_px,
        "arkit": labels.arkit,
        "gaze_deg": labels.gaze_deg,
        "region_temperature_k": labels.region_temperature_k,
    }
    everyone = (labels, *labels.others)
    row["faces"] = [_face(one) for one in everyone if one.visible_share > 0]
    for name, points in labels.landmarks_px.items():
        row[f"landmarks_{name}_px"] = list(points)
        row[f"landmarks_{name}_visible"] = labels.landmarks_visible[name]
    for name in (
        "visible_share",
        "yaw_deg",
        "pitch_deg",
        "roll_deg",
        "expression",
        "expression_intensity",
        "measured",
        "temperature_source",
        "label_source",
    ):
        row[name] = getattr(labels, name)
    return row


def _face(labels: FrameLabels) -> dict[str, Any]:
    return {
        "subject": labels.subject,
        "gender": labels.gender,
        "bbox_xyxy_px": labels.bbox_xyxy_px,
        "visible_share": labels.visible_share,
        "yaw_deg": labels.yaw_deg,
        "pitch_deg": labels.pitch_deg,
        "roll_deg": labels.roll_deg,
        "landmarks_5_px": list(labels.landmarks_px["5"]),
        "landmarks_68_px": list(labels.landmarks_px["68"]),
        "landmarks_68_visible": labels.landmarks_visible["68"],
    }
