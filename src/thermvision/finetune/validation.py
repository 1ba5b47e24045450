"""The validation loss: held-out people, fixed times, fixed noise, so that two numbers differ only by the weights."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from thermvision.finetune.batches import Item, torch_stream
from thermvision.finetune.encoded import Encoded
from thermvision.finetune.loss import autocast, flow_loss
from thermvision.flux.text import batch_texts

TIMES = (0.25, 0.5, 0.75, 1.0)
_AT_ONCE = 8


def validation_loss(
    family: Any, transformer: Any, encoded: Encoded, items: list[Item], *, device: str, precision: str, guidance: float
) -> dict[float, float]:
    """Time -> mean loss over the items, each with its first caption. Nothing random is drawn outside fixed streams."""
    import torch

    groups: dict[tuple[int, int], list[Item]] = defaultdict(list)
    for item in items:
        groups[item.width, item.height].append(item)
    sums = dict.fromkeys(TIMES, 0.0)
    with torch.no_grad():
        for group in groups.values():
            for start in range(0, len(group), _AT_ONCE):
                part = group[start : start + _AT_ONCE]
                latents = torch.stack([encoded.latents(item) for item in part]).to(device)
                text = batch_texts([encoded.texts[encoded.pictures[item.picture].captions[0]] for item in part]).to(
                    device
                )
                for time in TIMES:
                    noise = torch.stack([_noise(encoded, item, time, latents.shape[1:]) for item in part]).to(device)
                    times = torch.full((len(part),), time, device=device)
                    with autocast(device, precision):
                        losses = flow_loss(
                            family, transformer, latents, text, noise=noise, times=times, guidance=guidance
                        )
                    sums[time] += float(losses.double().sum())
    return {time: total / len(items) for time, total in sums.items()}


def _noise(encoded: Encoded, item: Item, time: float, shape: Any) -> Any:
    import torch

    return torch.randn(shape, generator=torch_stream(0, "validation", encoded.hashes[item.picture], str(time)))
