"""The denoising loop: Euler steps from noise to a picture, with distilled guidance, true CFG, early stop and x0 return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64

from thermvision.flux.families import ModelFamily
from thermvision.flux.text import TextEmbedding, batch_texts
from thermvision.types import InputError


@dataclass(frozen=True, slots=True)
class Guide:
    """How strongly a text pulls. true_cfg above 1 asks the model a second time, with the negative text, from step cfg_start_step on."""

    guidance: float | None = None  # distilled; counts only in models that embed it
    true_cfg: float = 1.0
    cfg_start_step: int = 0

    def uses_negative(self, step: int) -> bool:
        """Whether the negative text counts in this step, 0-based."""
        return self.true_cfg != 1.0 and step >= self.cfg_start_step


@dataclass(frozen=True, slots=True)
class Denoised:
    """Where the loop ended: packed tokens, the time there, and how often the model was asked for each picture."""

    tokens: Any  # (B, n, c)
    time: float  # 0, or what share of noise the state still holds
    passes: int


def denoise(
    family: ModelFamily,
    transformer: Any,
    tokens: Any,
    image_ids: Any,
    times: Float64[np.ndarray, " n"],
    text: TextEmbedding,
    negative: TextEmbedding | None = None,
    guide: Guide | None = None,
    *,
    return_x0: bool = True,
    on_step: Callable[[int, int], None] | None = None,
) -> Denoised:
    """Go through `times` (n >= 1, falling; n - 1 steps) from packed `tokens` (B, n, c), which are at times[0].

    The state keeps the dtype and device of `tokens`; the transformer is asked in its own dtype, both texts in one batch. return_x0: give the
    estimate of the picture of the last step, which is free of noise even if the schedule ends before 0. on_step(done, of)
    is called after each step; to cancel, let it raise. A picture that is not finite raises InputError.
    """
    import torch

    guide = guide or Guide()
    if negative is None and any(guide.uses_negative(step) for step in range(len(times) - 1)):
        raise InputError(
            f"true_cfg is {guide.true_cfg:g} but there is no negative text; give one, an empty one will do"
        )
    dtype, batch = transformer.dtype, len(tokens)
    text = text.to(tokens.device, dtype)
    both = text if negative is None else batch_texts([text, negative.to(tokens.device, dtype)])
    state, estimate, passes = tokens, tokens, 0
    with torch.no_grad():
        for step, (now, after) in enumerate(zip(times[:-1].tolist(), times[1:].tolist(), strict=True)):
            asked = state.to(dtype)
            if guide.uses_negative(step):
                t = asked.new_full((2 * batch,), now)
                velocity = family.predict(transformer, torch.cat([asked, asked]), t, both, image_ids, guide.guidance)
                wanted, unwanted = velocity.to(state.dtype).chunk(2)
                velocity = unwanted + guide.true_cfg * (wanted - unwanted)
                passes += 2
            else:
                t = asked.new_full((batch,), now)
                velocity = family.predict(transformer, asked, t, text, image_ids, guide.guidance).to(state.dtype)
                passes += 1
            estimate = state - now * velocity
            state = state + (after - now) * velocity
            if on_step is not None:
                on_step(step + 1, len(times) - 1)
    result = estimate if return_x0 else state
    if not torch.isfinite(result).all():
        raise InputError(
            "the model gave values that are not finite (NaN); load it in bfloat16 or float32, lower the guidance, or take the LoRA away"
        )
    return Denoised(result, float(times[-1]), passes)
