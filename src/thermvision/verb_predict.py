"""`thermvision predict`: options, the run, and what it found and skipped."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from pydantic import BaseModel, ConfigDict, Field

from thermvision import options
from thermvision.cli import show, show_refused

_MOST_SHOWN = 10  # of skipped images and of warnings


class PredictOptions(BaseModel):
    """Let a model look at a data set or at pictures: a row a face, as JSON or CSV. Also: --dry-run, --json.

    Exit 2 if an image is skipped because it cannot be read; the others are done.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: Annotated[
        tyro.conf.Positional[Literal["detect", "landmarks", "gender"]], Field(description="what is asked of it")
    ]
    data: Annotated[
        tuple[Path, ...],
        Field(description="a data set, or pictures, videos and folders of them"),
        tyro.conf.arg(metavar="DATASET|IMAGES [...]", help_behavior_hint=""),
    ]
    out: Annotated[Path, Field(description="file to write, .json (which can be evaluated) or .csv")]
    model: Annotated[
        str,
        Field(
            description="shipped, shipped-finder, a run folder, an .onnx file, or transformers:NAME_OR_FOLDER (detect)"
        ),
    ] = "shipped"
    every: Annotated[int, Field(ge=1, description="only each N-th frame of a clip or video, or picture")] = 1
    boxes: Annotated[
        Literal["auto", "found", "label"],
        Field(
            description="whose box landmarks and gender are read in; auto: found for landmarks, the label's for gender"
        ),
    ] = "auto"
    points: Annotated[
        Literal["5", "54", "68", "70", "478"],
        Field(description="landmark set of pictures; images of a data set get that of their labels"),
    ] = "68"


def run_predict(argv: list[str]) -> int:
    """`thermvision predict TASK --model M --data DATASET|IMAGES --out FILE`."""
    argv, common = options.take_common(argv, takes_config=False)
    asked = options.parse(PredictOptions, argv, "predict")
    from thermvision.predict_set import predict_set
    from thermvision.progress import progress
    from thermvision.tasks.predict.chosen import chosen_model
    from thermvision.tasks.predict.look import make_look

    warnings.filterwarnings("ignore", module="PIL")  # of damaged files, which are told in a sentence
    logging.basicConfig(format="thermvision: warning: %(message)s", level=logging.WARNING)
    model = chosen_model(asked.task, asked.model)
    if common.dry_run:
        line = (
            f"{model.name} would look at {', '.join(map(str, asked.data))} for {asked.task}, and {asked.out} be written"
        )
        show({"model": model.name, "out": str(asked.out)}, as_json=common.json, lines=[line])
        return 0
    look = make_look(model, asked.boxes, asked.points)
    with progress(quiet=common.json) as on_progress:
        report = predict_set(model, look, asked.data, asked.out, every=asked.every, on_progress=on_progress)
    made = report.predictions
    for what in report.warnings[:_MOST_SHOWN]:
        logging.getLogger("thermvision").warning("%s", what)
    if len(report.warnings) > _MOST_SHOWN:
        logging.getLogger("thermvision").warning("and %d more warnings (--json lists all)", len(report.warnings) - _MOST_SHOWN)  # fmt: skip
    faces = sum(len(one.faces) for one in made.images)
    without = sum(not one.faces for one in made.images)
    result: dict[str, Any] = {
        "out": str(report.out), "task": asked.task, "model": made.model, "complete": not report.stopped, "images": len(made.images),
        "faces": faces, "without_face": without, "skipped": [{"image": name, "reason": why} for name, why in made.skipped],
        "warnings": report.warnings,
    }  # fmt: skip
    lines = [
        f"predictions: {report.out}",
        f"images: {len(made.images)}   faces: {faces}   without a face: {without}   skipped: {len(made.skipped)}",
    ]
    show(result, as_json=common.json, lines=lines)
    shown = [f"{name}: {why}" if name not in why else why for name, why in made.skipped[:_MOST_SHOWN]]
    if len(made.skipped) > _MOST_SHOWN:
        shown.append(f"and {len(made.skipped) - _MOST_SHOWN} more are skipped; --json lists all")
    if report.stopped:
        shown.append(f"stopped after {len(made.images)} images; they are in {report.out}, and the same command begins anew")  # fmt: skip
    show_refused(shown)
    return 2 if shown else 0
