"""The model that learns: a frozen base in the asked storage, with LoRA matrices in its layers."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from thermvision.finetune.config import FinetuneConfig
from thermvision.flux.load import OpenedModel
from thermvision.types import InputError

ADAPTER = "default"
_A, _B = f".lora_A.{ADAPTER}.weight", f".lora_B.{ADAPTER}.weight"


def add_lora(config: FinetuneConfig, opened: OpenedModel, device: str) -> dict[str, Any]:
    """Turn the pipeline's transformer into the learner, on the device: name -> parameter of everything that is trained.

    down matrices start as Kaiming's uniform numbers (drawn from the seed), up matrices as zeros: at first nothing changes.
    """
    import torch
    from peft import LoraConfig

    pipeline = opened.pipeline
    if config.base in ("int8", "nf4"):
        pipeline.transformer = None  # its place is needed for the quantised one
        pipeline.transformer = _quantised(config, opened, device)
    elif config.base == "fp8":
        pipeline.transformer.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=torch.bfloat16)
    transformer = pipeline.transformer
    transformer.requires_grad_(False)
    if config.gradient_checkpointing:
        transformer.enable_gradient_checkpointing()
    targets = opened.family.lora_targets[config.targets]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        transformer.add_adapter(
            LoraConfig(
                r=config.rank, lora_alpha=config.alpha or config.rank, init_lora_weights=True, target_modules=targets
            )
        )
    if config.base not in ("int8", "nf4"):
        transformer.to(device)
    learning = {name: one for name, one in transformer.named_parameters() if one.requires_grad}
    for parameter in learning.values():
        parameter.data = parameter.data.to(torch.float32 if config.lora_dtype == "fp32" else torch.bfloat16)
    return learning


def folded_modules(parameters: dict[str, Any], scale: float) -> dict[str, tuple[Any, Any]]:
    """Module name -> (down (r, in), up (out, r) times `scale`), float32 on the CPU: what a LoRA file holds."""
    return {
        name.removesuffix(_A): (
            down.detach().float().cpu(),
            parameters[name.removesuffix(_A) + _B].detach().float().cpu() * scale,
        )
        for name, down in parameters.items()
        if name.endswith(_A)
    }


def _quantised(config: FinetuneConfig, opened: OpenedModel, device: str) -> Any:
    import torch
    from diffusers import AutoModel

    try:
        return AutoModel.from_pretrained(
            str(opened.folder),
            subfolder="transformer",
            quantization_config=_quantization(config),
            dtype=torch.bfloat16,
            local_files_only=True,
            device_map={"": device},
        )
    except (ImportError, ValueError) as error:
        raise InputError(
            f"base {config.base} by {config.quantizer} does not work here ({' '.join(str(error).split())[:160]}); choose --base fp8"
        ) from error


def _quantization(config: FinetuneConfig) -> Any:
    import diffusers
    import torch

    if config.quantizer == "torchao":
        return diffusers.TorchAoConfig(import_module("torchao.quantization").Int8WeightOnlyConfig())
    if config.base == "int8":
        return diffusers.BitsAndBytesConfig(load_in_8bit=True)
    return diffusers.BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
