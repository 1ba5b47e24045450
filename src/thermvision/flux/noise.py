"""The noise that portraits start from: of a portrait by itself, or as the ComfyUI workflow draws it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any


def portrait_seed(seed: int, index: int) -> int:
    """The seed of portrait `index` (0-based): the first has the seed itself, the others one of 48 bits made of both.

    Any of them can be painted again alone, as the first portrait of its own seed; runs with neighbouring seeds share nothing.
    """
    if index == 0:
        return seed
    digest = hashlib.sha256(f"portrait:{seed}:{index}".encode()).digest()
    return int.from_bytes(digest[:6], "big")


def noise_of_each(seeds: Sequence[int], shape: tuple[int, int, int]) -> Any:
    """(B, c, h, w) float32 on the CPU, each picture from its own generator: the same whatever else is in the batch."""
    import torch

    return torch.stack([torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds])


def noise_of_batch(seed: int, count: int, shape: tuple[int, int, int], *, dtype: Any, device: Any) -> Any:
    """(count, c, h, w) in one draw, in the model's dtype on its device, as XlabsSampler draws it."""
    import torch

    generator = torch.Generator(device).manual_seed(seed)
    return torch.randn((count, *shape), generator=generator, dtype=dtype, device=device)
