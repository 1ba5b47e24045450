"""The median over wide windows, at a coarser size: what thin things are thin against."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32
from scipy.ndimage import median_filter, zoom

_WINDOW = 5  # pixels of the coarse picture


def wide_median(image: Float[np.ndarray, "h w"], width_px: float) -> Float32[np.ndarray, "h w"]:
    """The picture without what is thinner than half of `width_px`: medians of means of small squares, linear between them."""
    step = max(1, round(width_px / _WINDOW))
    height, width = image.shape
    padded = np.pad(image, ((0, -height % step), (0, -width % step)), mode="edge")
    coarse = padded.reshape(padded.shape[0] // step, step, -1, step).mean(axis=(1, 3))
    middle = median_filter(coarse, _WINDOW, mode="nearest")
    return np.asarray(zoom(middle, step, order=1, grid_mode=True, mode="nearest")[:height, :width], np.float32)
