"""The folder of a training run: whose it is, its settings, and the model at its end."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import yaml

from thermvision import __version__
from thermvision.disk import plain_disk_errors, write_text
from thermvision.tasks.models import ModelInfo, write_model_info
from thermvision.tasks.training.checkpoint import CHECKPOINT
from thermvision.tasks.training.config import TrainConfig
from thermvision.tasks.training.files.source import TrainingSource
from thermvision.tasks.training.learner import Learner
from thermvision.tasks.training.model_card import write_card
from thermvision.types import InputError

SETTINGS = "config.yaml"


def check_run_folder(out: Path, content: dict[str, Any] | None) -> None:
    """Refuse a folder that holds something else, or a trained run with other settings (named). None: only the first."""
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {out} is a file; give a folder")
    settings = out / SETTINGS
    if not settings.is_file():
        if out.is_dir() and any(path.name != ".lock" for path in out.iterdir()):
            raise InputError(f"--out {out} is not empty and holds no run of ours; choose an empty or new folder")
        return
    try:
        before = yaml.safe_load(settings.read_text())["content"]
        names = sorted(set(before) | set(content or {}))
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise InputError(f"--out {out} holds a {SETTINGS} that is not ours; choose another folder") from error
    if content is None or not (out / CHECKPOINT).is_file():
        return
    other = [name for name in names if before.get(name) != content.get(name)]
    if other:
        named = ", ".join(
            "data (other images or people)" if name == "data" else f"{name} {before.get(name)} (now {content.get(name)})"
            for name in other[:4]
        )  # fmt: skip
        raise InputError(
            f"--out {out} holds a run with other settings: {named}; choose another folder or repeat that run's settings"
        )


def write_settings(config: TrainConfig, content: dict[str, Any], name: str) -> None:
    """config.yaml: the run's hash, what decides its weights, and all settings as they were resolved."""
    told = {"hash": name, "content": content, "settings": config.model_dump(mode="json")}
    with plain_disk_errors(config.out, "nothing is lost"):
        write_text(config.out / SETTINGS, yaml.safe_dump(told, sort_keys=False))


def write_model(learner: Learner, source: TrainingSource) -> Path:
    """The network (model.onnx, checked against it, or what transformers saves), model.json and card.md; returns the folder."""
    config, task = learner.config, learner.task
    net = learner.network()
    off = task.save(net, config.out)
    facts = task.facts()
    about = source.draws.about()
    parameters = sum(one.numel() for one in net.parameters())
    info = ModelInfo(
        task=config.task,
        kind=facts["kind"],
        input_px=tuple(facts["input_px"]),
        classes=tuple(facts["classes"]),
        room=facts["room"],
        train_people=tuple(source.people["train"]),
        validation_people=tuple(source.people["validation"]),
        simulator_seed=source.people.get("simulator"),
        seed=config.seed,
        steps=config.steps or 0,
        thermvision=__version__,
        data=tuple(Path(one).name for one in config.data),
        more={
            "network": config.model, "parameters": parameters, "best_step": learner.best.step,
            "validation": {name: value if math.isfinite(value) else None for name, value in learner.best.figures.items()},
            "onnx_difference": off, "learnt_from": about,
        },
    )  # fmt: skip
    write_model_info(config.out, info)
    write_card(learner, source, info, parameters, off)
    return config.out
