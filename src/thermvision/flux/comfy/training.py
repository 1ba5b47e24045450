"""The settings of a FluxTrainer workflow, and sentences on what in it has no effect, there or here."""

from __future__ import annotations

import math
from typing import Any

from thermvision.flux.comfy.graph import OUTPUTS, Graph, Node
from thermvision.types import InputError

_NUMBER = (int, float)
_ENDS = (*OUTPUTS, "FluxTrainEnd", "FluxTrainSave", "Display Any (rgthree)")
_OPTIMIZERS = {
    "came": "came",
    "adamw": "adamw",
    "adamw8bit": "adamw8bit",
    "pagedadamw8bit": "paged_adamw8bit",
    "lion8bit": "lion8bit",
}
_SCHEDULES = ("constant", "constant_with_warmup", "linear", "cosine", "cosine_with_restarts", "polynomial")
_TIMES = ("shift", "flux_shift", "sigmoid", "uniform")
_SEED, _TEXT_TOKENS, _BUCKET_STEP = 42, 512, 64  # fixed by the nodes
# Widgets of InitFluxLoRATraining in their order.
_INIT = (
    "output_name", "output_dir", "network_dim", "network_alpha", "learning_rate", "max_train_steps", "apply_t5_attn_mask", "cache_latents",
    "cache_text_encoder_outputs", "blocks_to_swap", "weighting_scheme", "logit_mean", "logit_std", "mode_scale", "timestep_sampling",
    "sigmoid_scale", "model_prediction_type", "guidance_scale", "discrete_flow_shift", "highvram", "fp8_base", "gradient_dtype", "save_dtype",
    "attention_mode", "sample_prompts", "additional_args", "train_text_encoder", "clip_l_lr", "T5_lr", "gradient_checkpointing",
)  # fmt: skip


def training_settings(graph: Graph) -> tuple[dict[str, Any], list[str]]:
    """Settings by the names of FinetuneConfig, without images, model and out; and notes.

    A workflow without exactly one live InitFluxLoRATraining raises InputError.
    """
    live = graph.upstream(graph.of_type(*_ENDS))
    starts = [node for node in live.values() if node.type == "InitFluxLoRATraining"]
    if len(starts) != 1:
        told = "no" if not starts else str(len(starts))
        raise InputError(f"workflow {graph.name} has {told} InitFluxLoRATraining that leads to an output; expected one")
    start, notes = starts[0], list(graph.idle(live))
    told_of = {name: place for place, name in enumerate(_INIT)}

    def value(name: str, kind: Any = object) -> Any:
        return start.widget(told_of[name], name, kind)

    settings: dict[str, Any] = {
        "seed": _SEED,
        "rank": value("network_dim", int),
        "alpha": float(value("network_alpha", _NUMBER)),
        "learning_rate": float(value("learning_rate", _NUMBER)),
        "steps": value("max_train_steps", int),
        "sigmoid_scale": float(value("sigmoid_scale", _NUMBER)),
        "guidance": float(value("guidance_scale", _NUMBER)),
        "discrete_flow_shift": float(value("discrete_flow_shift", _NUMBER)),
        "base": "fp8" if value("fp8_base", bool) else "bf16",
        "lora_dtype": "bf16" if value("gradient_dtype", str) == "bf16" else "fp32",
        "save_dtype": "fp32" if value("save_dtype", str) == "fp32" else "bf16",
        "gradient_checkpointing": value("gradient_checkpointing", str) != "disabled",
    }
    if not value("apply_t5_attn_mask", bool):  # masked padding is the same as none at all, which is usual here
        settings |= {"text_tokens": _TEXT_TOKENS, "text_padding": "fixed"}
    settings |= _times(value, notes)
    settings |= _optimizer(graph, start, notes)
    settings |= _data(graph, start, notes)
    settings |= _looks(graph, start, live, settings["steps"], notes)
    notes += _left_out(value)
    return settings, notes


def _times(value: Any, notes: list[str]) -> dict[str, Any]:
    sampling = value("timestep_sampling", str)
    inert = "weighting_scheme, logit_mean, logit_std and mode_scale"
    if sampling in _TIMES:
        notes.append(f"InitFluxLoRATraining: {inert} have no effect with timestep_sampling {sampling}")
        if sampling != "shift":
            notes.append(f"InitFluxLoRATraining: discrete_flow_shift has no effect with timestep_sampling {sampling}")
        return {"timestep_sampling": sampling}
    notes.append(
        f"InitFluxLoRATraining: timestep_sampling {sampling} is not offered here, flux_shift is used; {inert} have no effect"
    )
    return {"timestep_sampling": "flux_shift"}


def _optimizer(graph: Graph, start: Node, notes: list[str]) -> dict[str, Any]:
    node = graph.source(start, "optimizer_settings")
    if node is None or node.type != "OptimizerConfig":
        notes.append(
            f"node {node.id} {node.type} is not taken over, AdamW is used"
            if node
            else "no optimiser is linked, AdamW is used"
        )
        return {"optimizer": "adamw"}
    kind, schedule = node.widget(0, "optimizer_type", str), node.widget(2, "lr_scheduler", str)
    if kind.lower() not in _OPTIMIZERS:
        notes.append(f"node {node.id} OptimizerConfig: {kind} is not offered here, AdamW is used")
    if schedule not in _SCHEDULES:
        notes.append(f"node {node.id} OptimizerConfig: lr_scheduler {schedule} is not offered here, constant is used")
    notes.append(
        f"node {node.id} OptimizerConfig: min_snr_gamma {node.widget(6, 'min_snr_gamma'):g} has no effect on FLUX"
    )
    if extra := str(node.widget(7, "extra_optimizer_args")).strip():
        notes.append(f"node {node.id} OptimizerConfig: extra_optimizer_args '{extra}' are not taken over")
    return {
        "optimizer": _OPTIMIZERS.get(kind.lower(), "adamw"),
        "max_grad_norm": float(node.widget(1, "max_grad_norm", _NUMBER)),
        "schedule": schedule if schedule in _SCHEDULES else "constant",
        "warmup_steps": node.widget(3, "lr_warmup_steps", int),
        "schedule_cycles": node.widget(4, "lr_scheduler_num_cycles", int),
        "schedule_power": float(node.widget(5, "lr_scheduler_power", _NUMBER)),
    }


def _data(graph: Graph, start: Node, notes: list[str]) -> dict[str, Any]:
    """All data sets of the chain; the same folder at several resolutions is what the graph is made for."""
    sets, node = [], graph.source(start, "dataset")
    while node is not None and node.type == "TrainDatasetAdd":
        sets.append(node)
        node = graph.source(node, "dataset_config")
    if not sets:
        raise InputError(f"workflow {graph.name} has no TrainDatasetAdd linked to its training; link one")
    sizes = [(one.widget(0, "width", int), one.widget(1, "height", int)) for one in sets]
    batches = {one.widget(2, "batch_size", int) for one in sets}
    paths = sorted({str(one.widget(3, "dataset_path")) for one in sets})
    if any(width != height for width, height in sizes) or any(not one.widget(5, "enable_bucket", bool) for one in sets):
        notes.append("TrainDatasetAdd: sizes are areas here, each picture keeps about its own shape")
    if len(batches) > 1:
        notes.append(
            f"TrainDatasetAdd: batch sizes {', '.join(map(str, sorted(batches)))} become {max(batches)} for all"
        )
    if any(one.widget(7, "num_repeats", int) != 1 for one in sets):
        notes.append("TrainDatasetAdd: num_repeats is not taken over: steps say how long to train")
    notes.append(f"TrainDatasetAdd: dataset_path {', '.join(paths)} is not taken over: --images is the folder")
    found = {
        "resolution": tuple(sorted({round(math.sqrt(width * height)) for width, height in sizes})),
        "batch_size": max(batches),
        "trigger": str(sets[0].widget(4, "class_tokens", str)),
        "upscale": not all(one.widget(6, "bucket_no_upscale", bool) for one in sets),
        "bucket_step": _BUCKET_STEP,
        "min_side": min(one.widget(8, "min_bucket_reso", int) for one in sets),
        "max_side": max(one.widget(9, "max_bucket_reso", int) for one in sets),
    }
    if node is not None and node.type == "TrainDatasetGeneralConfig":
        for place, name in enumerate(("color_aug", "flip_aug", "shuffle_caption")):
            if node.widget(place, name, bool):
                notes.append(f"node {node.id} TrainDatasetGeneralConfig: {name} is not taken over")
        if node.widget(4, "alpha_mask", bool):
            notes.append(f"node {node.id} TrainDatasetGeneralConfig: alpha_mask is not taken over")
        if node.widget(6, "caption_extension", str) != ".txt":
            notes.append(f"node {node.id} TrainDatasetGeneralConfig: captions are read from .txt files only")
        found["caption_dropout"] = float(node.widget(3, "caption_dropout_rate", _NUMBER))
    return found


def _looks(graph: Graph, start: Node, live: dict[int, Node], steps: int, notes: list[str]) -> dict[str, Any]:
    loops = [one.widget(0, "steps", int) for one in live.values() if one.type == "FluxTrainLoop"]
    found: dict[str, Any] = {}
    if loops:
        found["save_every"] = found["sample_every"] = loops[0]
        if sum(loops) != steps:
            notes.append(
                f"the FluxTrainLoop nodes make {sum(loops)} steps, max_train_steps is {steps}: {min(steps, sum(loops))} are made"
            )
            found["steps"] = min(steps, sum(loops))
        if len(set(loops)) > 1:
            notes.append(f"the FluxTrainLoop nodes differ; a checkpoint is saved every {loops[0]} steps")
    if not any(one.type == "FluxTrainValidate" for one in live.values()):
        found["sample_every"] = 0
    looks = [one for one in live.values() if one.type == "FluxTrainValidationSettings"]
    if looks:
        found |= {"sample_steps": looks[0].widget(0, "steps", int), "sample_seed": looks[0].widget(4, "seed", int)}
        found["sample_guidance"] = float(looks[0].widget(3, "guidance_scale", _NUMBER))
        notes.append(
            "FluxTrainValidationSettings: width and height are not taken over: samples are as large as the training's pictures"
        )
    texts = graph.source(start, "sample_prompts")
    if texts is not None and texts.widgets:
        found["prompts"] = tuple(part.strip() for part in str(texts.widgets[0]).split("|") if part.strip())
        if "--" in str(texts.widgets[0]):
            notes.append(
                f"node {texts.id} {texts.type}: flags inside the prompts have no effect, the validation settings win"
            )
            found["prompts"] = tuple(prompt.partition(" --")[0] for prompt in found["prompts"])
    return found


def _left_out(value: Any) -> list[str]:
    notes = ["FluxTrainModelSelect: the files are not taken over: --model says which model is trained"]
    if value("blocks_to_swap"):
        notes.append("InitFluxLoRATraining: blocks_to_swap is not offered here; --base nf4 needs less memory")
    if value("model_prediction_type", str) != "raw":
        notes.append(
            f"InitFluxLoRATraining: model_prediction_type {value('model_prediction_type')} is not offered here, raw is used"
        )
    if value("train_text_encoder", str) != "disabled":
        notes.append("InitFluxLoRATraining: text encoders are not trained here")
    else:
        notes.append("InitFluxLoRATraining: clip_l_lr and T5_lr have no effect: the text encoders are not trained")
    if extra := str(value("additional_args")).strip():
        notes.append(f"InitFluxLoRATraining: additional_args '{extra}' are not taken over")
    if value("attention_mode", str) != "sdpa":
        notes.append(f"InitFluxLoRATraining: attention_mode {value('attention_mode')} is not taken over, sdpa is used")
    return notes
