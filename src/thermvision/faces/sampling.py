"""Cut squares out of pictures and stretch their values: what the networks see, the same for kelvin and for 8 bits."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32

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
    if axes_px[0, 1] == axes_px[1, 0] == 0:  # upright: rows first, then columns
        rows = _lines(picture, middle_px[1] + axes_px[1, 1] * down - 0.5)
        return np.ascontiguousarray(_lines(rows.T, middle_px[0] + axes_px[0, 0] * across - 0.5).T)
    y, x = (middle_px[k] + axes_px[k, 0] * across[None] + axes_px[k, 1] * down[:, None] - 0.5 for k in (1, 0))
    return _bilinear(picture, y, x)


def _lines(picture: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Rows of a picture at places between them, (n, w)."""
    first, share = _between(at, len(picture))
    following = np.minimum(first + 1, len(picture) - 1)
    one = picture[first]
    return np.asarray(one + share[:, None] * (picture[following] - one))


def _bilinear(picture: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The picture's values at places (h, w), its border going on."""
    height, width = picture.shape
    (top, down), (left, right) = _between(y, height), _between(x, width)
    flat, start = np.ravel(picture), top * width + left
    below, beside = np.where(top < height - 1, width, 0), np.where(left < width - 1, 1, 0)
    upper = flat[start] + right * (flat[start + beside] - flat[start])
    start = start + below
    lower = flat[start] + right * (flat[start + beside] - flat[start])
    return np.asarray(upper + down * (lower - upper))


def _between(at: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Number of the pixel before each place, and how far it is from there to the next, float32."""
    inside = np.clip(at, 0, count - 1)
    first = inside.astype(np.intp)
    return first, (inside - first).astype(np.float32)


def _averaged(picture: np.ndarray, level: int) -> np.ndarray:
    """Means of squares of `level` px; the border goes on where they do not fit."""
    height, width = picture.shape
    filled = np.pad(picture, [(0, -height % level), (0, -width % level)], mode="edge")
    return filled.reshape(filled.shape[0] // level, level, -1, level).mean(axis=(1, 3))
