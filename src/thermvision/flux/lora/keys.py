"""One key of a LoRA file taken apart: prefix, module, and what the tensor is to the module."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from thermvision.flux.lora.file import Layout

Role = Literal["down", "up", "alpha"]

TEXT_ENCODER = re.compile(r"^(lora_te\d?_|text_encoders?(_\d)?\.|te\d?\.|clip_l\.|t5xxl\.)")
DORA = re.compile(r"\.dora_scale$|lora_magnitude_vector")
_KEY = re.compile(
    r"^(?P<module>.+?)\.(?:(?P<alpha>alpha)|(?P<side>lora_A|lora_B|lora_down|lora_up|lora\.down|lora\.up|down|up)(?:\.default)?\.weight)$"
)
_UP = {"lora_B", "lora_up", "lora.up", "up"}
_UNDERSCORED = ("lora_unet_", "lora_transformer_", "lycoris_")
_DOTTED = ("base_model.model.", "model.diffusion_model.", "diffusion_model.", "transformer.")
_OTHER_KINDS = (
    (re.compile(r"\.lokr_"), "LoKr weights"),
    (re.compile(r"\.hada_"), "LoHa weights"),
    (re.compile(r"\.(diff|diff_b|set_weight)$"), "whole weight differences"),
    (re.compile(r"(query|key)_norm\.scale$|norm_(added_)?[qk]\."), "norms of a control LoRA"),
    (re.compile(r"lora_[AB](\.default)?\.bias$"), "LoRA biases"),
    (
        re.compile(r"lora_unet_(down|up|mid|input|output|middle)_block|^unet\.|transformer_in\."),
        "layers of Stable Diffusion",
    ),
    (re.compile(r"joint_blocks|^lora_unet_layers_"), "layers of another model"),
)


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a file: the module without prefix, in the spelling of the file, and the tensor's role."""

    module: str
    role: Role
    underscored: bool  # kohya's spelling, with _ for every dot


def take_apart(key: str) -> Key | None:
    """The parts of a LoRA key; None if it is none."""
    match = _KEY.match(key)
    if match is None:
        return None
    role: Role = "alpha" if match["alpha"] else "up" if match["side"] in _UP else "down"
    module = match["module"]
    if prefix := next((one for one in _UNDERSCORED if module.startswith(one)), ""):
        return Key(module.removeprefix(prefix), role, True)
    for prefix in _DOTTED:  # peft's own prefix may stand before another
        module = module.removeprefix(prefix)
    return Key(module, role, False)


def layout_of(key: Key) -> Layout:
    """The layout that spells a key so."""
    if key.underscored:
        return "kohya"
    if ".processor." in key.module:
        return "xlabs"
    bfl = ("double_blocks.", "single_blocks.", "img_in", "txt_in", "time_in.", "vector_in.", "guidance_in.")
    if key.module.startswith((*bfl, "final_layer.")) or key.module.endswith("_modulation.lin"):
        return "bfl"
    return "bfl" if re.search(r"_stream_modulation(_\w+)?\.lin$", key.module) else "diffusers"


def what_else(keys: list[str]) -> str:
    """In words what unknown keys seem to be; empty if there is no saying."""
    kinds = [words for pattern, words in _OTHER_KINDS if any(pattern.search(key) for key in keys)]
    return " and ".join(kinds)
