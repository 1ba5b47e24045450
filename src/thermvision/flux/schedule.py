"""The times of the denoising steps: from 1, noise, to 0, picture, shifted towards noise the more tokens a picture has."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64

from thermvision.types import InputError

_WHOLE_DENOISE = 0.99  # up to here, the workflow's sampler cuts


def shift_mu(
    image_tokens: int,
    *,
    base_shift: float = 0.5,
    max_shift: float = 1.15,
    base_tokens: int = 256,
    max_tokens: int = 4096,
) -> float:
    """The shift mu of a picture of so many tokens, on a line through (base_tokens, base_shift) and (max_tokens, max_shift)."""
    return base_shift + (max_shift - base_shift) * (image_tokens - base_tokens) / (max_tokens - base_tokens)


def flux2_mu(image_tokens: int, steps: int) -> float:
    """The shift mu of FLUX.2, which also depends on the number of steps; the constants are those of the published sampler."""
    at_200 = 0.00016927 * image_tokens + 0.45666666
    if image_tokens > 4300:
        return at_200
    slope = (at_200 - (8.73809524e-05 * image_tokens + 1.89833333)) / 190
    return at_200 + slope * (steps - 200)


def sigmas(steps: int, image_tokens: int, *, mu: float | None = None) -> Float64[np.ndarray, " n"]:
    """Times of steps, steps + 1 of them, from 1 to 0; mu None: FLUX.1's of that many tokens. Fewer than one step raises InputError."""
    if steps < 1:
        raise InputError(f"steps is {steps}; expected a whole number, 1 or more")
    pull = math.exp(shift_mu(image_tokens) if mu is None else mu)
    even = 1 - np.arange(steps + 1) / steps
    return pull * even / (1 + (pull - 1) * even)


def cut_end(times: Float64[np.ndarray, " n"], denoise: float) -> Float64[np.ndarray, " m"]:
    """Stop before the end, as XlabsSampler's denoise_strength does: only the first int(len * denoise) times are kept.

    More than 0.99 cuts nothing. A value that leaves no step, or is not in 0..1, raises InputError.
    """
    if not 0 < denoise <= 1:
        raise InputError(f"denoise is {denoise:g}; expected more than 0, at most 1")
    if denoise > _WHOLE_DENOISE:
        return times
    kept = times[: int(len(times) * denoise)]
    if len(kept) < 2:
        raise InputError(
            f"denoise is {denoise:g}; of {len(times) - 1} steps none is left: raise it, 1 does all of them"
        )
    return kept


def start_later(times: Float64[np.ndarray, " n"], strength: float) -> Float64[np.ndarray, " m"]:
    """Begin from a picture: the times from index int((1 - strength) * n) on; 1 forgets the picture, 0 leaves it as it is."""
    if not 0 <= strength <= 1:
        raise InputError(f"strength is {strength:g}; expected 0 (the picture as it is) to 1 (nothing of it)")
    first = min(int((1 - strength) * len(times)), len(times) - 1)
    return times[first:]
