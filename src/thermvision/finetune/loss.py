"""The flow-matching loss: the model is shown a mixture of picture and noise and tells the way from one to the other."""

from __future__ import annotations

import contextlib
from typing import Any


def flow_loss(
    family: Any, transformer: Any, latents: Any, text: Any, *, noise: Any, times: Any, guidance: float | None
) -> Any:
    """Mean squared error of the velocity, float32, for each picture (B,).

    latents, noise: (B, c, h, w); times (B,), 0 is the picture and 1 the noise. The model works in the number format that
    `autocast` sets around the call; mixture and error are float32.
    """
    at = times.view(-1, 1, 1, 1)
    tokens, image_ids = family.pack((1 - at) * latents + at * noise)
    target, _ = family.pack(noise - latents)
    predicted = family.predict(transformer, tokens, times, text, image_ids, guidance)
    return (predicted.float() - target).square().mean(dim=(1, 2))


def autocast(device: str, precision: str) -> Any:
    """bf16 arithmetic where the base is kept in less than fp32, else nothing."""
    import torch

    if precision == "fp32":
        return contextlib.nullcontext()
    return torch.autocast(torch.device(device).type, dtype=torch.bfloat16)
