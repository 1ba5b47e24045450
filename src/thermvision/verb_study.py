"""`thermvision study`: a whole study from a YAML file, its table in the terminal."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import tyro
from pydantic import BaseModel, ConfigDict, Field

from thermvision import options
from thermvision.cli import show, show_refused
from thermvision.types import InputError
from thermvision.wording import did_you_mean


class StudyOptions(BaseModel):
    """Make the sets, train, test and report, as a YAML file says; run again to go on where it stopped. Also: --dry-run, --json.

    Exit 2 if something could not be done; the rest is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Annotated[
        tyro.conf.Positional[Path],
        Field(description="study, such as configs/studies/miniature.yaml; docs/study.md"),
        tyro.conf.arg(metavar="FILE.yaml", help_behavior_hint=""),
    ]
    out: Annotated[Path, Field(description="folder for sets, runs, records and the report")]
    set: Annotated[
        tuple[str, ...],
        Field(description="where data sets of the file are"),
        tyro.conf.arg(metavar="NAME=FOLDER [...]", help_behavior_hint="(default: as the file says)"),
    ] = ()
    workers: Annotated[int, Field(ge=0, le=256, description="processes that make sets; 0 = one for each core")] = 0
    threads: Annotated[int, Field(ge=1, le=256, description="cores of a training; another number gives other last digits")] = 2  # fmt: skip


def run_study(argv: list[str]) -> int:
    """`thermvision study FILE.yaml --out DIR`."""
    argv, common = options.take_common(argv, takes_config=False)
    asked = options.parse(StudyOptions, argv, "study")
    from thermvision.config import read_yaml
    from thermvision.progress import progress
    from thermvision.tasks.study.text import terminal
    from thermvision.tasks.study_run.run import planned
    from thermvision.tasks.study_run.run import run_study as run
    from thermvision.tasks.study_run.spec import make_study

    logging.basicConfig(format="thermvision: warning: %(message)s", level=logging.ERROR)
    study = make_study(_placed(read_yaml(asked.file), asked.set), str(asked.file))
    build = _builder(asked.workers)
    if common.dry_run:
        lines = planned(study, build, asked.out)
        show({"out": str(asked.out), "plan": lines}, as_json=common.json, lines=lines)
        return 0
    with progress(quiet=common.json) as on_progress:
        done = run(study, asked.out, _trainer(asked.threads), build, on_progress)
    lines = [] if done.report is None else [*terminal(done.report), "", f"look at: {asked.out / 'study.html'}"]
    result: dict[str, Any] = {
        "out": str(asked.out), "records": done.records, "complete": not done.stopped and not done.failed,
        "notes": done.report.notes if done.report is not None else [], "files": [str(path) for path in done.files],
        "failed": [{"what": what, "why": why} for what, why in done.failed],
    }  # fmt: skip
    show(result, as_json=common.json, lines=lines or ["no record was made, so there is no report"])
    shown = [f"{what}: {why}" for what, why in done.failed]
    if done.stopped:
        shown.append(f"stopped; what is finished is in {asked.out}, and the same command goes on from there")
    show_refused(shown)
    return 2 if shown else 0


def _placed(settings: dict[str, Any], places: tuple[str, ...]) -> dict[str, Any]:
    """The settings with sets where the user says they are; a set that the study would make can be one that is there."""
    sets = settings.get("sets")
    for one in places:
        name, sign, folder = one.partition("=")
        if not isinstance(sets, dict) or not sign or not folder:
            raise InputError(f"study: --set {one} is no place; expected NAME=FOLDER with a set of the file")
        if name not in sets or not isinstance(sets[name], dict):
            raise InputError(f"study: --set names '{name}'; expected one of {', '.join(map(str, sets))}{did_you_mean(name, map(str, sets))}")  # fmt: skip
        sets[name] = {key: value for key, value in sets[name].items() if key != "simulate"} | {"data": Path(folder)}
    return settings


def _builder(workers: int) -> Callable[..., None]:
    from thermvision.config import make_config
    from thermvision.pipeline import build

    def make(settings: dict[str, Any], folder: Path, only_check: bool, on_progress: Callable[..., None]) -> None:
        config = make_config({"workers": workers, **settings, "out": folder}, "simulate")
        build(config, on_progress=on_progress, dry_run=only_check)

    return make


def _trainer(threads: int) -> Callable[..., Path]:
    def train_one(settings: dict[str, Any], source: Any, on_progress: Callable[..., None]) -> Path:
        from thermvision.tasks.training.config import make_train_config
        from thermvision.tasks.training.run import train

        return train(make_train_config({"threads": threads, **settings}, "training"), source, on_progress)

    return train_one
