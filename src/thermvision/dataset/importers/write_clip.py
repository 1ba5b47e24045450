"""Write an imported clip: pictures read one by one, what cannot be read left out and named."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import UInt8

from thermvision.dataset.importers.columns import imported_columns, imported_row
from thermvision.dataset.importers.frame import ImportedClip, ImportedFrame
from thermvision.dataset.importers.labels_px import darker_than_around, faces_in_pixels
from thermvision.dataset.importers.pixels import PictureReader, Temperatures
from thermvision.dataset.importers.source import Source, Unreadable
from thermvision.dataset.importers.video import video_pictures
from thermvision.dataset.preview import PreviewWriter
from thermvision.dataset.schema import arrow_schema
from thermvision.dataset.write import PREVIEW, ROWS_AT_ONCE, frames_writer, write_whole
from thermvision.thermal.agc import percentile_limits_ck, to_8bit
from thermvision.thermal.camera import to_centikelvin
from thermvision.types import CentikelvinImage, InputError, LabelSource

STILLS_RATE_HZ = 2.0  # of the preview of single images


class EmptyClip(Exception):
    """No picture of a clip could be read; `skipped` says why each one could not."""

    def __init__(self, skipped: list[tuple[str, str]]) -> None:
        super().__init__("no picture could be read")
        self.skipped = skipped


@dataclass(frozen=True, slots=True)
class ClipSettings:
    """What all clips of an import have in common."""

    source: Source
    reader: PictureReader
    label_source: LabelSource
    landmark_sets: tuple[str, ...]


def write_imported_clip(
    folder: Path, clip: ImportedClip, split: str, described: dict[str, Any], use: ClipSettings
) -> dict[str, Any]:
    """Write a clip whole or not at all and return what its clip.json says; EmptyClip if none of its pictures can be read."""
    return write_whole(folder, described, lambda temporary: _write(temporary, clip, split, use))


def _write(folder: Path, clip: ImportedClip, split: str, use: ClipSettings) -> dict[str, Any]:
    table = imported_columns(use.landmark_sets)
    schema = arrow_schema(table)
    skipped: list[tuple[str, str]] = []
    odd: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    told = {"frames": 0, "labelled": 0, "faces": 0, "darker": 0, "compared": 0}
    use.reader.palettes.clear()
    preview: PreviewWriter | None = None
    canvas: tuple[int, int] = (0, 0)
    rows: list[dict[str, Any]] = []
    kelvin_from: Counter[str] = Counter()
    with contextlib.ExitStack() as open_files:
        writer = open_files.enter_context(contextlib.closing(frames_writer(folder, schema)))
        for frame, picture in _pictures(clip, use, skipped):
            try:
                counts = to_centikelvin(picture.temperature_k)
            except InputError:
                skipped.append((frame.file, "holds temperatures that no 16 bits of 0.01 K can hold"))
                continue
            height, width = counts.shape
            faces = faces_in_pixels(frame, width, height, odd)
            if preview is None:
                canvas = (width + width % 2, height + height % 2)
                rate_hz = clip.rate_hz or STILLS_RATE_HZ
                preview = open_files.enter_context(PreviewWriter(folder / PREVIEW, *canvas, rate_hz))
            rows.append(
                imported_row(told["frames"], counts, frame, faces, clip, split=split, label_source=use.label_source,
                             temperature_source=picture.source, table=table)
            )  # fmt: skip
            preview.write(_boxed(_view(counts, picture, use.reader), canvas))
            told["frames"] += 1
            sizes[f"{width}x{height}"] += 1
            kelvin_from[picture.source] += 1
            told["labelled"] += faces is not None
            told["faces"] += len(faces or ())
            darker = darker_than_around(picture.temperature_k, faces[0]) if faces else None
            told["compared"] += darker is not None
            told["darker"] += bool(darker)
            if len(rows) == ROWS_AT_ONCE:
                writer.write_batch(pa.RecordBatch.from_pylist(rows, schema=schema))
                rows = []
        if rows:
            writer.write_batch(pa.RecordBatch.from_pylist(rows, schema=schema))
    if not told["frames"]:
        raise EmptyClip(skipped)
    return {
        "frames": told["frames"],
        "labelled_frames": told["labelled"],
        "faces": told["faces"],
        "faces_darker_than_around": [told["darker"], told["compared"]],
        "sizes_px": dict(sizes),
        "palettes": dict(use.reader.palettes),
        "temperature_sources": dict(kelvin_from),
        "skipped": [list(one) for one in skipped],
        "odd": {what: count for what, count in odd.items() if count},
    }


def _pictures(
    clip: ImportedClip, use: ClipSettings, skipped: list[tuple[str, str]]
) -> Iterator[tuple[ImportedFrame, Temperatures]]:
    """Frames with their pictures in order; those that cannot be read go to `skipped`."""
    if clip.frames and clip.frames[0].video_frame is not None:
        yield from video_pictures(clip, use.source, use.reader, skipped)
        return
    for frame in clip.frames:
        try:
            picture = use.reader.read(frame.file, use.source.read(frame.file))
        except Unreadable as error:
            skipped.append((frame.file, str(error)))
            continue
        yield frame, picture


def _view(counts: CentikelvinImage, picture: Temperatures, reader: PictureReader) -> UInt8[np.ndarray, "h w"]:
    """The 8-bit view: greys as they were, kelvin between its own percentiles."""
    if picture.source == "measured":
        return to_8bit(counts, *percentile_limits_ck(counts))
    low_k, high_k = (reader.used_span.to_kelvin(np.array([end], np.float32))[0] for end in (-1.0, 1.0))
    return to_8bit(counts, 100 * float(low_k), 100 * float(high_k))


def _boxed(view: UInt8[np.ndarray, "h w"], canvas: tuple[int, int]) -> UInt8[np.ndarray, "h2 w2"]:
    """A view in the film's frame: as it is if it fits, made smaller if not, on black."""
    from PIL import Image

    scale = min(canvas[0] / view.shape[1], canvas[1] / view.shape[0], 1.0)
    if scale < 1:
        size = (max(int(view.shape[1] * scale), 1), max(int(view.shape[0] * scale), 1))
        view = np.asarray(Image.fromarray(view).resize(size, Image.Resampling.BOX))
    boxed = np.zeros((canvas[1], canvas[0]), np.uint8)
    top, left = (canvas[1] - view.shape[0]) // 2, (canvas[0] - view.shape[1]) // 2
    boxed[top : top + view.shape[0], left : left + view.shape[1]] = view
    return boxed
