"""From what a user asked and what a model says of itself to the numbers of one run, with a sentence on each that does nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64

from thermvision.flux.denoise import Guide
from thermvision.flux.fingerprint import weights_hash
from thermvision.flux.load import OpenedModel
from thermvision.flux.model_folder import weight_files
from thermvision.flux.picture_files import file_hash
from thermvision.flux.schedule import cut_end, shift_mu, sigmas, start_later
from thermvision.flux.span import Span
from thermvision.flux.text import COMFY_RULE, TextRule
from thermvision.portraits.paint_config import NO_LORA, PaintConfig
from thermvision.types import InputError

DEFAULT_SIZE_PX, DEFAULT_STRENGTH = 512, 0.6
LORA_SPAN = "thermvision.span_c"  # in a LoRA file's metadata: two numbers in C


@dataclass(frozen=True, slots=True)
class PaintSettings:
    """Everything that decides the pixels of a run's portraits."""

    model: str
    weights: str  # what the transformer's files hold, named by hash
    lora: str | None
    lora_hash: str | None
    lora_strength: float | None
    mode: str
    prompt: str
    clip_prompt: str
    negative_prompt: str
    negative_clip_prompt: str
    seed: int
    width: int
    height: int
    steps: int
    denoise: float
    guidance: float | None
    true_cfg: float
    cfg_start_step: int
    text_tokens: int
    text_padding: str
    image: str | None
    image_hash: str | None
    strength: float | None
    span_c: tuple[float, float] | None
    format: str
    device: str
    dtype: str
    batch_draw: int | None  # how many portraits' noise is one draw; None: each its own

    @property
    def span(self) -> Span | None:
        """What greys mean; None if nobody says."""
        return None if self.span_c is None else Span(*self.span_c)

    @property
    def rule(self) -> TextRule:
        """How texts are padded."""
        return TextRule(self.text_tokens, self.text_padding)  # type: ignore[arg-type]

    @property
    def guide(self) -> Guide:
        """How strongly the texts pull."""
        return Guide(self.guidance, self.true_cfg, self.cfg_start_step)

    def content(self) -> dict[str, Any]:
        """The same as plain values for JSON."""
        told = asdict(self)
        return {**told, "span_c": None if self.span_c is None else list(self.span_c)}


def resolve(
    config: PaintConfig, opened: OpenedModel, lora_metadata: Mapping[str, str] | None
) -> tuple[PaintSettings, list[str]]:
    """The settings of a run and sentences on what has no effect or was cut; lora_metadata None: no LoRA."""
    family, pipeline, about = opened.family, opened.pipeline, opened.about
    usual = family.default_settings(pipeline)
    compat = config.mode == "comfy-compat"
    rule = COMFY_RULE if compat and family.name == "flux1" else opened.text_rule
    guidance = None
    if family.embeds_guidance(pipeline):
        guidance = _first(config.guidance, about.guidance, usual["guidance"])
    width, height = _size(config, opened)
    span, notes = _span(config, opened, lora_metadata)
    settings = PaintSettings(
        model=opened.source,
        weights=weights_hash(weight_files(opened.folder / "transformer")),
        lora=None if lora_metadata is None else Path(str(config.lora)).name,
        lora_hash=None if lora_metadata is None else file_hash(Path(str(config.lora))),
        lora_strength=None if lora_metadata is None else config.lora_strength,
        mode=config.mode,
        prompt=config.text(),
        clip_prompt=_first(config.clip_prompt, config.text()),
        negative_prompt=_first(config.negative_prompt, about.negative_prompt, ""),
        negative_clip_prompt=_first(config.negative_clip_prompt, config.negative_prompt, about.negative_prompt, ""),
        seed=config.seed,
        width=width,
        height=height,
        steps=_first(config.steps, about.steps, usual["steps"]),
        denoise=config.denoise,
        guidance=guidance,
        true_cfg=float(_first(config.true_cfg, about.true_cfg, usual["true_cfg"])),
        cfg_start_step=config.cfg_start_step,
        text_tokens=rule.tokens,
        text_padding=rule.padding,
        image=None if config.image is None else config.image.name,
        image_hash=None if config.image is None or not config.image.is_file() else file_hash(config.image),
        strength=None if config.image is None else _first(config.strength, DEFAULT_STRENGTH),
        span_c=None if span is None else (span.low_c, span.high_c),
        format=config.format,
        device=pipeline.device.type,
        dtype=str(pipeline.transformer.dtype).removeprefix("torch."),
        batch_draw=config.count if compat else None,
    )
    return settings, [*config.without_effect(), *notes, *_idle(config, opened, settings), *_cut(opened, settings)]


def times_of(settings: PaintSettings, opened: OpenedModel) -> Float64[np.ndarray, " n"]:
    """The times that the loop goes through, for a picture of the settings' size."""
    rows, columns = opened.family.latent_size(opened.pipeline, settings.width, settings.height)
    tokens = rows * columns // (4 if opened.family.name == "flux1" else 1)
    if settings.mode == "comfy-compat" and opened.family.name == "flux1":
        mu = shift_mu(tokens)  # XlabsSampler shifts every model like this, schnell too
    else:
        mu = opened.family.shift(opened.pipeline, tokens, settings.steps)
    times = cut_end(sigmas(settings.steps, tokens, mu=mu), settings.denoise)
    return times if settings.strength is None else start_later(times, settings.strength)


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _size(config: PaintConfig, opened: OpenedModel) -> tuple[int, int]:
    side = _first(config.size, opened.about.size_px, DEFAULT_SIZE_PX)
    width, height = _first(config.width, side), _first(config.height, side)
    multiple = opened.family.multiple_px(opened.pipeline)
    for name, value in (("width", width), ("height", height)):
        if value % multiple:
            named = "size" if config.width is None else name
            near = max(multiple, round(value / multiple) * multiple)
            raise InputError(f"{named} is {value}; expected a multiple of {multiple} px for this model, such as {near}")
    return width, height


def _span(
    config: PaintConfig, opened: OpenedModel, lora_metadata: Mapping[str, str] | None
) -> tuple[Span | None, list[str]]:
    """The LoRA's span before the model's, as it was trained later; a span given by hand wins and is told to differ."""
    told = _lora_span(lora_metadata or {}) or opened.about.span
    if config.span is None:
        if told is None:
            return None, [
                "neither the model nor the LoRA says what its greys mean in kelvin, so only 8-bit pictures are written; give"
                " --span LOW HIGH if you know the temperatures of black and white"
            ]
        return told, []
    given = Span(*config.span)
    if told is not None and told != given:
        return given, [
            f"span is {given.low_c:g} to {given.high_c:g} C, but the model was trained with {told.low_c:g} to {told.high_c:g} C:"
            " the temperatures will be as wrong as that"
        ]
    return given, []


def _lora_span(metadata: Mapping[str, str]) -> Span | None:
    text = metadata.get(LORA_SPAN)
    if text is None:
        return None
    try:
        low, high = (float(part) for part in text.strip("[]() ").replace(",", " ").split())
    except ValueError as error:
        raise InputError(
            f"the LoRA's {LORA_SPAN} is '{text}'; expected two temperatures in C such as [10.0, 42.0]"
        ) from error
    return Span(low, high)


def _idle(config: PaintConfig, opened: OpenedModel, settings: PaintSettings) -> list[str]:
    """Sentences on what does nothing with this model, and on an early stop."""
    notes, times = [], times_of(settings, opened)
    steps = len(times) - 1
    if config.guidance is not None and settings.guidance is None:
        notes.append("guidance has no effect: this model embeds none; use --true-cfg")
    if settings.true_cfg == 1 or settings.cfg_start_step >= steps:
        why = (
            "true CFG is off"
            if settings.true_cfg == 1
            else f"true CFG would start at step {settings.cfg_start_step} of {steps}"
        )
        if config.negative_prompt or config.negative_clip_prompt:
            notes.append(
                f"negative_prompt has no effect: {why}; give --true-cfg 2"
                if settings.true_cfg == 1
                else f"negative_prompt has no effect: {why}"
            )
        if settings.true_cfg == 1 and config.cfg_start_step:
            notes.append(f"cfg_start_step has no effect: {why}")
    if config.clip_prompt is not None and opened.family.name != "flux1":
        notes.append("clip_prompt has no effect: this model has no CLIP encoder")
    if settings.strength is not None and steps == 0:
        notes.append(f"strength {settings.strength:g} leaves the picture as it is: no step is done")
    trained = opened.about.size_px
    if trained is not None and math.hypot(settings.width, settings.height) > 1.3 * math.hypot(trained, trained):
        notes.append(
            f"the model was trained at {trained} px; {settings.width}x{settings.height} is beyond what it knows"
        )
    if steps and times[-1] > 0:
        left = (
            "is left in the picture"
            if settings.mode == "comfy-compat"
            else "would be left; the estimate without it is given"
        )
        notes.append(
            f"denoise {settings.denoise:g} means {steps} of {settings.steps} steps; {100 * times[-1]:.0f} % of noise {left}"
        )
    return notes


def _cut(opened: OpenedModel, settings: PaintSettings) -> list[str]:
    notes = []
    for what, clip, t5 in (
        ("prompt", settings.clip_prompt, settings.prompt),
        ("negative_prompt", settings.negative_clip_prompt, settings.negative_prompt),
    ):
        for encoder, words in opened.family.cut_off(opened.pipeline, clip, t5, settings.rule).items():
            shown = words if len(words) <= 160 else f"{words[:157]}..."
            notes.append(f"{what} is too long for {encoder}; left out ({len(words.split())} words): {shown}")
    return notes


def wants_lora(config: PaintConfig) -> Path | None:
    """The LoRA file that is asked for, or None."""
    return None if config.lora in (None, NO_LORA) else Path(str(config.lora))
