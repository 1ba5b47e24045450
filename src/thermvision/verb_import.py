"""`thermvision import`: options, the run, and what it read and left out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from pydantic import BaseModel, ConfigDict, Field

from thermvision import options
from thermvision.cli import show
from thermvision.dataset.importers import FORMATS

_SHOWN = 5


class ImportOptions(BaseModel):
    """Read a real set of thermal faces, a folder or a zip file, into a data set. Formats: docs/import.md. Also: --dry-run, --json."""

    model_config = ConfigDict(extra="forbid")

    format: Annotated[
        tyro.conf.Positional[str],
        Field(description=f"layout of the source: {', '.join(FORMATS)}"),
        tyro.conf.arg(metavar="FORMAT", help_behavior_hint=""),
    ]
    source: Annotated[
        tyro.conf.Positional[Path],
        Field(description="folder, zip file, or folder of zip files"),
        tyro.conf.arg(metavar="SRC", help_behavior_hint=""),
    ]
    out: Annotated[Path, Field(description="data set folder to write")]
    labels: Annotated[
        Path | None,
        Field(
            description="labels kept elsewhere: Tufts' table of boxes, dlib's XML files, COCO's JSON (file, folder, zip)"
        ),
        tyro.conf.arg(metavar="PATH", help_behavior_hint="(default: in SRC)"),
    ] = None
    polarity: Annotated[
        Literal["auto", "white-hot", "black-hot"],
        Field(description="of 8-bit pictures; auto takes bright for warm, and says when the faces speak against it"),
    ] = "auto"
    span: Annotated[
        tuple[float, float] | None,
        Field(description="temperatures in C that black and white of 8-bit pictures stand for, if they do"),
        tyro.conf.arg(metavar="LOW HIGH", help_behavior_hint="(default: 20 38, assumed)"),
    ] = None
    subjects_csv: Annotated[
        Path | None,
        Field(description="table with the columns subject and gender, for sets that do not say it"),
        tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: none)"),
    ] = None
    classes: Annotated[
        tuple[str, ...],
        Field(description="folders, yolo, coco: what classes mean, such as 0=female 1=male face=none"),
        tyro.conf.arg(metavar="CLASS=GENDER", help_behavior_hint="(default: by their words)"),
    ] = ()
    subject_pattern: Annotated[
        str | None,
        Field(description="folders, yolo, coco: regular expression on a file's path whose first group is the subject"),
        tyro.conf.arg(metavar="REGEX", help_behavior_hint="(default: subjects are not known)"),
    ] = None
    limit: Annotated[
        int | None,
        Field(ge=1, description="read so many images at most, spread over the clips"),
        tyro.conf.arg(metavar="N", help_behavior_hint="(default: all)"),
    ] = None
    seed: Annotated[int, Field(ge=0, description="of the split, where the source has none")] = 0


def run_import(argv: list[str]) -> int:
    """`thermvision import FORMAT SRC --out DATASET`."""
    argv, common = options.take_common(argv, takes_config=False)
    asked = options.parse(ImportOptions, argv, "import")
    from thermvision.import_set import ImportSettings, import_set
    from thermvision.progress import progress

    settings = ImportSettings(
        asked.format, asked.source, asked.out, asked.labels, asked.polarity, asked.span, asked.subjects_csv, asked.classes,
        asked.subject_pattern, asked.limit, asked.seed,
    )  # fmt: skip
    with progress(quiet=common.json or common.dry_run) as on_progress:
        report = import_set(settings, on_progress=on_progress, dry_run=common.dry_run)
    result: dict[str, Any] = {
        "out": str(report.out),
        "clips": report.planned if common.dry_run else report.clips,
        "frames": report.planned_frames if common.dry_run else report.frames,
        "subjects": report.subjects,
        "skipped": [list(one) for one in report.skipped],
        "odd": report.odd,
    }
    if common.dry_run:
        lines = [
            f"{len(report.planned)} clips, {report.planned_frames} images of {report.subjects} named subjects would be imported into {report.out}:",
            *(f"  {name}" for name in report.planned),
        ]
    else:
        result |= {
            "new_frames": report.new_frames, "labelled_frames": report.labelled_frames, "faces": report.faces, "notes": report.notes,
        }  # fmt: skip
        lines = [
            f"data set: {report.out}",
            f"clips: {report.clips}   frames: {report.frames}   subjects: {report.subjects}   labelled: {report.labelled_frames} frames, {report.faces} faces"
            + ("" if report.new_frames else "   all were there already"),
            f"look at: {report.out / 'contact_sheet.png'}",
        ]
    lines += [f"{what}: {count}" for what, count in report.odd.items()]
    if report.skipped:
        lines.append(
            f"left out: {len(report.skipped)} files{'' if common.dry_run else ', listed in dataset.json'}, such as"
        )
        lines += [f"  {file} {why}" for file, why in report.skipped[:_SHOWN]]
    lines += [f"note: {note}" for note in report.notes]
    show(result, as_json=common.json, lines=lines)
    return 0
