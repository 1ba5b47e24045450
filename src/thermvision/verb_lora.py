"""`thermvision lora`: say what a LoRA file is, convert it, verify it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from pydantic import BaseModel, ConfigDict, Field

from thermvision import options
from thermvision.cli import show
from thermvision.types import InputError


class LoraOptions(BaseModel):
    """Say what a LoRA file of FLUX is, convert it, or verify it (exit 1 if it does not fit or has no effect). Also: --dry-run, --json."""

    model_config = ConfigDict(extra="forbid")

    action: Annotated[
        tyro.conf.Positional[Literal["inspect", "convert", "verify"]],
        Field(description="what to do with the file"),
    ]
    file: Annotated[tyro.conf.Positional[Path], Field(description="LoRA file (.safetensors), any layout")]
    to: Annotated[
        Literal["diffusers", "kohya", "xlabs", "bfl"] | None,
        Field(description="convert: layout to write"),
        tyro.conf.arg(metavar="{diffusers,kohya,xlabs,bfl}", help_behavior_hint="(convert needs it)"),
    ] = None
    out: Annotated[
        Path | None,
        Field(description="convert: file to write (.safetensors)"),
        tyro.conf.arg(metavar="PATH", help_behavior_hint="(convert needs it)"),
    ] = None
    dtype: Annotated[
        Literal["float32", "bfloat16", "float16"] | None,
        Field(description="convert: type of the weights"),
        tyro.conf.arg(metavar="{float32,bfloat16,float16}", help_behavior_hint="(default: as in the file)"),
    ] = None
    model: Annotated[
        str | None,
        Field(description="verify: micro, or a folder that a FLUX pipeline was saved in"),
        tyro.conf.arg(metavar="MODEL", help_behavior_hint="(default: the file alone)"),
    ] = None


def run_lora(argv: list[str]) -> int:
    """`thermvision lora inspect|convert|verify FILE`."""
    argv, common = options.take_common(argv, takes_config=False)
    asked = options.parse(LoraOptions, argv, "lora")
    for flag, of in (("to", "convert"), ("out", "convert"), ("dtype", "convert"), ("model", "verify")):
        if getattr(asked, flag) is not None and asked.action != of:
            raise InputError(f"lora {asked.action}: --{flag} is for lora {of}; leave it out")
    return {"inspect": _inspect, "convert": _convert, "verify": _verify}[asked.action](asked, common)


def _inspect(asked: LoraOptions, common: options.Common) -> int:
    from thermvision.flux.lora.describe import facts, lines
    from thermvision.flux.lora.read import read_lora

    found = facts(read_lora(asked.file, strict=False))
    show(found, as_json=common.json, lines=lines(found))
    return 0


def _convert(asked: LoraOptions, common: options.Common) -> int:
    from thermvision.flux.lora.convert import convert
    from thermvision.run_folder import can_be_written

    if asked.to is None or asked.out is None:
        missing = "--to" if asked.to is None else "--out"
        raise InputError(f"lora convert: {missing} is missing; give for example --to kohya --out FILE.safetensors")
    if asked.out.suffix != ".safetensors" or not asked.out.parent.is_dir():
        raise InputError(f"--out {asked.out} should end in .safetensors and lie in a folder that exists")
    can_be_written("--out", asked.out)
    done = convert(asked.file, asked.out, asked.to, asked.dtype, write=not common.dry_run)
    verb = "would be written" if common.dry_run else "written"
    lines = [
        f"{done.source.path} ({done.source.layout}, {len(done.source.modules)} modules) {verb} as {done.layout}, {done.dtype}: {done.out}",
        *(f"note: {note}" for note in done.notes),
    ]
    result = {
        "file": str(done.source.path),
        "from": done.source.layout,
        "to": done.layout,
        "dtype": done.dtype,
        "modules": len(done.source.modules),
        "out": str(done.out),
        "notes": list(done.notes),
    }
    show(result, as_json=common.json, lines=lines)
    return 0


def _verify(asked: LoraOptions, common: options.Common) -> int:
    from thermvision.flux.lora.describe import facts
    from thermvision.flux.lora.read import read_lora
    from thermvision.flux.lora.verify import open_transformer, verify

    file = read_lora(asked.file, strict=False)
    if common.dry_run:
        against = f" against {asked.model}" if asked.model else ""
        show(
            {"file": str(asked.file), "model": asked.model},
            as_json=common.json,
            lines=[f"{asked.file} would be verified{against}"],
        )
        return 0
    verdict = verify(file, open_transformer(asked.model) if asked.model is not None else None)
    problems = verdict.problems
    scales: dict[str, int] = facts(file)["scales"]
    result: dict[str, Any] = {
        "file": str(asked.file),
        "model": asked.model,
        "modules": len(file.modules),
        "matched": None if verdict.match is None else len(verdict.match.matched),
        "unmatched": None if verdict.match is None else list(verdict.match.unmatched),
        "unknown_keys": list(file.unknown),
        "scales": scales,
        "norm_by_kind": verdict.norms,
        "relative_output_change": verdict.difference,
        "problems": problems,
        "notes": list(file.notes),
    }
    lines = [
        f"{asked.file}: {file.layout}, {len(file.modules)} modules",
        f"effective scale: {', '.join(f'{scale} in {count} modules' for scale, count in scales.items())}",
        "norm of the weights' change at strength 1:",
        *(f"  {norm:>10.4g} {name}" for name, norm in verdict.norms.items()),
    ]
    if verdict.match is not None:
        lines.append(f"{asked.model}: {len(verdict.match.matched)} of {len(file.modules)} modules match")
    if verdict.difference is not None:
        lines.append(f"one forward pass changes by {verdict.difference:.3g} of its size")
    lines += [f"note: {note}" for note in file.notes]
    lines += [f"FAILED: {problem}" for problem in problems] or ["ok"]
    show(result, as_json=common.json, lines=lines)
    return 1 if problems else 0
