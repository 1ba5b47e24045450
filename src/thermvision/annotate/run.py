"""The run of `thermvision annotate`: read, find, number, write, one picture after another, whatever becomes of a file."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from thermvision.annotate.in_parallel import in_parallel
from thermvision.annotate.inputs import Source, sources
from thermvision.annotate.look import look
from thermvision.annotate.pictures import ThermalPicture, Unread, read_source
from thermvision.annotate.read_ahead import ReadAhead
from thermvision.annotate.rows import PictureRow
from thermvision.annotate.settings import AnnotateConfig
from thermvision.annotate.tracks import Tracks
from thermvision.annotate.writers import Writer, make_writer
from thermvision.disk import can_be_written, plain_disk_errors
from thermvision.faces.networks import Networks, onnx_runtime
from thermvision.types import InputError

Progress = Callable[..., None]  # what, done, total, note
EXTRA = "annotate"  # of this package, which brings what the networks need
_ONE_CORE = Networks(threads=1)  # for each picture, while others have the other cores


@dataclass(slots=True)
class Report:
    """What came of a run."""

    out: Path  # where the results lie: --out, or beside it if the run was stopped
    files: int = 0
    pictures: int = 0  # frames counted one by one
    faces: int = 0
    without_face: int = 0
    tracks: int | None = None
    skipped: list[Unread] = field(default_factory=list)
    warned: list[tuple[str, str]] = field(default_factory=list)  # first of each file and kind: name, what to mind
    stopped: bool = False


def planned(config: AnnotateConfig) -> list[Source]:
    """What would be looked at; InputError for everything that can be known before the work."""
    _check_places(config)
    found = sources(config.inputs, _ours(config))
    onnx_runtime(EXTRA)
    return found


def annotate(config: AnnotateConfig, on_progress: Progress | None = None) -> Report:
    """Look at everything that the inputs hold and write what is found.

    Files that cannot be read are skipped and told in the report. Ctrl-C ends the run with the results so far, `stopped` set.
    InputError before the work: nothing to look at, places that cannot be written, ONNX Runtime missing; on the way: a full
    disk. Whenever a run ends early, what was finished lies in a readable file named `*.partial.*` beside --out.
    """
    todo = planned(config)
    report = Report(config.out, files=len(todo))
    with plain_disk_errors(config.out, kept="what was found so far stays"):
        writer = make_writer(config)
        try:
            _look_at_all(todo, config, writer, report, on_progress)
        except KeyboardInterrupt:
            report.stopped = True
        except BaseException:
            with contextlib.suppress(OSError):  # what went wrong first is told
                writer.close(report.skipped, complete=False)
            raise
        report.out = writer.close(report.skipped, complete=not report.stopped)
    return report


def _look_at_all(
    todo: Sequence[Source], config: AnnotateConfig, writer: Writer, report: Report, on_progress: Progress | None
) -> None:
    numbering = _Numbering() if config.track else None
    with (
        ReadAhead(_read_all(todo)) as read,
        contextlib.closing(in_parallel(enumerate(read, start=1), partial(_looked, config=config))) as looked,
    ):
        for (_, (place, item)), said in looked:
            if isinstance(said, Unread):
                report.skipped.append(said)
            else:
                row = said if numbering is None else numbering.numbered(said, todo[place])
                if numbering is not None:
                    report.tracks = numbering.tracks.given
                writer.add(row)
                _count(row, todo[place], report)
                if config.overlay is not None and isinstance(item, ThermalPicture):
                    from thermvision.annotate.overlay import write_overlay

                    write_overlay(config.overlay, item, row)
            if on_progress is not None:
                on_progress("files", place, len(todo), f"{report.pictures} pictures, {report.faces} faces")
    if on_progress is not None:
        on_progress("files", len(todo), len(todo), f"{report.pictures} pictures, {report.faces} faces")


def _read_all(todo: Sequence[Source]) -> Iterator[tuple[tuple[int, ThermalPicture | Unread], int]]:
    """Each picture with the place of its file, and its size in pixels."""
    for place, source in enumerate(todo):
        for item in read_source(source):
            yield (place, item), 0 if isinstance(item, Unread) else item.values.size


def _looked(numbered: tuple[int, tuple[int, ThermalPicture | Unread]], config: AnnotateConfig) -> PictureRow | Unread:
    image_id, (_, picture) = numbered
    if isinstance(picture, Unread):
        return picture
    try:
        return look(
            picture,
            image_id,
            min_score=config.min_score,
            polarity=config.polarity,
            gender=config.gender,
            networks=_ONE_CORE,
        )
    except InputError as error:
        return Unread(picture.name, f"{picture.name}: {error}")


class _Numbering:
    """Track numbers over the sequences of a run."""

    def __init__(self) -> None:
        self.tracks = Tracks()
        self._sequence: str | None = None

    def numbered(self, row: PictureRow, source: Source) -> PictureRow:
        if source.sequence != self._sequence:
            self.tracks.new_sequence()
            self._sequence = source.sequence
        boxes = np.array([face.found.bbox_xyxy_px for face in row.faces], float).reshape(-1, 4)
        numbers = self.tracks.step(boxes, source.number if row.frame is None else row.frame)
        faces = (dataclasses.replace(face, track_id=number) for face, number in zip(row.faces, numbers, strict=True))
        return dataclasses.replace(row, faces=tuple(faces))


def _count(row: PictureRow, source: Source, report: Report) -> None:
    report.pictures += 1
    report.faces += len(row.faces)
    report.without_face += not row.faces
    report.warned += [(source.name, what) for what in row.warnings if (source.name, what) not in report.warned[-4:]]


def _ours(config: AnnotateConfig) -> list[Path]:
    return [config.out, *([config.overlay] if config.overlay else [])]


def _check_places(config: AnnotateConfig) -> None:
    """Refuse, before the work, places that cannot or shall not be written."""
    out, remedy = config.out, "name another one, or say --overwrite"
    if config.overlay is not None:
        can_be_written("--overlay", config.overlay / "picture.png")
    if config.kind == "yolo":
        can_be_written("--out", out / "data.yaml")
        with contextlib.suppress(FileNotFoundError):
            if not config.overwrite and any(out.iterdir()):
                raise InputError(
                    f"--out {out} is a folder with files in it; {remedy} (files of the same names are replaced)"
                )
        return
    can_be_written("--out", out)
    if out.exists() and any(out.absolute() == path.absolute() for path in config.inputs):
        raise InputError(f"--out {out} is one of the inputs; name another file")
    if out.exists() and not config.overwrite:
        raise InputError(f"--out {out} is there already; {remedy}")
