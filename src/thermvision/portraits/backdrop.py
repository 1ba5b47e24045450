"""What is behind the person: the picture with the person taken out and the gap filled."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import binary_dilation, gaussian_filter

from thermvision.portraits.smooth_fill import smooth_fill
from thermvision.portraits.wide_median import wide_median

OUTLINE_SHARE = 0.012  # of the picture's height: so much beyond the outline still holds a little of the person
_FINE_SIGMA_PX, _THIN_K = 2.5, 0.25


def backdrop_k(
    temperature_k: Float32[np.ndarray, "h w"], person: Float32[np.ndarray, "h w"], stream: np.random.Generator
) -> Float32[np.ndarray, "h w"]:
    """The background alone, at the picture's size; the gap is filled smoothly, with the noise that the rest has.

    person: the chance that a pixel shows the person, as `person_mask` gives it.
    """
    margin = max(2, round(OUTLINE_SHARE * len(temperature_k)))
    hidden = binary_dilation(person > 0.25, iterations=margin)
    if hidden.all():
        return np.full(temperature_k.shape, float(np.percentile(temperature_k, 2)), np.float32)
    hidden |= _strands(temperature_k, hidden, margin)
    behind = smooth_fill(temperature_k, ~hidden)
    fine = (temperature_k - gaussian_filter(temperature_k, _FINE_SIGMA_PX))[~binary_dilation(hidden, iterations=3)]
    noise_k = 1.4826 * float(np.median(np.abs(fine))) if fine.size else 0.0
    noise = stream.standard_normal(temperature_k.shape, np.float32) * np.float32(noise_k)
    inside = gaussian_filter(hidden.astype(np.float32), 1.0) * hidden
    return np.asarray(behind + noise * inside, np.float32)


def _strands(temperature_k: np.ndarray, hidden: np.ndarray, margin: int) -> np.ndarray:
    """Thin things beside the person: single hairs that the outline leaves out."""
    even = wide_median(np.where(hidden, smooth_fill(temperature_k, ~hidden), temperature_k), 4 * margin + 1)
    beside = binary_dilation(hidden, iterations=6 * margin) & ~hidden
    off = np.abs(temperature_k - even)
    if not beside.any():
        return beside
    return binary_dilation(beside & (off > max(_THIN_K, 6 * float(np.median(off[beside])))), iterations=2)
