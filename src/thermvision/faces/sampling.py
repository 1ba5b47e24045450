"""Cut squares out of pictures and stretch their values: what the networks see, the same for kelvin and for 8 bits."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32
from scipy.ndimage import map_coordinates

# thermvision.tasks.training.augment.stretch trains with the same sample of pixels and percentiles.
_STRIDE, _LOW, _HIGH = 4, 2.0, 98.0


def stretched(picture: Float32[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    """Values with -1 and 1 at two robust percentiles, cut at -1.5 and 1.5; a flat picture becomes flat."""
    sample = picture[_STRIDE // 2 :: _STRIDE, _STRIDE // 2 :: _STRIDE]
    low, high = np.percentile(sample, [_LOW, _HIGH])
    share = (picture - np.float32(low)) / np.float32(max(high - low, 1e-6))
    return (np.clip(share, -0.25, 1.25) * 2 - 1).astype(np.float32)


def resampled(
    picture: Float32[np.ndarray, "h w"],
    middle_px: Float[np.ndarray, " 2"],
    axes_px: Float[np.ndarray, "2 2"],
    height: int,
    width: int,
) -> Float32[np.ndarray, "height width"]:
    """A parallelogram of the picture as (height, width): `axes_px[:, 0]` leads from its middle to its right side, `[:, 1]` down.

    Where it is shrunk, squares are averaged first; beyond the picture its border goes on.
    """
    steps = 2 * np.linalg.norm(axes_px, axis=0) / [width, height]
    level = int(np.clip(steps.min() / 1.2, 1, min(picture.shape)))
    if level > 1:
        picture = _averaged(picture, level)
        middle_px, axes_px = middle_px / level, axes_px / level
    across, down = (np.arange(width) + 0.5) / width * 2 - 1, (np.arange(height) + 0.5) / height * 2 - 1
    y, x = (middle_px[k] + axes_px[k, 0] * across[None] + axes_px[k, 1] * down[:, None] - 0.5 for k in (1, 0))
    return np.asarray(map_coordinates(picture, [y, x], order=1, mode="nearest"), np.float32)


def _averaged(picture: np.ndarray, level: int) -> np.ndarray:
    """Means of squares of `level` px; the border goes on where they do not fit."""
    height, width = picture.shape
    filled = np.pad(picture, [(0, -height % level), (0, -width % level)], mode="edge")
    return filled.reshape(filled.shape[0] // level, level, -1, level).mean(axis=(1, 3))
