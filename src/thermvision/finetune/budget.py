"""What training takes: parameters, bytes by storage, activations; for full-size FLUX.1 without its weights."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

GIB = 1 << 30
FULL_SIZE = {
    "patch_size": 1, "in_channels": 64, "num_layers": 19, "num_single_layers": 38, "attention_head_dim": 128, "num_attention_heads": 24,
    "joint_attention_dim": 4096, "pooled_projection_dim": 768, "guidance_embeds": True, "axes_dims_rope": (16, 56, 56),
}  # fmt: skip
_T5 = {
    "vocab_size": 32128,
    "d_model": 4096,
    "d_kv": 64,
    "d_ff": 10240,
    "num_layers": 24,
    "num_heads": 64,
    "feed_forward_proj": "gated-gelu",
}
_NF4_BYTES = 0.5 + 4 / 64 / 4 + 1e-3  # a scale of 8 bits for 64 numbers, and scales of those
_OVERHEAD = 1.2 * GIB  # CUDA's own, allocator's gaps; an estimate
_BYTES_OF_ADAM = {"adamw": 8, "came": 4, "adamw8bit": 2, "paged_adamw8bit": 2, "lion8bit": 1}  # a number that learns


@dataclass(frozen=True, slots=True)
class ModelSize:
    """Counts of a transformer, and bytes of activations for one token of text or picture."""

    parameters: int
    linear: int  # of them in the blocks' linear layers, which are quantised or kept in fp8
    largest_block: int  # of them in one block
    lora: int  # that learn
    modules: int  # that they are added to
    blocks: int
    width: int
    saved_per_token: float  # bytes kept for the backward pass, all blocks
    block_per_token: float  # of the largest block
    rest_per_token: float  # outside the blocks

    def base_bytes(self, storage: str) -> float:
        """Of the frozen weights."""
        each = {"fp32": 4.0, "bf16": 2.0, "fp8": 1.0, "int8": 1.0, "nf4": _NF4_BYTES}[storage]
        return self.linear * each + (self.parameters - self.linear) * max(2.0, each if storage == "fp32" else 2.0)

    def copy_bytes(self, storage: str, *, checkpointing: bool) -> float:
        """Of bf16 copies of fp8 weights, which live until the backward pass is through: of one block, or without checkpointing of all."""
        return 0.0 if storage != "fp8" else 2.0 * (self.largest_block if checkpointing else self.linear)

    def activation_bytes(self, tokens: int, *, checkpointing: bool) -> float:
        """For `tokens` of all pictures and texts of a batch: with checkpointing only the blocks' inputs, and one block at work."""
        if checkpointing:
            return tokens * (self.blocks * self.width * 2 + self.block_per_token + self.rest_per_token)
        return tokens * self.saved_per_token

    def learning_bytes(self, optimizer: str) -> float:
        """LoRA weights, gradients and the optimiser's state, float32."""
        return self.lora * (4 + 4 + _BYTES_OF_ADAM[optimizer])

    def total_bytes(self, storage: str, tokens: int, optimizer: str, *, checkpointing: bool) -> float:
        """On the GPU in a training step: text encoders and VAE are gone by then."""
        return (
            self.base_bytes(storage)
            + self.copy_bytes(storage, checkpointing=checkpointing)
            + self.learning_bytes(optimizer)
            + self.activation_bytes(tokens, checkpointing=checkpointing)
            + _OVERHEAD
        )


def count_modules(transformer: Any, targets: str, rank: int) -> tuple[int, int]:
    """Modules that the targets name, and numbers that learn in them."""
    import torch

    pairs = [
        (module.in_features, module.out_features)
        for name, module in transformer.named_modules()
        if isinstance(module, torch.nn.Linear) and re.fullmatch(targets, name)
    ]
    return len(pairs), rank * sum(a + b for a, b in pairs)


def flux1_size(config: dict[str, Any], targets: str, rank: int) -> ModelSize:
    """Counts for a FLUX.1 transformer of that configuration; activations as its own forward pass keeps them, in bf16.

    The pass is made on torch's meta device, which computes shapes only; three depths tell blocks apart.
    """
    import torch
    from diffusers import FluxTransformer2DModel

    with torch.device("meta"):
        whole = FluxTransformer2DModel(**config)
    parameters = sum(one.numel() for one in whole.parameters())
    linear = {
        block: sum(
            module.weight.numel()
            for name, module in whole.named_modules()
            if isinstance(module, torch.nn.Linear) and name.startswith(block)
        )
        for block in ("transformer_blocks.", "single_transformer_blocks.")
    }
    modules, lora = count_modules(whole, targets, rank)
    doubles, singles = int(config["num_layers"]), int(config["num_single_layers"])
    few = [
        _saved_per_token({**config, "num_layers": a, "num_single_layers": b}, targets, rank)
        for a, b in ((1, 1), (2, 1), (1, 2))
    ]
    double, single = few[1] - few[0], few[2] - few[0]
    rest = few[0] - double - single
    return ModelSize(
        parameters=parameters,
        linear=sum(linear.values()),
        largest_block=linear["transformer_blocks."] // doubles,
        lora=lora,
        modules=modules,
        blocks=doubles + singles,
        width=int(config["num_attention_heads"]) * int(config["attention_head_dim"]),
        saved_per_token=rest + doubles * double + singles * single,
        block_per_token=max(double, single),
        rest_per_token=rest,
    )


def other_parts() -> dict[str, int]:
    """Parameters of FLUX.1's text encoders and VAE."""
    import torch
    from diffusers import AutoencoderKL
    from transformers import CLIPTextConfig, CLIPTextModel, T5Config, T5EncoderModel

    with torch.device("meta"):
        parts = {
            "T5-XXL": T5EncoderModel(T5Config(**_T5, is_encoder_decoder=False)),
            "CLIP-L": CLIPTextModel(
                CLIPTextConfig(
                    vocab_size=49408, hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12
                )
            ),
            "VAE": AutoencoderKL(
                latent_channels=16, block_out_channels=(128, 256, 512, 512), layers_per_block=2,
                down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
                use_quant_conv=False, use_post_quant_conv=False,
            ),
        }  # fmt: skip
    return {name: sum(one.numel() for one in part.parameters()) for name, part in parts.items()}


def tokens_of(resolution: int, text_tokens: int, multiple: int = 16) -> int:
    """Of one picture and its text."""
    return math.ceil(resolution / multiple) ** 2 + text_tokens


def _saved_per_token(config: dict[str, Any], targets: str, rank: int) -> float:
    """Bytes that a forward pass keeps for the backward pass, weights left out, for one token of the pass."""
    import torch
    from diffusers import FluxTransformer2DModel
    from peft import LoraConfig

    pictures, texts, kept = 1024, 128, {}
    with torch.device("meta"):
        model = FluxTransformer2DModel(**config).bfloat16()
        model.requires_grad_(False)
        model.add_adapter(LoraConfig(r=rank, lora_alpha=rank, target_modules=targets, init_lora_weights=False))
        own = {id(one) for one in model.parameters()}
        shapes = {
            "hidden_states": (1, pictures, config["in_channels"]), "encoder_hidden_states": (1, texts, config["joint_attention_dim"]),
            "pooled_projections": (1, config["pooled_projection_dim"]), "timestep": (1,), "img_ids": (pictures, 3), "txt_ids": (texts, 3),
        }  # fmt: skip
        given = {name: torch.empty(shape, dtype=torch.bfloat16) for name, shape in shapes.items()}
        if config["guidance_embeds"]:
            given["guidance"] = torch.empty(1, dtype=torch.bfloat16)

        def keep(tensor: Any) -> Any:
            storage = tensor.untyped_storage()
            if id(tensor) not in own and not isinstance(tensor, torch.nn.Parameter):
                kept[storage._cdata] = (storage, storage.nbytes())  # held, or another could get its address
            return tensor

        weights = {one.untyped_storage()._cdata for one in model.parameters()}
        with _fused_attention(), torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            result = model(**given, return_dict=False)[0]
        total = sum(size for place, (_, size) in kept.items() if place not in weights)
        del result
    return total / (pictures + texts)


@contextlib.contextmanager
def _fused_attention() -> Iterator[None]:
    """Attention that keeps queries, keys, values, result and one number a row, as fused kernels do; for shapes only."""
    import torch

    class Fused(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, query: Any, key: Any, value: Any) -> Any:
            result = torch.empty_like(query)
            ctx.save_for_backward(query, key, value, result, query.new_empty(query.shape[:-1], dtype=torch.float32))
            return result

        @staticmethod
        def backward(ctx: Any, *gradients: Any) -> Any:
            raise NotImplementedError

    before = torch.nn.functional.scaled_dot_product_attention
    torch.nn.functional.scaled_dot_product_attention = lambda query, key, value, *_, **__: Fused.apply(
        query, key, value
    )
    try:
        yield
    finally:
        torch.nn.functional.scaled_dot_product_attention = before
