"""Sample pictures at fixed seeds, in a row, to see what the model has learnt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from thermvision.disk import plain_disk_errors
from thermvision.finetune.encoded import placed
from thermvision.flux.denoise import Guide, denoise
from thermvision.flux.load import OpenedModel
from thermvision.flux.noise import noise_of_each, portrait_seed
from thermvision.flux.schedule import sigmas
from thermvision.flux.text import TextEmbedding

_GAP_PX = 4


@dataclass(frozen=True, slots=True)
class SampleRule:
    """How samples are painted."""

    size_px: int
    steps: int
    seed: int
    guide: Guide


def sample_rule(
    opened: OpenedModel, *, size_px: int, steps: int | None, seed: int, guidance: float | None
) -> SampleRule:
    """The settings' wishes, else what the model's folder says, else what is usual for its kind; at most 1024 px."""
    usual, about = opened.family.default_settings(opened.pipeline), opened.about
    multiple = opened.family.multiple_px(opened.pipeline)
    told = guidance if guidance is not None else about.guidance if about.guidance is not None else usual["guidance"]
    return SampleRule(
        size_px=max(multiple, min(size_px, 1024) // multiple * multiple),
        steps=steps or about.steps or int(usual["steps"]),
        seed=seed,
        guide=Guide(guidance=told, true_cfg=about.true_cfg or float(usual["true_cfg"])),
    )


def paint_samples(
    opened: OpenedModel, texts: list[TextEmbedding], negative: TextEmbedding, rule: SampleRule, device: str
) -> np.ndarray:
    """One picture for each text, (n, size, size) in -1..1; one after the other, which takes the least memory."""
    import torch

    family, pipeline, pictures = opened.family, opened.pipeline, []
    rows, columns = family.latent_size(pipeline, rule.size_px, rule.size_px)
    multiple = family.multiple_px(pipeline)
    count = (rule.size_px // multiple) ** 2
    times = sigmas(rule.steps, count, mu=family.shift(pipeline, count, rule.steps))
    with torch.no_grad(), placed(pipeline.vae, device):
        for number, text in enumerate(texts):
            noise = noise_of_each([portrait_seed(rule.seed, number)], (family.latent_channels(pipeline), rows, columns))
            tokens, ids = family.pack(noise.to(device))
            away = negative if rule.guide.true_cfg != 1.0 else None
            with torch.autocast(
                torch.device(device).type, dtype=torch.bfloat16, enabled=_is_bf16(pipeline.transformer)
            ):
                done = denoise(family, pipeline.transformer, tokens, ids, times, text, away, rule.guide)
            unit = family.decode(pipeline, family.unpack(done.tokens, rows, columns))[0].float().mean(dim=0)
            pictures.append(unit.clamp(-1, 1).cpu().numpy())
    return np.stack(pictures)


def save_row(path: Path, pictures: np.ndarray) -> None:
    """Pictures (n, h, w) in -1..1 side by side as an 8-bit PNG."""
    from PIL import Image

    grey = np.rint((pictures + 1) * 127.5).astype(np.uint8)
    gap = np.full((grey.shape[1], _GAP_PX), 255, np.uint8)
    parts: list[Any] = []
    for one in grey:
        parts += [gap, one]
    with plain_disk_errors(path.parent, "the checkpoints stay"):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.concatenate(parts[1:], axis=1)).save(path)


def _is_bf16(transformer: Any) -> bool:
    import torch

    return bool(transformer.dtype == torch.bfloat16)
