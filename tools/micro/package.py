"""Put the trained parts together as a FluxPipeline folder: bf16 weights, thermvision.json, checksums."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import torch
from train_text import TEXT_TOKENS
from train_transformer import Text

from thermvision.flux.span import MICRO_SPAN

ABOUT = {
    "name": "micro", "family": "flux1", "text_tokens": TEXT_TOKENS, "text_padding": "fixed", "span_c": [MICRO_SPAN.low_c, MICRO_SPAN.high_c],
    "size_px": 256, "steps": 20, "true_cfg_scale": 3.0, "guidance_scale": None, "sampling": {"timestep_sampling": "uniform"},
}  # fmt: skip


def package(vae, transformer, text_folder: Path, shift: float, scale: float, out: Path, **facts):
    """Save all five parts and the scheduler; returns the size in MB."""
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxPipeline

    vae.register_to_config(scaling_factor=scale, shift_factor=shift)
    text = Text(text_folder)
    scheduler = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=False, shift=1.0)  # even times, as in training
    pipeline = FluxPipeline(scheduler=scheduler, vae=vae, text_encoder=text.clip, tokenizer=text.clip_tok, text_encoder_2=text.t5,
                            tokenizer_2=text.t5_tok, transformer=transformer)  # fmt: skip
    pipeline.to(torch.bfloat16)
    pipeline.save_pretrained(out)
    files = sorted(out.rglob("*.safetensors"))
    hashes = {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    shutil.copyfile(Path(__file__).with_name("card.md"), out / "README.md")
    (out / "thermvision.json").write_text(json.dumps({**ABOUT, **facts, "sha256": hashes}, indent=1) + "\n")
    return sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / 1e6
