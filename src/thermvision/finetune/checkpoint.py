"""Checkpoints: all that a run needs to go on bit for bit, in safetensors and JSON, written whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thermvision.disk import plain_disk_errors

TENSORS, FACTS, LORA = "state.safetensors", "state.json", "lora.safetensors"
_PREFIX, _TEMPORARY = "step-", ".tmp-"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint as read: step, and what `gather` put together."""

    step: int
    tensors: dict[str, Any]
    facts: dict[str, Any]


def gather(
    parameters: dict[str, Any], optimizer: Any, averages: dict[str, Any] | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Tensors and plain numbers of weights, optimiser and averaged weights, by name."""
    import torch

    tensors = {f"weight.{name}": one.detach() for name, one in parameters.items()}
    tensors |= {f"average.{name}": one for name, one in (averages or {}).items()}
    numbers: dict[str, Any] = {}
    for name, parameter in parameters.items():
        for field, value in optimizer.state.get(parameter, {}).items():
            if isinstance(value, torch.Tensor):
                tensors[f"optimizer.{field}.{name}"] = value
            else:
                numbers[f"{field}.{name}"] = value
    return {name: one.detach().cpu().contiguous().clone() for name, one in tensors.items()}, numbers


def restore(checkpoint: Checkpoint, parameters: dict[str, Any], optimizer: Any) -> dict[str, Any]:
    """Put weights and optimiser state back, number formats as saved; returns the averaged weights.

    The optimiser's own load_state_dict is not used: it would turn its float32 state into the weights' format.
    """
    averages = {}
    for name, tensor in checkpoint.tensors.items():
        kind, _, rest = name.partition(".")
        if kind == "weight":
            parameters[rest].data.copy_(tensor)
        elif kind == "average":
            averages[rest] = tensor
        else:
            field, _, of = rest.partition(".")
            optimizer.state[parameters[of]][field] = tensor.to(parameters[of].device)
    for name, number in checkpoint.facts["optimizer"].items():
        field, _, of = name.partition(".")
        optimizer.state[parameters[of]][field] = number
    return averages


def write_checkpoint(
    folder: Path,
    step: int,
    tensors: dict[str, Any],
    facts: dict[str, Any],
    write_lora: Callable[[Path], None],
    keep: int,
) -> Path:
    """Write `step-NNNNNN` and remove all but the last `keep`; a killed process leaves the earlier ones untouched."""
    from safetensors.torch import save

    target = folder / f"{_PREFIX}{step:06d}"
    temporary = folder / f"{_TEMPORARY}{target.name}"
    with plain_disk_errors(folder, "the checkpoints before this one stay"):
        try:
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(parents=True)
            (temporary / TENSORS).write_bytes(save(tensors))
            write_lora(temporary / LORA)
            (temporary / FACTS).write_text(json.dumps({"step": step, **facts}) + "\n")
            for file in temporary.iterdir():
                _to_disk(file)
            shutil.rmtree(target, ignore_errors=True)
            os.replace(temporary, target)
            _to_disk(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    for old in checkpoints(folder)[:-keep]:
        shutil.rmtree(old, ignore_errors=True)
    return target


def checkpoints(folder: Path) -> list[Path]:
    """The finished checkpoints, oldest first."""
    return sorted(path for path in folder.glob(f"{_PREFIX}*") if (path / FACTS).is_file())


def last_checkpoint(folder: Path, warn: Callable[[str], None]) -> Checkpoint | None:
    """The newest checkpoint that can be read; `warn` gets a sentence on damaged ones."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    for path in reversed(checkpoints(folder)):
        try:
            facts = json.loads((path / FACTS).read_text())
            return Checkpoint(int(facts["step"]), load((path / TENSORS).read_bytes()), facts)
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            warn(f"checkpoint {path} is damaged ({type(error).__name__}); going on from the one before")
    return None


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
