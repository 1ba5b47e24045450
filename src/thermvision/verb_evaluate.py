"""`thermvision evaluate`: options, the run, and its table in the terminal."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from pydantic import BaseModel, ConfigDict, Field, model_validator

from thermvision import options
from thermvision.cli import show, show_refused

_MOST_SHOWN = 10  # of skipped images


class EvaluateOptions(BaseModel):
    """Measure a model, or predictions, on a labelled data set beside the baselines: a table, an HTML page, JSON, CSV. Also: --dry-run, --json.

    People whom the model has seen are never tested. Exit 2 if images were skipped because they cannot be read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: Annotated[
        tyro.conf.Positional[Literal["detect", "landmarks", "gender"]], Field(description="what is measured")
    ]
    data: Annotated[Path, Field(description="data set of `build` or `import`"), tyro.conf.arg(metavar="DATASET")]
    out: Annotated[Path, Field(description="folder for study.html, .md, .json, .csv, records.jsonl, predictions.json")]
    model: Annotated[
        str | None,
        Field(
            description="shipped, shipped-finder, a run folder, an .onnx file, or transformers:NAME_OR_FOLDER (detect)"
        ),
        tyro.conf.arg(metavar="MODEL", help_behavior_hint="(default: shipped)"),
    ] = None
    predictions: Annotated[
        Path | None,
        Field(description="file of `thermvision predict`, in place of --model"),
        tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: none)"),
    ] = None
    people: Annotated[
        Literal["all", "test"],
        Field(description="who is tested: all, or those of the test split whom the model has not seen"),
    ] = "all"
    normaliser: Annotated[
        Literal["outer eye corners", "inter-pupil", "box diagonal", "sqrt(W*H)", "W/H"],
        Field(description="by what landmark errors are divided"),
    ] = "box diagonal"
    boxes: Annotated[
        Literal["auto", "found", "label"],
        Field(
            description="whose box landmarks and gender are read in; auto: found for landmarks, the label's for gender"
        ),
    ] = "auto"
    every: Annotated[int, Field(ge=1, description="only each N-th frame of a clip")] = 1
    least_visible: Annotated[
        float, Field(ge=0, le=1, description="detect: faces less visible than that are neither missed nor false")
    ] = 0.25
    draws: Annotated[int, Field(ge=100, le=100_000, description="of the bootstrap over people")] = 10_000
    name: Annotated[
        str, Field(description="of the model in the tables"), tyro.conf.arg(metavar="WORD", help_behavior_hint="(default: the model's)")
    ] = ""  # fmt: skip

    @model_validator(mode="after")
    def _one_of_both(self) -> EvaluateOptions:
        if self.model is not None and self.predictions is not None:
            raise ValueError("--model and --predictions are both given; give one of them")
        return self


def run_evaluate(argv: list[str]) -> int:
    """`thermvision evaluate TASK --model M --data DATASET --out DIR`."""
    argv, common = options.take_common(argv, takes_config=False)
    asked = options.parse(EvaluateOptions, argv, "evaluate")
    from thermvision.progress import progress
    from thermvision.tasks.evaluate.run import EvaluateSettings, evaluate
    from thermvision.tasks.predict.chosen import chosen_model
    from thermvision.tasks.predict.look import make_look
    from thermvision.tasks.predictions import read_predictions
    from thermvision.tasks.study.text import terminal

    warnings.filterwarnings("ignore", module="PIL")  # of damaged files, which are told in a sentence
    logging.basicConfig(format="thermvision: warning: %(message)s", level=logging.WARNING)
    given = read_predictions(asked.predictions) if asked.predictions is not None else None
    model = chosen_model(asked.task, asked.model or "shipped", asked.name) if given is None else None
    settings = EvaluateSettings(
        asked.task, asked.data, asked.out, asked.people, asked.normaliser, asked.every, asked.least_visible, asked.draws
    )
    if common.dry_run:
        what = model.name if model is not None else str(asked.predictions)
        line = (
            f"{what} would be measured on {asked.people} people of {asked.data} ({asked.task}), and {asked.out} written"
        )
        show({"model": what, "out": str(asked.out)}, as_json=common.json, lines=[line])
        return 0
    look = make_look(model, asked.boxes) if model is not None else None
    with progress(quiet=common.json) as on_progress:
        done = evaluate(settings, model, look, given, on_progress)
    for what in done.warnings:
        logging.getLogger("thermvision").warning("%s", what)
    row = next(one for one in done.report.rows if one.regime != "baseline")
    result: dict[str, Any] = {
        "out": str(asked.out), "task": asked.task, "model": row.model, "images": done.images, "people": done.people,
        "figures": {name: _finite(figure.value) for name, figure in row.figures.items()},
        "notes": done.report.notes, "warnings": done.warnings,
        "skipped": [{"image": name, "reason": why} for name, why in done.skipped], "files": [str(path) for path in done.files],
    }  # fmt: skip
    show(result, as_json=common.json, lines=[*terminal(done.report), "", f"look at: {asked.out / 'study.html'}"])
    shown = [f"{name}: {why}" for name, why in done.skipped[:_MOST_SHOWN]]
    if len(done.skipped) > _MOST_SHOWN:
        shown.append(f"and {len(done.skipped) - _MOST_SHOWN} more are skipped; --json lists all")
    show_refused(shown)
    return 2 if shown else 0


def _finite(value: float) -> float | None:
    return None if value != value else value  # noqa: PLR0124 (NaN, which JSON has no word for)
