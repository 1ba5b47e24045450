"""`thermvision portraits`: settings from defaults < a ComfyUI workflow < flags, then the work and what it made."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from thermvision import options
from thermvision.cli import show
from thermvision.types import InputError

_SPECIFICATION = "gender age expression view hair beard eyewear headwear mouth eyes face-mask room".split()


def run_portraits(argv: list[str]) -> int:
    """`thermvision portraits --prompt TEXT --out DIR ...`."""
    argv, common = options.take_common(argv, takes_config=False)
    logging.basicConfig(format="thermvision: warning: %(message)s", level=logging.WARNING)
    from thermvision.portraits.paint_config import PaintConfig

    base, notes = _from_workflow(argv)
    config = options.parse(PaintConfig, argv, "portraits", base)
    warn = logging.getLogger("thermvision").warning
    for note in notes:
        warn(note)
    if common.dry_run:
        from thermvision.flux.model_folder import MICRO, find_model
        from thermvision.portraits.paint_files import check_out

        check_out(config.out)
        folder = find_model(config.model or MICRO)
        result = {"out": str(config.out), "count": config.count, "model": str(folder), "prompt": config.text(), "notes": [*notes, *config.without_effect()]}  # fmt: skip
        show(result, as_json=common.json, lines=[f'{config.count} portraits of "{config.text()}" would be painted by {folder} into {config.out}'])  # fmt: skip
        return 0
    from thermvision.portraits.paint import paint
    from thermvision.progress import progress

    with progress(quiet=common.json) as on_progress:
        report = paint(config, on_progress, lambda note: warn("%s", note))
    kelvin = report.settings.span is not None
    made = (
        f"{report.count} portraits, {report.new} of them new"
        if report.new
        else f"{report.count} portraits, all were there already"
    )
    lines = [
        f"portraits: {report.out}",
        made + ("" if kelvin else "; 8-bit only, no temperatures"),
        f"look at: {report.out / 'grid.png'}",
    ]
    if kelvin:
        lines.append(f"measure them: thermvision check {report.out}")
    result = {
        "out": str(report.out),
        "count": report.count,
        "new": report.new,
        "kelvin": kelvin,
        "settings": report.settings.content(),
        "notes": [*notes, *report.notes],
    }
    show(result, as_json=common.json, lines=lines)
    return 0


def _from_workflow(argv: list[str]) -> tuple[Any, list[str]]:
    """The configuration that a workflow gives, less what flags replace; (None, []) if none is named."""
    path = _value("--comfy-workflow", argv)
    if path is None:
        return None, []
    from thermvision.flux.comfy.graph import read_graph
    from thermvision.flux.comfy.inference import inference_settings
    from thermvision.portraits.paint_config import NO_LORA, make_paint_config

    graph = read_graph(Path(path))
    settings, notes = inference_settings(graph)
    given = {word.partition("=")[0].replace("_", "-") for word in argv if word.startswith("--")}
    if "--out" not in given:
        raise InputError("portraits: --out is missing; give the folder of the portraits")
    if "strength" in settings and "--image" not in given:
        raise InputError(f"workflow {graph.name} starts from a picture; give it with --image")
    _name_files(settings, given, Path(path))
    if _value("--lora", argv) == NO_LORA:
        settings.pop("lora_strength", None)
    if given & {"--prompt", *(f"--{name}" for name in _SPECIFICATION)}:
        settings.pop("clip_prompt")
    if "--negative-prompt" in given:
        settings.pop("negative_clip_prompt")
    if "--size" in given:
        settings.pop("width", None), settings.pop("height", None)
    return make_paint_config({"out": Path(), **settings}, graph.name), notes


def _name_files(settings: dict[str, Any], given: set[str], workflow: Path) -> None:
    """Model and LoRA as the workflow names them: a LoRA file here or beside it is taken, the rest is to be given."""
    model, lora = settings.pop("model"), settings.pop("lora", None)
    missing = []
    if "--model" not in given:
        missing.append(f"{model} (give --model, such as black-forest-labs/FLUX.1-dev for flux1-dev)")
    if lora is not None and "--lora" not in given:
        name = Path(str(lora).replace("\\", "/"))
        found = next(
            (one for one in (name, workflow.parent / name, workflow.parent / name.name) if one.is_file()), None
        )
        if found is None:
            missing.append(f"{lora} (give --lora FILE, or --lora none to go without)")
        else:
            settings["lora"] = str(found)
    if missing:
        raise InputError(f"workflow {workflow.name} names files that are not here: {' and '.join(missing)}")


def _value(flag: str, argv: list[str]) -> str | None:
    for place, word in enumerate(argv):
        name, assigned, value = word.partition("=")
        if name.replace("_", "-") == flag:
            return value if assigned else (argv[place + 1] if place + 1 < len(argv) else None)
    return None
