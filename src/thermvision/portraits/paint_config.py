"""The settings of `thermvision portraits`: one model for Python, the command line and a ComfyUI workflow."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from thermvision.flux.appearance import VALUES, Appearance
from thermvision.flux.captions import plain_caption
from thermvision.flux.span import Span
from thermvision.types import InputError
from thermvision.wording import complaint

Mode = Literal["default", "comfy-compat"]
NO_LORA = "none"


def _hint(text: str) -> Any:
    return tyro.conf.arg(help_behavior_hint=f"(default: {text})")


def _said(name: str) -> Any:
    """A flag of the subject specification."""
    return tyro.conf.arg(metavar="WORD", help=f"of the person: {', '.join(VALUES[name])}", help_behavior_hint="")


class PaintConfig(BaseModel):
    """Paint thermal portraits with FLUX from a prompt or a description; run again to go on where it stopped.

    Also: --dry-run, --json. Needs the extra [flux]; model micro runs on a CPU.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    out: Annotated[Path, Field(description="folder of the portraits")]
    prompt: Annotated[str | None, Field(description="what to paint; words of --gender ... are put before it"), tyro.conf.arg(metavar="TEXT", help_behavior_hint="")] = None  # fmt: skip
    count: Annotated[int, Field(ge=1, le=100_000, description="portraits")] = 1
    seed: Annotated[int, Field(ge=0, le=2**63 - 1, description="everything random follows from it")] = 0
    model: Annotated[str | None, Field(description="micro, a folder in diffusers' layout, or a repository of the hub"), tyro.conf.arg(metavar="MODEL"), _hint("micro")] = None  # fmt: skip
    lora: Annotated[str | None, Field(description="LoRA file (.safetensors), or none"), tyro.conf.arg(metavar="FILE", help_behavior_hint="")] = None  # fmt: skip
    lora_strength: Annotated[float, Field(ge=-4, le=4, description="how much of it, 1 as trained")] = 1.0
    steps: Annotated[int | None, Field(ge=1, le=1000, description="denoising steps"), tyro.conf.arg(metavar="INT"), _hint("the model's")] = None  # fmt: skip
    size: Annotated[int | None, Field(ge=32, le=4096, description="width and height, px"), tyro.conf.arg(metavar="PX"), _hint("the model's, else 512")] = None  # fmt: skip
    width: Annotated[int | None, Field(ge=32, le=4096, description="px, where it is not as the height"), tyro.conf.arg(metavar="PX", help_behavior_hint="")] = None  # fmt: skip
    height: Annotated[int | None, Field(ge=32, le=4096, description="px"), tyro.conf.arg(metavar="PX", help_behavior_hint="")] = None  # fmt: skip
    negative_prompt: Annotated[str | None, Field(description="what to keep away from, \"\" for nothing said; counts with true CFG", json_schema_extra={"may_be_empty": True}), tyro.conf.arg(metavar="TEXT", help_behavior_hint="")] = None  # fmt: skip
    guidance: Annotated[float | None, Field(ge=0, le=100, description="distilled guidance of FLUX.1 dev"), tyro.conf.arg(metavar="FLOAT"), _hint("the model's, else 3")] = None  # fmt: skip
    true_cfg: Annotated[float | None, Field(ge=0, le=100, description="classifier-free guidance; 1 is off"), tyro.conf.arg(metavar="FLOAT"), _hint("the model's, else 1")] = None  # fmt: skip
    cfg_start_step: Annotated[int, Field(ge=0, le=1000, description="steps, from 0, before true CFG sets in")] = 0
    mode: Annotated[Mode, Field(description="comfy-compat: noise, text padding and early stop as XlabsSampler in ComfyUI has them")] = "default"  # fmt: skip
    denoise: Annotated[float, Field(ge=0.01, le=1, description="under 1: stop early, as XlabsSampler's denoise_strength; the default mode then gives the estimate without noise")] = 1.0  # fmt: skip
    image: Annotated[Path | None, Field(description="start from this picture: a photo, or a thermal image"), tyro.conf.arg(metavar="FILE", help_behavior_hint="")] = None  # fmt: skip
    strength: Annotated[float | None, Field(ge=0, le=1, description="how far from --image: 0 it stays, 1 it is forgotten"), tyro.conf.arg(metavar="FLOAT"), _hint("0.6")] = None  # fmt: skip
    span: Annotated[tuple[float, float] | None, Field(description="temperatures in C of black and white, for models that do not say"), tyro.conf.arg(metavar="LOW HIGH"), _hint("the LoRA's, else the model's")] = None  # fmt: skip
    format: Annotated[Literal["png", "tiff"], Field(description="of the temperature images")] = "png"
    batch: Annotated[int, Field(ge=1, le=1024, description="portraits at once")] = 4
    gender: Annotated[str | None, _said("gender")] = None
    age: Annotated[str | None, _said("age")] = None
    expression: Annotated[str | None, _said("expression")] = None
    view: Annotated[str | None, _said("view")] = None
    hair: Annotated[str | None, _said("hair")] = None
    beard: Annotated[str | None, _said("beard")] = None
    eyewear: Annotated[str | None, _said("eyewear")] = None
    headwear: Annotated[str | None, _said("headwear")] = None
    mouth: Annotated[str | None, _said("mouth")] = None
    eyes: Annotated[str | None, _said("eyes")] = None
    face_mask: Annotated[str | None, _said("face_mask")] = None
    room: Annotated[str | None, _said("room")] = None
    clip_prompt: Annotated[str | None, Field(description="another text for FLUX.1's CLIP encoder"), tyro.conf.arg(metavar="TEXT"), _hint("the prompt")] = None  # fmt: skip
    negative_clip_prompt: Annotated[str | None, Field(description="the same for the negative prompt", json_schema_extra={"may_be_empty": True}), tyro.conf.arg(metavar="TEXT", help_behavior_hint="")] = None  # fmt: skip
    device: Annotated[str | None, Field(description="cpu, cuda, cuda:1, mps"), tyro.conf.arg(metavar="NAME"), _hint("cuda where there is one")] = None  # fmt: skip
    dtype: Annotated[Literal["auto", "float32", "bfloat16"], Field(description="of the model's numbers; auto: bfloat16 on CUDA")] = "auto"  # fmt: skip
    comfy_workflow: Annotated[Path | None, Field(description="take the settings of a ComfyUI workflow with an XlabsSampler; flags win"), tyro.conf.arg(metavar="FILE", help_behavior_hint="")] = None  # fmt: skip

    @model_validator(mode="after")
    def _fit(self) -> PaintConfig:
        self.appearance()
        if self.prompt is None and self.appearance() == Appearance():
            raise InputError(
                'prompt is missing; give --prompt "a smiling woman, thermal image" or say it by --gender and the like'
            )
        if self.size is not None and (self.width, self.height) != (None, None):
            raise InputError(
                f"size is {self.size} and width or height are given too; give either --size or --width and --height"
            )
        if (self.width is None) != (self.height is None):
            raise InputError("of width and height only one is given; give both, or --size")
        if self.span is not None:
            Span(*self.span)
        return self

    def appearance(self) -> Appearance:
        """The subject specification."""
        return Appearance(**{name: getattr(self, name) for name in VALUES})

    def text(self) -> str:
        """The prompt that is painted: the specification as a sentence, then the words of --prompt."""
        said = self.appearance()
        if said == Appearance():
            return self.prompt or ""
        return ", ".join(part for part in (plain_caption(said), self.prompt) if part)

    def without_effect(self) -> list[str]:
        """Sentences on settings that do nothing, whatever the model."""
        notes = []
        if self.strength is not None and self.image is None:
            notes.append("strength has no effect: there is no --image to start from")
        if self.lora_strength != 1.0 and self.lora in (None, NO_LORA):
            notes.append("lora_strength has no effect: there is no --lora")
        return notes


def make_paint_config(settings: dict[str, Any], where: str) -> PaintConfig:
    """A validated configuration; InputError names field, value, what was expected and `where` it was given."""
    try:
        return PaintConfig(**settings)
    except ValidationError as error:
        raise InputError(complaint(error, where, PaintConfig)) from error
