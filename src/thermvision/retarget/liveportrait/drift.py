"""Temperature that stays: what the networks lose of a source picture is carried along, and skin at rest keeps its own.

The networks draw a face anew, in every frame: their grey is near the source's but not the same, by tenths of a kelvin at
best. Two corrections, both 0 where the networks are right:

1. What the networks leave out is measured once, on the source that does not move: residual = source - drawn(source). It is
   added to every frame along the network's own motion field, less where the field stretches (a mouth that opens shows what the
   source did not) and where the network calls a place hidden.
2. Skin that the field does not move keeps the temperature it has in the source: the coarse difference that is left there is
   taken away, on the moved skin around it less and less.

Without motion both together give the source back, whatever the weights are.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import gaussian_filter

from thermvision.retarget.liveportrait.resample import sample_at

STILL_PX = 1.0  # of a picture of 512: a move this large counts as rest to 37 %
COARSE_PX = 12.0  # sigma of the coarse part, of a picture of 512
FULL_STRETCH = 0.5  # change of distance between neighbours at which none of a residual's detail is carried


def carried_residual(
    residual_k: Float32[np.ndarray, "n n"],
    move_px: Float32[np.ndarray, "n n 2"],
    visible: Float32[np.ndarray, "n n"],
) -> Float32[np.ndarray, "n n"]:
    """The residual where the skin is now; move_px: source minus driving place of each pixel, visible: 0 hidden to 1."""
    coarse = gaussian_filter(residual_k, COARSE_PX * len(residual_k) / 512, mode="nearest")
    places = _pixels(len(residual_k)) + move_px
    detail = np.clip(1 - _stretch(move_px) / FULL_STRETCH, 0, 1)
    low, high = sample_at(coarse, places), sample_at(residual_k - coarse, places)
    return (visible * (low + detail * high)).astype(np.float32)


def at_rest(move_px: Float32[np.ndarray, "n n 2"], visible: Float32[np.ndarray, "n n"]) -> Float32[np.ndarray, "n n"]:
    """1 where the skin is where it was in the source and as visible, towards 0 as it moves."""
    moved = (move_px**2).sum(axis=-1) / (STILL_PX * len(move_px) / 512) ** 2
    return (visible * np.exp(-moved)).astype(np.float32)


def anchored(
    drawn_k: Float32[np.ndarray, "n n"], source_k: Float32[np.ndarray, "n n"], rest: Float32[np.ndarray, "n n"]
) -> Float32[np.ndarray, "n n"]:
    """The drawn temperatures without the coarse difference that they have to the source's on skin at rest."""
    if float(rest.max()) < 1e-3:
        return drawn_k
    sigma = COARSE_PX * len(drawn_k) / 512
    weight = gaussian_filter(rest, sigma, mode="nearest")
    off_k = gaussian_filter(rest * (source_k - drawn_k), sigma, mode="nearest") / np.maximum(weight, 1e-6)
    return (drawn_k + rest * off_k).astype(np.float32)


def visibility(
    occlusion: Float32[np.ndarray, "n n"],
    occlusion_at_rest: Float32[np.ndarray, "n n"],
    move_px: Float32[np.ndarray, "n n 2"],
) -> Float32[np.ndarray, "n n"]:
    """How visible each pixel is compared with the place it comes from in the source that does not move, 0-1."""
    before = sample_at(occlusion_at_rest, _pixels(len(occlusion)) + move_px)
    return np.clip(occlusion / np.maximum(before, 1e-3), 0, 1).astype(np.float32)


def _pixels(size: int) -> np.ndarray:
    middle = np.arange(size, dtype=np.float32) + np.float32(0.5)
    return np.stack(np.meshgrid(middle, middle), axis=-1)


def _stretch(move_px: np.ndarray) -> np.ndarray:
    """How much the field changes from pixel to pixel."""
    down, right = np.gradient(move_px, axis=(0, 1))
    return np.sqrt((down**2 + right**2).sum(axis=-1))
