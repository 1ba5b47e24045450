"""What a LoRA file says of itself."""

from __future__ import annotations

from datetime import UTC, datetime

from thermvision import __version__
from thermvision.finetune.data import TrainingData
from thermvision.finetune.loop import Trainer


def lora_metadata(trainer: Trainer, data: TrainingData, name: str, step: int) -> dict[str, str]:
    """Strings for the file: base model, span, how texts are padded, trigger, and how it was trained."""
    config = trainer.config
    told = {
        "thermvision.version": __version__,
        "thermvision.base_model": config.model,
        "thermvision.family": trainer.opened.family.name,
        "thermvision.run": name,
        "thermvision.step": step,
        "thermvision.text_tokens": data.rule.tokens,
        "thermvision.text_padding": data.rule.padding,
        "thermvision.trigger": config.trigger,
        "thermvision.resolutions": " ".join(map(str, data.resolutions)),
        "thermvision.rank": config.rank,
        "thermvision.alpha": config.alpha or config.rank,
        "thermvision.targets": config.targets,
        "thermvision.guidance": config.guidance,
        "thermvision.timestep_sampling": data.sampling,
        "modelspec.sai_model_spec": "1.0.0",
        "modelspec.architecture": "flux-1-dev/lora" if trainer.opened.family.name == "flux1" else "flux-2-klein/lora",
        "modelspec.implementation": "https://github.com/huggingface/diffusers",
        "modelspec.title": config.out.name,
        "modelspec.date": datetime.now(UTC).date().isoformat(),
        "modelspec.trigger_phrase": config.trigger,
    }
    if data.span is not None:
        told |= {"thermvision.span_low_c": data.span.low_c, "thermvision.span_high_c": data.span.high_c}
    return {key: f"{value:g}" if isinstance(value, float) else str(value) for key, value in told.items()}
