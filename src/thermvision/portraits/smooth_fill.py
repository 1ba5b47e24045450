"""Fill what a picture does not show from what it shows around it: a membrane through the known pixels."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Float32

from thermvision.head.membrane_sweep import sweep

_SWEEPS = 12  # at each size; the coarser sizes have done the far-reaching part
_SMALLEST = 3


def smooth_fill(image: Float[np.ndarray, "h w"], known: Bool[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    """The picture with its unknown pixels filled smoothly; known ones stay as they are. All unknown: zeros.

    The membrane (Laplace's equation with free borders) is solved from coarse to fine: half the size first, then a few
    sweeps of Gauss-Seidel; the error is far below what noise hides.
    """
    if not known.any():
        return np.zeros(image.shape, np.float32)
    return _fill(np.where(known, image, 0).astype(np.float32), known)


def _fill(image: np.ndarray, known: np.ndarray) -> np.ndarray:
    if known.all():
        return image
    height, width = image.shape
    if max(height, width) <= _SMALLEST:
        return np.where(known, image, image[known].mean() if known.any() else 0).astype(np.float32)
    even = ((0, height % 2), (0, width % 2))
    weight = np.pad(known.astype(np.float32), even)
    total = np.pad(image * known, even)
    weight, total = _halved(weight), _halved(total)
    coarse = _fill(total / np.maximum(weight, 1e-9), weight > 0)
    filled = np.where(known, image, _doubled(coarse)[:height, :width]).astype(np.float32)
    sweep(filled, known, _SWEEPS)
    return filled


def _halved(image: np.ndarray) -> np.ndarray:
    return (image[::2, ::2] + image[1::2, ::2] + image[::2, 1::2] + image[1::2, 1::2]).astype(np.float32)


def _doubled(image: np.ndarray) -> np.ndarray:
    """Twice the size, linear between the pixels' centres."""
    for axis in (0, 1):
        padded = np.pad(image, [(1, 1) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
        before, here, after = (np.take(padded, np.arange(k, k + image.shape[axis]), axis=axis) for k in (0, 1, 2))
        pair = np.stack([0.75 * here + 0.25 * before, 0.75 * here + 0.25 * after], axis=axis + 1)
        shape = list(image.shape)
        shape[axis] *= 2
        image = pair.reshape(shape)
    return image
