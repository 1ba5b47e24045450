"""`thermvision train`: settings from defaults < YAML < flags, the run, and what came of it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from thermvision import options
from thermvision.cli import show
from thermvision.config import read_yaml
from thermvision.tasks.training.config import SIMULATOR, TrainConfig, make_train_config


def run_train(argv: list[str]) -> int:
    """Train a network, or with --dry-run say on what."""
    argv, common = options.take_common(argv, takes_config=True)
    logging.basicConfig(format="thermvision: warning: %(message)s", level=logging.WARNING)
    config = _settings(argv, common.config).filled()
    from thermvision.tasks.training.run import train
    from thermvision.tasks.training.statement import state

    if common.dry_run:
        facts, lines = state(config)
        show({"out": str(config.out), **facts}, as_json=common.json, lines=lines)
        return 0
    from thermvision.progress import progress

    with progress(quiet=common.json) as report:
        out = train(config, on_progress=report)
    result, lines = _result(out)
    show(result, as_json=common.json, lines=lines)
    return 0


def _settings(argv: list[str], yaml_file: str | None) -> TrainConfig:
    told: dict[str, Any] = {} if yaml_file is None else read_yaml(Path(yaml_file))
    if {"hash", "content", "settings"} <= set(told):  # a run's own config.yaml
        told = dict(told["settings"])
    if not told:
        return options.parse(TrainConfig, argv, "train")
    tasks = ("detect", "landmarks", "gender")
    given = {word.partition("=")[0].lstrip("-"): True for word in argv}
    blank = {"task": next((word for word in argv if word in tasks), "gender"), "data": (SIMULATOR,), "out": Path()}
    base = make_train_config({**{name: blank[name] for name in blank if name in given or name == "task"}, **told}, str(yaml_file))  # fmt: skip
    return options.parse(TrainConfig, argv, "train", base)


def _result(out: Path) -> tuple[dict[str, Any], list[str]]:
    from thermvision.tasks.models import HUB_FOLDER, MODEL_ONNX, read_model_info
    from thermvision.tasks.training.history import read_history

    info, rows = read_model_info(out), read_history(out)
    figures = {name: value for name, value in info.more["validation"].items() if value is not None}
    seconds = sum(row["seconds"] for row in rows) / max(1, len(rows))
    loader = sum(row["seconds"] * row["loader_share"] for row in rows) / max(1e-9, sum(row["seconds"] for row in rows))
    model = out / (HUB_FOLDER if info.kind == "transformers" else MODEL_ONNX)
    result = {
        "out": str(out), "model": str(model), "task": info.task, "steps": info.steps, "best_step": info.more["best_step"],
        "validation": figures, "seconds_per_step": seconds, "loader_share": loader, "onnx_difference": info.more["onnx_difference"],
    }  # fmt: skip
    lines = [
        f"model: {model}   {info.more['parameters']:,} parameters",
        f"validation people at step {info.more['best_step']}: "
        + ", ".join(f"{name} {value:.4g}" for name, value in figures.items()),
        f"{seconds:.2f} s/step, {loader:.0%} of it waiting for the loader",
        f"look at: {out / 'loss.png'}, {out / 'card.md'}",
    ]
    return result, lines
