"""The settings of a fine-tuning run: one model for Python, YAML and the command line."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from tyro.conf import Suppress

from thermvision.flux.span import Span
from thermvision.types import InputError
from thermvision.wording import complaint

# What may change between two starts of one run: places, how long, and what only looks on.
_NOT_IN_HASH = {
    "out", "images", "cache", "comfy_workflow", "steps", "save_every", "keep_checkpoints", "sample_every", "sample_steps", "prompts",
    "sample_seed", "log_with", "device", "base", "gradient_checkpointing",
}  # fmt: skip
_ENDLESS = {"constant", "constant_with_warmup"}  # schedules that do not depend on how many steps there are


class FinetuneConfig(BaseModel):
    """Teach FLUX a thermal look: LoRA on pictures in a fixed temperature span; run again to go on where it stopped.

    Also: --config FILE (YAML with these settings and those of docs/finetune.md; flags win), --dry-run
    (what it takes, for full-size FLUX.1 dev too), --json. On several GPUs: accelerate launch -m thermvision finetune ...
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    images: Annotated[
        Path, Field(description="folder of thermal pictures with captions beside them (.txt), or a data set of ours")
    ]
    out: Annotated[Path, Field(description="folder of the run")]
    model: Annotated[
        str, Field(description="micro, a folder, or a repository of the hub such as black-forest-labs/FLUX.1-dev")
    ] = "micro"
    steps: Annotated[int, Field(ge=1, le=1_000_000, description="updates of the weights")] = 1000
    rank: Annotated[int, Field(ge=1, le=1024, description="of the LoRA matrices, 1 to 1024")] = 16
    alpha: Annotated[
        float | None,
        Field(gt=0, le=4096, description="the LoRA counts alpha/rank"),
        tyro.conf.arg(metavar="FLOAT", help_behavior_hint="(default: the rank)"),
    ] = None
    learning_rate: Annotated[float, Field(gt=0, le=1, description="highest step length of the optimiser")] = 1e-4
    batch_size: Annotated[int, Field(ge=1, le=1024, description="pictures a step and process")] = 1
    resolution: Annotated[
        tuple[int, ...],
        Field(
            description="px: pictures are used at each, in shapes near their own with about that many squared pixels"
        ),
        tyro.conf.arg(metavar="PX [PX ...]", help_behavior_hint="(default: the model's own, else 512 768 1024)"),
    ] = ()
    span: Annotated[
        tuple[float, float] | None,
        Field(description="temperatures in C of black and white; of 8-bit pictures what they show"),
        tyro.conf.arg(metavar="LOW HIGH", help_behavior_hint="(default: the model's own)"),
    ] = None
    trigger: Annotated[
        str, Field(description="words put before each caption, and the caption of pictures without one")
    ] = ""
    targets: Annotated[
        Literal["all", "diffusers", "attention"],
        Field(
            description="layers that learn: all of the blocks (as FluxTrainer), diffusers' default, or attention only"
        ),
    ] = "all"
    optimizer: Annotated[
        Literal["adamw", "came", "adamw8bit", "paged_adamw8bit", "lion8bit"],
        Field(description="8-bit ones need bitsandbytes and CUDA"),
    ] = "adamw"
    base: Annotated[
        Literal["auto", "bf16", "fp32", "fp8", "int8", "nf4"],
        Field(
            description="how the frozen model is kept: auto is fp32 on a CPU, else bf16; nf4 and int8 need bitsandbytes or torchao"
        ),
    ] = "auto"
    gradient_checkpointing: Annotated[bool, Field(description="less memory, a third more time")] = False
    prompts: Annotated[
        tuple[str, ...],
        Field(description="sample pictures are painted from these"),
        tyro.conf.arg(metavar="TEXT [TEXT ...]", help_behavior_hint="(default: three captions of the data)"),
    ] = ()
    save_every: Annotated[int, Field(ge=1, le=1_000_000, description="steps between checkpoints")] = 250
    sample_every: Annotated[int, Field(ge=0, le=1_000_000, description="steps between sample pictures; 0: none")] = 250
    seed: Annotated[int, Field(ge=0, description="everything random follows from it")] = 0
    comfy_workflow: Annotated[
        Path | None,
        Field(description="take the settings of a FluxTrainer graph (JSON); flags win"),
        tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: none)"),
    ] = None

    # What follows are settings of YAML files only: the help does not list them. Pictures and captions:
    upscale: Suppress[Annotated[bool, Field(description="enlarge pictures that are smaller than the resolution")]] = (
        False
    )
    bucket_step: Suppress[Annotated[int | None, Field(ge=8, le=256, description="sides are multiples of it, px")]] = (
        None
    )
    min_side: Suppress[Annotated[int | None, Field(ge=16, le=4096, description="shortest side of a picture, px")]] = (
        None
    )
    max_side: Suppress[Annotated[int | None, Field(ge=16, le=4096, description="longest side of a picture, px")]] = None
    caption: Suppress[Annotated[str, Field(description="caption of pictures without one")]] = ""
    captions_per_picture: Suppress[
        Annotated[int, Field(ge=1, le=64, description="sentences written for each frame of a data set")]
    ] = 4
    frames_per_clip: Suppress[Annotated[int, Field(ge=1, le=100_000, description="of a data set, evenly spread")]] = 8
    caption_dropout: Suppress[
        Annotated[float, Field(ge=0, le=1, description="share of steps' pictures with the empty caption")]
    ] = 0.05
    text_tokens: Suppress[
        Annotated[int | None, Field(ge=1, le=4096, description="longest text; default: the model's")]
    ] = None
    text_padding: Suppress[
        Annotated[Literal["truncated", "fixed", "minimum"] | None, Field(description="default: the model's")]
    ] = None
    validation_share: Suppress[Annotated[float, Field(ge=0, le=0.5, description="of people held out")]] = 0.1
    max_validation: Suppress[
        Annotated[int, Field(ge=1, le=4096, description="most held-out pictures that are looked at")]
    ] = 16
    validate_every: Suppress[Annotated[int, Field(ge=0, le=1_000_000, description="steps; 0: at the end only")]] = 250
    cache: Suppress[
        Annotated[Path | None, Field(description="folder of encoded pictures and texts; default: the user's cache")]
    ] = None

    # The loss:
    timestep_sampling: Suppress[
        Annotated[
            Literal["shift", "flux_shift", "sigmoid", "uniform"] | None,
            Field(description="default: the model's, else flux_shift"),
        ]
    ] = None
    discrete_flow_shift: Suppress[Annotated[float, Field(gt=0, le=100, description="of timestep_sampling shift")]] = (
        3.1582
    )
    sigmoid_scale: Suppress[Annotated[float, Field(gt=0, le=10, description="width of the bell of times")]] = 1.0
    guidance: Suppress[Annotated[float, Field(ge=0, le=100, description="told to models that embed it")]] = 1.0

    # The optimiser:
    schedule: Suppress[
        Annotated[
            Literal["constant", "constant_with_warmup", "linear", "cosine", "cosine_with_restarts", "polynomial"],
            Field(description="of the learning rate"),
        ]
    ] = "constant"
    warmup_steps: Suppress[Annotated[int, Field(ge=0, le=1_000_000, description="steps of rising learning rate")]] = 0
    schedule_cycles: Suppress[Annotated[int, Field(ge=1, le=1000, description="of cosine_with_restarts")]] = 1
    schedule_power: Suppress[Annotated[float, Field(gt=0, le=10, description="of polynomial")]] = 1.0
    weight_decay: Suppress[Annotated[float, Field(ge=0, le=10, description="of the LoRA matrices")]] = 0.0
    max_grad_norm: Suppress[Annotated[float, Field(ge=0, le=1e6, description="gradients are cut to it; 0: never")]] = (
        1.0
    )
    gradient_accumulation: Suppress[Annotated[int, Field(ge=1, le=1024, description="batches a step")]] = 1
    ema_decay: Suppress[Annotated[float, Field(ge=0, lt=1, description="of averaged weights; 0: none")]] = 0.0
    lora_dtype: Suppress[Annotated[Literal["fp32", "bf16"], Field(description="of the weights that learn")]] = "fp32"
    save_dtype: Suppress[Annotated[Literal["fp32", "bf16"], Field(description="of lora.safetensors")]] = "bf16"
    quantizer: Suppress[Annotated[Literal["bitsandbytes", "torchao"], Field(description="of base int8 and nf4")]] = (
        "bitsandbytes"
    )

    # Looking on:
    sample_steps: Suppress[Annotated[int | None, Field(ge=1, le=1000, description="default: the model's")]] = None
    sample_seed: Suppress[Annotated[int, Field(ge=0, description="of the sample pictures")]] = 42
    sample_guidance: Suppress[Annotated[float | None, Field(ge=0, le=100, description="default: the model's")]] = None
    keep_checkpoints: Suppress[
        Annotated[int, Field(ge=1, le=10_000, description="the last ones; older ones are removed")]
    ] = 3
    log_with: Suppress[Annotated[tuple[Literal["wandb", "trackio"], ...], Field(description="beside TensorBoard")]] = ()
    device: Suppress[Annotated[str | None, Field(description="default: cuda where there is one")]] = None

    @model_validator(mode="after")
    def _fit(self) -> FinetuneConfig:
        if self.span is not None:
            Span(*self.span)
        for side in self.resolution:
            if not 32 <= side <= 4096:
                raise InputError(f"resolution is {side}; expected 32 to 4096 px")
        if self.min_side is not None and self.max_side is not None and self.min_side > self.max_side:
            raise InputError(f"min_side is {self.min_side}; expected at most max_side, {self.max_side}")
        if self.warmup_steps > self.steps:
            raise InputError(f"warmup_steps is {self.warmup_steps}; expected at most steps, {self.steps}")
        return self

    @property
    def scale(self) -> float:
        """What the product of the two LoRA matrices is multiplied by: alpha / rank."""
        return 1.0 if self.alpha is None else self.alpha / self.rank

    def content(self, data: str) -> dict[str, Any]:
        """What decides the weights, with the pictures and captions as a hash in place of a path."""
        fixed = set() if self.schedule in _ENDLESS else {"steps"}
        told = self.model_dump(mode="json", exclude=_NOT_IN_HASH - fixed)
        return {**told, "data": data}


def content_hash(content: dict[str, Any]) -> str:
    """Twelve hex digits that name a run."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def make_finetune_config(settings: dict[str, Any], where: str) -> FinetuneConfig:
    """A validated configuration; InputError names field, value, what was expected and `where` it was given."""
    try:
        return FinetuneConfig(**settings)
    except ValidationError as error:
        raise InputError(complaint(error, where, FinetuneConfig)) from error
