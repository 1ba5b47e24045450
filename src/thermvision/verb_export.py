"""`thermvision export`: a data set in another program's layout."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from pydantic import BaseModel, ConfigDict, Field

from thermvision import options
from thermvision.cli import show, show_refused

_MOST_SHOWN = 10  # of skipped images


class ExportOptions(BaseModel):
    """Write a data set as pictures and labels for programs that train elsewhere; no person is in two splits. Also: --dry-run, --json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Annotated[tyro.conf.Positional[Literal["yolo"]], Field(description="layout")]
    dataset: Annotated[
        tyro.conf.Positional[Path],
        Field(description="data set of `build` or `import`"),
        tyro.conf.arg(metavar="DATASET", help_behavior_hint=""),
    ]
    out: Annotated[Path, Field(description="new folder for images/, labels/ and data.yaml")]
    every: Annotated[int, Field(ge=1, description="only each N-th frame of a clip")] = 1
    agc: Annotated[
        Literal["linear", "plateau", "detail"], Field(description="gain control that makes 8 bits of kelvin")
    ] = "detail"
    landmarks: Annotated[
        Literal["none", "68"], Field(description="68: keypoints of images with one face, for pose trainers")
    ] = "none"
    least_visible: Annotated[float, Field(ge=0, le=1, description="faces less visible than that are left out")] = 0.0


def run_export(argv: list[str]) -> int:
    """`thermvision export yolo DATASET --out DIR`."""
    argv, common = options.take_common(argv, takes_config=False)
    asked = options.parse(ExportOptions, argv, "export")
    from thermvision.dataset.read import clip_folders
    from thermvision.progress import progress
    from thermvision.tasks.export_yolo import export_yolo

    logging.basicConfig(format="thermvision: warning: %(message)s", level=logging.WARNING)
    if common.dry_run:
        clips = len(clip_folders(asked.dataset))
        show({"out": str(asked.out), "clips": clips}, as_json=common.json, lines=[f"{clips} clips would be written into {asked.out} as {asked.format}"])  # fmt: skip
        return 0
    with progress(quiet=common.json) as on_progress:
        done = export_yolo(
            asked.dataset, asked.out, every=asked.every, agc=asked.agc, points=asked.landmarks,
            least_visible=asked.least_visible, on_progress=on_progress,
        )  # fmt: skip
    for what, count in done.counts.items():
        if count:
            logging.getLogger("thermvision").warning("%d %s", count, what)
    people = {side: len(names) for side, names in done.people.items()}
    result: dict[str, Any] = {
        "out": str(done.out), "images": dict(done.images), "people": people, "faces": done.faces,
        "skipped": [{"image": name, "reason": why} for name, why in done.skipped],
    }  # fmt: skip
    told = "   ".join(f"{side}: {count} images of {people[side]} people" for side, count in sorted(done.images.items()))
    show(result, as_json=common.json, lines=[f"{asked.format}: {done.out / 'data.yaml'}", f"{told}   faces: {done.faces}"])  # fmt: skip
    show_refused([f"{name}: {why}" for name, why in done.skipped[:_MOST_SHOWN]])
    return 2 if done.skipped else 0
