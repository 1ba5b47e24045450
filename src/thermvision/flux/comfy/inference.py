"""The settings of an inference workflow around XlabsSampler, and sentences on what in it has no effect."""

from __future__ import annotations

import re
from typing import Any

from thermvision.flux.comfy.graph import OUTPUTS, Graph, Node
from thermvision.types import InputError

_NUMBER = (int, float)
_WEIGHTED = re.compile(r"(?<!\\)[()]")
_MODEL_LOADERS = ("UNETLoader", "CheckpointLoaderSimple", "UnetLoaderGGUF")
_LORAS = ("LoraLoader", "LoraLoaderModelOnly", "FluxLoraLoader")


def inference_settings(graph: Graph) -> tuple[dict[str, Any], list[str]]:
    """Settings by the names of PaintConfig, with `model` and `lora` as the workflow names the files; and notes.

    A workflow without exactly one live XlabsSampler, or one that is not wired up, raises InputError.
    """
    live = graph.upstream(graph.of_type(*OUTPUTS))
    samplers = [node for node in live.values() if node.type == "XlabsSampler"]
    if len(samplers) != 1:
        told = "no" if not samplers else str(len(samplers))
        raise InputError(f"workflow {graph.name} has {told} XlabsSampler that leads to an output; expected one")
    sampler, notes = samplers[0], list(graph.idle(live))
    seed, steps = sampler.widget(0, "noise_seed", int), sampler.widget(2, "steps", int)
    settings: dict[str, Any] = {
        "mode": "comfy-compat",
        "seed": seed,
        "steps": steps,
        "cfg_start_step": sampler.widget(3, "timestep_to_start_cfg", int),
        "true_cfg": float(sampler.widget(4, "true_gs", _NUMBER)),
        "denoise": float(sampler.widget(6, "denoise_strength", _NUMBER)),
    }
    settings |= _texts(graph, sampler, notes)
    settings |= _latent(graph, sampler, notes)
    settings |= _model(graph, sampler, notes)
    notes += _sampler_notes(sampler)
    return settings, notes


def _needed(graph: Graph, node: Node, name: str, *types: str) -> Node:
    found = graph.source(node, name)
    if found is None or (types and found.type not in types):
        what = "nothing" if found is None else f"node {found.id} {found.type}"
        raise InputError(
            f"workflow {graph.name}: {name} of node {node.id} {node.type} comes from {what}; expected {' or '.join(types)}"
        )
    return found


def _texts(graph: Graph, sampler: Node, notes: list[str]) -> dict[str, Any]:
    positive = _needed(graph, sampler, "conditioning", "CLIPTextEncodeFlux")
    negative = _needed(graph, sampler, "neg_conditioning", "CLIPTextEncodeFlux")
    for node in (positive, negative):
        if any(_WEIGHTED.search(str(text)) for text in node.widgets[:2]):
            notes.append(f"node {node.id} {node.type}: brackets are weights in ComfyUI; here they are part of the text")
    guidance = float(positive.widget(2, "guidance", _NUMBER))
    unused = float(negative.widget(2, "guidance", _NUMBER))
    if unused != guidance:
        notes.append(f"node {negative.id} CLIPTextEncodeFlux: guidance {unused:g} has no effect: the sampler reads it from the positive text only, where it is {guidance:g}")  # fmt: skip
    return {
        "prompt": str(positive.widget(1, "t5xxl", str)),
        "clip_prompt": str(positive.widget(0, "clip_l", str)),
        "negative_prompt": str(negative.widget(1, "t5xxl", str)),
        "negative_clip_prompt": str(negative.widget(0, "clip_l", str)),
        "guidance": guidance,
    }


def _latent(graph: Graph, sampler: Node, notes: list[str]) -> dict[str, Any]:
    latent = _needed(graph, sampler, "latent_image", "EmptyLatentImage", "EmptySD3LatentImage", "VAEEncode")
    strength = float(sampler.widget(5, "image_to_image_strength", _NUMBER))
    if latent.type == "VAEEncode":
        notes.append(f"node {latent.id} VAEEncode: give the picture to start from with --image")
        return {"strength": strength}
    width, height, count = (latent.widget(k, name, int) for k, name in enumerate(("width", "height", "batch_size")))
    if latent.type == "EmptyLatentImage":
        notes.append(
            f"node {sampler.id} XlabsSampler: image_to_image_strength {strength:g} has no effect: an empty latent of 4 channels is no picture"
        )
    elif strength < 1:
        notes.append(
            f"node {sampler.id} XlabsSampler: image_to_image_strength {strength:g} would start from an empty picture; it is not used here"
        )
    return {"width": width, "height": height, "count": count}


def _model(graph: Graph, sampler: Node, notes: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    node = _needed(graph, sampler, "model", *_LORAS, *_MODEL_LOADERS)
    while node.type in _LORAS:
        if "lora" in found:
            raise InputError(
                f"workflow {graph.name} applies two LoRAs, {found['lora']} and {node.widget(0, 'lora_name', str)}; one is supported: bypass the other in ComfyUI"
            )
        found["lora"] = node.widget(0, "lora_name", str)
        found["lora_strength"] = float(node.widget(1, "strength_model", _NUMBER))
        if node.type == "LoraLoader" and len(node.widgets) > 2:
            notes.append(
                f"node {node.id} LoraLoader: strength_clip {node.widgets[2]:g} has no effect: {_clip_reason(graph, node)}"
            )
        node = _needed(graph, node, "model", *_LORAS, *_MODEL_LOADERS)
    found["model"] = node.widget(0, "unet_name", str)
    if len(node.widgets) > 1 and "fp8" in str(node.widgets[1]):
        notes.append(
            f"node {node.id} {node.type}: weight_dtype {node.widgets[1]} is not taken over: the model is used as --model has it"
        )
    return found


def _clip_reason(graph: Graph, lora: Node) -> str:
    origins = {
        graph.links[link] for node in graph.nodes.values() for link in node.inputs.values() if link in graph.links
    }
    if (lora.id, 1) not in origins:
        return "its CLIP output is not linked"
    return "only the transformer's part of a LoRA is applied here"


def _sampler_notes(sampler: Node) -> list[str]:
    after = sampler.widgets[1] if len(sampler.widgets) > 1 else "fixed"
    if after == "fixed":
        return []
    return [f"node {sampler.id} XlabsSampler: {after} has no effect: every run here has the seed that is given"]
