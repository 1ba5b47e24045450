"""Optimisers by name and the learning rate of each step."""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any

from thermvision.finetune.config import FinetuneConfig
from thermvision.types import InputError

_BITSANDBYTES = {"adamw8bit": "AdamW8bit", "paged_adamw8bit": "PagedAdamW8bit", "lion8bit": "Lion8bit"}


def make_optimizer(config: FinetuneConfig, parameters: list[Any], device: str) -> Any:
    """The optimiser that the settings name; InputError if what it needs is absent."""
    import torch

    if config.optimizer == "adamw":
        # One fused kernel over all matrices: their number, not their size, costs the time.
        return torch.optim.AdamW(parameters, config.learning_rate, weight_decay=config.weight_decay, fused=True)
    if config.optimizer == "came":
        try:
            from came_pytorch import CAME
        except ImportError as error:
            raise InputError(
                'optimizer came needs the package came-pytorch; pip install "thermvision[flux]"'
            ) from error
        return CAME(parameters, lr=config.learning_rate, weight_decay=config.weight_decay)
    return getattr(bitsandbytes(f"optimizer {config.optimizer}", device).optim, _BITSANDBYTES[config.optimizer])(
        parameters, lr=config.learning_rate, weight_decay=config.weight_decay
    )


def check_optimizer(config: FinetuneConfig, device: str) -> None:
    """Refuse, before any work, an optimiser or a quantised base that cannot work here."""
    if config.optimizer in _BITSANDBYTES:
        bitsandbytes(f"optimizer {config.optimizer}", device)
    if config.base in ("nf4", "int8") and config.quantizer == "bitsandbytes":
        bitsandbytes(f"base {config.base}", device, instead="--base fp8 or bf16")
    if config.base in ("nf4", "int8") and config.quantizer == "torchao":
        if config.base == "nf4":
            raise InputError("base nf4 is not torchao's; choose --base int8, or quantizer bitsandbytes")
        try:
            import_module("torchao")
        except ImportError as error:
            raise InputError(
                f"base {config.base} needs the package torchao; pip install torchao, or choose --base fp8"
            ) from error


def bitsandbytes(for_what: str, device: str, instead: str = "--optimizer adamw or came") -> Any:
    """The package, or InputError saying what needs it and what does without."""
    if not device.startswith("cuda"):
        raise InputError(f"{for_what} needs a CUDA GPU and this is {device}; choose {instead}")
    try:
        return import_module("bitsandbytes")
    except ImportError as error:
        raise InputError(
            f"{for_what} needs the package bitsandbytes; pip install bitsandbytes, or choose {instead}"
        ) from error


def learning_rate_at(config: FinetuneConfig, step: int) -> float:
    """The learning rate of step number `step`, from 0: a pure function, so resuming needs no state."""
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    done = (step - config.warmup_steps) / max(1, config.steps - config.warmup_steps)
    done = min(1.0, done)
    share = {
        "linear": 1 - done,
        "cosine": 0.5 * (1 + math.cos(math.pi * done)),
        "cosine_with_restarts": 0.5 * (1 + math.cos(math.pi * (config.schedule_cycles * done % 1)))
        if done < 1
        else 0.0,
        "polynomial": (1 - done) ** config.schedule_power,
    }.get(config.schedule, 1.0)
    return config.learning_rate * share
