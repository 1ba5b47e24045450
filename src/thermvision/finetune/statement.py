"""`finetune --dry-run`: what the data and the model come to, and which flags fit which GPU."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thermvision.finetune.batches import Batches, Item, held_out
from thermvision.finetune.buckets import bucket_rule, sizes_for
from thermvision.finetune.budget import FULL_SIZE, GIB, ModelSize, count_modules, flux1_size, other_parts, tokens_of
from thermvision.finetune.config import FinetuneConfig
from thermvision.finetune.data import read_pictures, resolutions_of
from thermvision.finetune.run_files import RunLog
from thermvision.flux.about import ModelAbout, read_about
from thermvision.flux.families import FLUX1, ModelFamily, family_named
from thermvision.flux.model_folder import MICRO, find_model, read_index
from thermvision.flux.needed import need, quieten
from thermvision.types import InputError

GPUS_GB = (24, 16, 12)
_USABLE = 0.96
_TEXT_TOKENS = 64  # of a usual caption


@dataclass(frozen=True, slots=True)
class Outline:
    """A model's configuration, read without its weights."""

    family: ModelFamily
    about: ModelAbout
    transformer: dict[str, Any]
    multiple_px: int


def state(config: FinetuneConfig) -> tuple[dict[str, Any], list[str]]:
    """Facts for programs and lines for people; nothing is written, fetched or encoded. InputError as in training, for the data."""
    need("torch", "diffusers", "transformers", "peft")
    quieten()
    outline = None if config.model != MICRO and not Path(config.model).is_dir() else outline_of(config.model)
    about = outline.about if outline else ModelAbout()
    data, data_lines = _data(config, about, outline.multiple_px if outline else 16)
    facts: dict[str, Any] = {"data": data}
    lines = [f"data: {config.images}", *(f"  {line}" for line in data_lines), f"model: {config.model}"]
    if outline is None:
        lines.append("  fetched when the run starts; if it is FLUX.1 it is as large as this:")
    else:
        facts["model"] = _local(config, outline)
        lines.append(
            f"  {outline.family.name}, {facts['model']['parameters']:,} parameters in the transformer; rank {config.rank} adds"
            f" {facts['model']['lora_parameters']:,} in {facts['model']['lora_modules']} modules"
        )
    facts["full_size"], full_lines = full_size(config)
    return facts, [*lines, *full_lines]


def outline_of(model: str) -> Outline:
    """Read a folder's configuration files."""
    folder = find_model(model)
    family = family_named(read_index(folder)["_class_name"])
    try:
        transformer = json.loads((folder / "transformer/config.json").read_text())
        levels = len(json.loads((folder / "vae/config.json").read_text())["block_out_channels"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"model {folder} cannot be understood ({type(error).__name__}); fetch or save it again"
        ) from error
    return Outline(
        family, read_about(folder), {k: v for k, v in transformer.items() if not k.startswith("_")}, 2**levels
    )


def full_size(config: FinetuneConfig) -> tuple[dict[str, Any], list[str]]:
    """FLUX.1 dev at this rank, batch size and optimiser: bytes, and for each GPU what fits."""
    size = flux1_size(FULL_SIZE, FLUX1.lora_targets[config.targets], config.rank)
    storages = {name: size.base_bytes(name) / GIB for name in ("bf16", "fp8", "nf4")}
    fits = {gb: _fitting(size, gb, config) for gb in GPUS_GB}
    tokens = {side: config.batch_size * tokens_of(side, _TEXT_TOKENS) for side in (512, 768, 1024)}
    kept = {
        side: tuple(size.activation_bytes(count, checkpointing=less) / GIB for less in (False, True))
        for side, count in tokens.items()
    }
    parts = other_parts()
    lines = [
        f"full-size FLUX.1 dev, rank {config.rank} on {config.targets} layers, batch {config.batch_size}, {config.optimizer}, {_TEXT_TOKENS} text tokens:",
        f"  transformer {size.parameters:,} parameters: " + ", ".join(f"{gib:.1f} GiB {name}" for name, gib in storages.items()),
        f"  LoRA {size.lora:,} parameters in {size.modules} modules: {size.learning_bytes(config.optimizer) / GIB:.1f} GiB with gradients and optimiser",
        *(
            f"  activations at {side} px: {much:.1f} GiB, with checkpointing {less:.1f} GiB" for side, (much, less) in kept.items()
        ),
        "  encoded before training and then dropped: " + ", ".join(f"{name} {count:,}" for name, count in parts.items())
        + f" parameters; loading takes {sum(parts.values()) * 2 / GIB + storages['bf16']:.0f} GiB of main memory",
        "  fp8 without checkpointing saves nothing: the bf16 copies of its weights stay until the backward pass",
    ]  # fmt: skip
    for gb, found in fits.items():
        lines.append(
            f"  {gb} GB GPU: "
            + ("; ".join(f"{flags} ({needed:.1f} GiB)" for flags, needed in found) or "nothing at this batch size")
        )
    facts = {
        "parameters": size.parameters, "lora_parameters": size.lora, "lora_modules": size.modules,
        "base_gib": {name: round(gib, 2) for name, gib in storages.items()},
        "activations_gib": {side: {"plain": round(a, 2), "checkpointing": round(b, 2)} for side, (a, b) in kept.items()},
        "fits": {gb: [{"flags": flags, "gib": round(needed, 1)} for flags, needed in found] for gb, found in fits.items()},
    }  # fmt: skip
    return facts, lines


def _fitting(size: ModelSize, gb: int, config: FinetuneConfig) -> list[tuple[str, float]]:
    """For each storage the greatest resolution that fits, without checkpointing if that fits too."""
    found = []
    for storage in ("bf16", "fp8", "nf4"):
        for side, checkpointing in ((1024, False), (1024, True), (768, True), (512, True)):
            needed = size.total_bytes(
                storage,
                config.batch_size * tokens_of(side, _TEXT_TOKENS),
                config.optimizer,
                checkpointing=checkpointing,
            )
            if needed <= gb * GIB * _USABLE:
                flags = f"--base {storage}{' --gradient-checkpointing' if checkpointing else ''} --resolution {side}"
                found.append((flags, needed / GIB))
                break
    return found


def _local(config: FinetuneConfig, outline: Outline) -> dict[str, Any]:
    import diffusers
    import torch

    kind = diffusers.FluxTransformer2DModel if outline.family is FLUX1 else diffusers.Flux2Transformer2DModel
    with torch.device("meta"):
        whole = kind.from_config(outline.transformer)
    modules, lora = count_modules(whole, outline.family.lora_targets[config.targets], config.rank)
    return {
        "parameters": sum(one.numel() for one in whole.parameters()),
        "lora_parameters": lora,
        "lora_modules": modules,
    }


def _data(config: FinetuneConfig, about: ModelAbout, multiple: int) -> tuple[dict[str, Any], list[str]]:
    pictures = read_pictures(config, about.span, RunLog(None))
    sides = resolutions_of(config, about.size_px)
    rule = bucket_rule(
        sides,
        multiple,
        step=config.bucket_step,
        min_side=config.min_side,
        max_side=config.max_side,
        upscale=config.upscale,
    )
    items = []
    for number, picture in enumerate(pictures):
        rows, columns = picture.unit().shape[:2]
        items += [Item(number, *size) for size in sizes_for(columns, rows, rule)]
    apart = held_out(
        [one.person for one in pictures], [one.split for one in pictures], config.validation_share, config.seed
    )
    training = [item for item in items if pictures[item.picture].person not in apart]
    if not training:
        raise InputError(f"no picture of {config.images} can be trained on at {', '.join(map(str, sides))} px; give larger ones, a smaller --resolution, or upscale")  # fmt: skip
    epoch = Batches(training, config.batch_size, config.seed).per_epoch
    buckets = Counter((item.width, item.height) for item in items)
    shown = ", ".join(f"{w}x{h}: {count}" for (w, h), count in sorted(buckets.items()))
    epochs = config.steps * config.gradient_accumulation / epoch
    facts = {
        "pictures": len(pictures), "people": len({one.person for one in pictures}), "held_out_people": len(apart),
        "buckets": {f"{w}x{h}": count for (w, h), count in sorted(buckets.items())}, "batches_per_epoch": epoch, "epochs": round(epochs, 2),
    }  # fmt: skip
    lines = [
        f"{len(pictures)} pictures of {facts['people']} people, {len(apart)} of them held out",
        f"sizes: {shown}",
        f"{epoch} batches of {config.batch_size} an epoch; {config.steps} steps are {epochs:.1f} epochs",
    ]
    return facts, lines
