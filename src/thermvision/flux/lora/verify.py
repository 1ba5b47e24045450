"""Does a LoRA file fit and does it do anything: against one forward pass of a transformer, or against itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thermvision.flux.lora.apply import apply_lora
from thermvision.flux.lora.describe import norms_by_kind
from thermvision.flux.lora.extra import needed
from thermvision.flux.lora.file import LoraFile
from thermvision.flux.lora.matching import Match, family_of_transformer, match
from thermvision.types import InputError

IMAGE_ROWS, TEXT_TOKENS, SEED = 8, 16, 20250101  # of the fixed forward pass: 64 image tokens


@dataclass(frozen=True)
class Verdict:
    """What was found of a file."""

    file: LoraFile
    norms: dict[str, float]  # of the change of the weights, by kind of module
    match: Match | None  # None: no model was given
    difference: float | None  # root mean square of the output's change over that of the output; None: no forward pass

    @property
    def problems(self) -> list[str]:
        """Sentences; empty if the file fits and has an effect."""
        found = []
        if self.file.unknown:
            found.append(f"{len(self.file.unknown)} keys are not understood, such as {self.file.unknown[0]}")
        if self.match is not None and self.match.unmatched:
            found.append(
                f"{len(self.match.unmatched)} of {len(self.file.modules)} modules do not match the model, such as"
                f" {self.match.unmatched[0]}; it was {self.match.reason}"
            )
        if not any(self.norms.values()):
            found.append("the LoRA changes nothing: all its weights or its scales are zero")
        elif self.difference is not None and self.difference == 0.0:
            found.append("the model's output is the same with and without the LoRA")
        return found


def verify(file: LoraFile, transformer: Any = None) -> Verdict:
    """Compare a file with a transformer, if given: names, shapes, and the output with and without it."""
    found = match(file, transformer) if transformer is not None else None
    difference = None
    if found is not None and not found.unmatched:
        difference = output_change(transformer, file)
    return Verdict(file, norms_by_kind(file), found, difference)


def output_change(transformer: Any, file: LoraFile) -> float:
    """Relative root-mean-square change of one forward pass with fixed random inputs; the transformer is as before."""
    torch = needed("torch")
    without = forward(transformer).float()
    applied = apply_lora(transformer, file, adapter="thermvision-verify")
    try:
        with_it = forward(transformer).float()
    finally:
        applied.remove()
    change = (with_it - without).square().mean().sqrt() / without.square().mean().sqrt().clamp(
        min=torch.finfo(torch.float32).tiny
    )
    return float(change)


def forward(transformer: Any) -> Any:
    """Velocity tokens (1, 64, c) of one pass in the middle of the schedule with fixed random inputs."""
    torch = needed("torch")
    config, family = transformer.config, family_of_transformer(transformer)
    draw = torch.Generator("cpu").manual_seed(SEED)
    like = next(one for one in transformer.parameters() if one.is_floating_point() and one.element_size() > 1)
    place = {"device": like.device, "dtype": like.dtype}
    axes = len(config.axes_dims_rope)
    ids = torch.zeros(IMAGE_ROWS, IMAGE_ROWS, axes)
    ids[..., 1] = torch.arange(IMAGE_ROWS)[:, None]
    ids[..., 2] = torch.arange(IMAGE_ROWS)[None, :]
    inputs = {
        "hidden_states": torch.randn(1, IMAGE_ROWS**2, config.in_channels, generator=draw).to(**place),
        "encoder_hidden_states": torch.randn(1, TEXT_TOKENS, config.joint_attention_dim, generator=draw).to(**place),
        "timestep": torch.tensor([0.5]).to(**place),
        "img_ids": ids.reshape(-1, axes).to(like.device),
        "txt_ids": torch.zeros(TEXT_TOKENS, axes, device=like.device),
        "guidance": torch.tensor([3.5]).to(**place) if config.guidance_embeds else None,
    }
    if family == "flux1":
        inputs["pooled_projections"] = torch.randn(1, config.pooled_projection_dim, generator=draw).to(**place)
    with torch.no_grad():
        out = transformer(**inputs, return_dict=False)[0]
    if not math.isfinite(float(out.float().abs().max())):
        raise InputError("the model's output is not finite; its weights are damaged or the LoRA is far too strong")
    return out


def open_transformer(model: str) -> Any:
    """Only the transformer of `micro` or of a pipeline folder; InputError if it is not there or cannot be read."""
    import thermvision

    folder = Path(thermvision.__file__).parent / "assets" / "micro" if model == "micro" else Path(model)
    if not (folder / "transformer" / "config.json").is_file():
        hint = (
            "this installation has no micro weights" if model == "micro" else f"{folder} has no transformer/config.json"
        )
        raise InputError(f"model is '{model}' and {hint}; give micro or a folder that a FLUX pipeline was saved in")
    diffusers = needed("diffusers")
    try:
        config = diffusers.FluxTransformer2DModel.load_config(folder, subfolder="transformer")
        kind = {"Flux2Transformer2DModel": diffusers.Flux2Transformer2DModel}.get(
            str(config.get("_class_name")), diffusers.FluxTransformer2DModel
        )
        return kind.from_pretrained(folder, subfolder="transformer", local_files_only=True).eval()
    except (OSError, ValueError, RuntimeError, TypeError, needed("safetensors").SafetensorError) as error:
        raise InputError(
            f"the transformer in {folder} cannot be read ({' '.join(str(error).split())[:200]}); copy it again"
        ) from error
