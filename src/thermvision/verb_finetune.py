"""`thermvision finetune`: settings from defaults < FluxTrainer workflow < YAML < flags."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from thermvision import options
from thermvision.cli import show
from thermvision.config import read_yaml
from thermvision.finetune.config import FinetuneConfig, make_finetune_config
from thermvision.types import InputError

_SHOWN_LAST = 100  # steps whose loss is averaged


def run_finetune(argv: list[str]) -> int:
    """Train a LoRA, or with --dry-run say what it takes."""
    argv, common = options.take_common(argv, takes_config=True)
    logging.basicConfig(format="thermvision: warning: %(message)s", level=logging.WARNING)
    config, notes = _settings(argv, common.config)
    for note in notes:
        logging.getLogger(__name__).warning("%s", note)
    if common.dry_run:
        from thermvision.finetune.statement import state

        facts, lines = state(config)
        show({"out": str(config.out), **facts, "notes": notes}, as_json=common.json, lines=lines)
        return 0
    from thermvision.finetune.run import finetune
    from thermvision.progress import progress

    with progress(quiet=common.json) as report:
        lora = finetune(config, report)
    result = _result(config, lora)
    lines = [f"LoRA: {lora}", f"loss: {result['loss']:.4f} (mean of the last {result['averaged_steps']} steps)"]
    if result["validation"]:
        lines.append(f"held-out people: {result['validation'][0]:.4f} before, {result['validation'][-1]:.4f} after")
    lines.append(f"look at: {config.out / 'loss.png'}, {config.out / 'samples'}")
    show({**result, "notes": notes}, as_json=common.json, lines=lines)
    return 0


def _settings(argv: list[str], yaml_file: str | None) -> tuple[FinetuneConfig, list[str]]:
    told = {} if yaml_file is None else read_yaml(Path(yaml_file))
    if {"hash", "content", "settings"} <= set(told):  # a run's own config.yaml
        told = dict(told["settings"])
    given = {word.partition("=")[0] for word in argv}
    shown = {f"--{name.replace('_', '-')}" for name in FinetuneConfig.model_fields} & {
        word.replace("_", "-") for word in given
    }
    for flag in sorted(shown & _yaml_only()):
        name = flag.removeprefix("--").replace("-", "_")
        raise InputError(
            f"finetune: {name} is a setting of --config FILE, no flag; write `{name}: ...` into a YAML file"
        )
    workflow = _value(argv, "--comfy-workflow") or told.get("comfy_workflow")
    from_graph, notes = _of_workflow(Path(workflow)) if workflow else ({}, [])
    if not told and not from_graph:
        return options.parse(FinetuneConfig, argv, "finetune"), notes
    where = str(yaml_file or workflow)
    for name in ("images", "out"):
        if name not in told and f"--{name}" not in given:
            raise InputError(f"finetune: {name} is missing; give it with --{name}")
    base = make_finetune_config({"images": Path(), "out": Path(), **from_graph, **told}, where)
    return options.parse(FinetuneConfig, argv, "finetune", base), notes


def _of_workflow(path: Path) -> tuple[dict[str, Any], list[str]]:
    from thermvision.flux.comfy.graph import read_graph
    from thermvision.flux.comfy.training import training_settings

    return training_settings(read_graph(path))


def _yaml_only() -> set[str]:
    """Flags that settings would have if the help listed them."""
    import tyro

    return {
        f"--{name.replace('_', '-')}"
        for name, field in FinetuneConfig.model_fields.items()
        if any(one is tyro.conf.Suppress[int].__metadata__[0] for one in field.metadata)  # type: ignore[attr-defined]
    }


def _value(argv: list[str], flag: str) -> str | None:
    """What stands behind a flag."""
    for place, word in enumerate(argv):
        name, assigned, value = word.partition("=")
        if name.replace("_", "-") == flag:
            return value if assigned else next(iter(argv[place + 1 : place + 2]), None)
    return None


def _result(config: FinetuneConfig, lora: Path) -> dict[str, Any]:
    from thermvision.finetune.history import LOSS, VALIDATION, History

    losses = History(config.out / LOSS, ("step", "loss")).rows()[-_SHOWN_LAST:]
    validation = [row["loss"] for row in History(config.out / VALIDATION, ("step", "loss")).rows()]
    mean = sum(row["loss"] for row in losses) / max(1, len(losses))
    return {
        "lora": str(lora), "out": str(config.out), "steps": config.steps, "loss": mean, "averaged_steps": len(losses), "validation": validation,
    }  # fmt: skip
