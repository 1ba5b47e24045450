"""Temperatures of hair: the texture of its strands, and the roots that cover the scalp's skin."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from thermvision.head.hair import Flow, HairStyle, cover_at_height, height_above_hairline_mm
from thermvision.head.hair.cap import LENGTH_MM
from thermvision.head.model import load_head_model
from thermvision.physiology.smooth_noise import smooth_field
from thermvision.portraits.skin_points import Texels, head_texels
from thermvision.thermal.emissivity import EMISSIVITY

_ACROSS_MM, _ALONG_MM = 560.0, LENGTH_MM  # what the texture spans
_LOCKS_K, _STRANDS_K, _CURLS_K, _PARTING_K = 0.16, 0.13, 0.34, 1.9
_PARTING_TEXELS = 12  # half the width of the band that holds the parting
_ROWS = 16  # strands run along v: little changes over so many texels


def hair_layer(
    region_k: dict[str, float], style: HairStyle, rng: np.random.Generator, size: int
) -> Float32[np.ndarray, "size size 3"]:
    """Layer 1: temperature, emissivity and face share; strands run along v."""
    rows = size // _ROWS
    v, u = np.meshgrid((np.arange(rows) + 0.5) / rows, (np.arange(size) + 0.5) / size, indexing="ij")
    texture = _streaks(u * _ACROSS_MM, v * _ALONG_MM, style, rng)
    below = np.concatenate([texture[1:], texture[-1:]])
    share = (np.arange(_ROWS, dtype=np.float32) / _ROWS)[None, :, None]
    texture = (texture[:, None] + share * (below - texture)[:, None]).reshape(size, size)
    if style.flow is Flow.PARTED:
        middle = slice(size // 2 - _PARTING_TEXELS, size // 2 + _PARTING_TEXELS)
        texture[middle] += _parting(size, rng)
    layer = np.empty((size, size, 3), np.float32)
    layer[:, :, 0] = region_k["hair"] + texture
    layer[:, :, 1] = EMISSIVITY["hair"]
    layer[:, :, 2] = 0
    return layer


def _streaks(across_mm: np.ndarray, along_mm: np.ndarray, style: HairStyle, rng: np.random.Generator) -> np.ndarray:
    """Soft locks and fine strands, both long along the strands; curls are round instead."""
    shape = across_mm.shape
    flat = np.zeros(across_mm.size)
    bend = smooth_field(_points(across_mm * 0.4, along_mm * 0.3, flat), rng, wavelength_mm=60.0, num_waves=8)
    warped = across_mm.ravel() + 4.0 * bend
    locks = smooth_field(_points(warped, along_mm * 0.08, flat), rng, wavelength_mm=21.0).reshape(shape)
    fine = gaussian_filter(rng.standard_normal(shape, np.float32), (4.0, 1.5), mode="wrap")
    finer = gaussian_filter(rng.standard_normal(shape, np.float32), (2.0, 0.8), mode="wrap")
    strands = fine / fine.std() + 0.7 * finer / finer.std()
    # Strands belong together here and there: their contrast comes and goes.
    contrast = 1 + 0.5 * smooth_field(_points(warped, along_mm * 0.3, flat), rng, wavelength_mm=70.0, num_waves=8)
    out = _LOCKS_K * locks + _STRANDS_K * strands * contrast.reshape(shape).clip(0.2, 2)
    if style.curl_mm > 0:
        curls = gaussian_filter(rng.standard_normal(shape, np.float32), (0.5, 10.0), mode="wrap")
        folds = np.abs(curls / curls.std())
        out = 0.6 * out + _CURLS_K * (0.8 - folds).clip(-1, 1)
    return np.asarray(out, np.float32)


def _points(across: np.ndarray, along: np.ndarray, flat: np.ndarray) -> np.ndarray:
    return np.stack([across.ravel(), along.ravel(), flat], axis=1).astype(np.float32)


def _parting(size: int, rng: np.random.Generator) -> np.ndarray:
    """A narrow warm line where scalp shows, a little crooked, here and there covered."""
    noise = gaussian_filter1d(rng.standard_normal((3, size)), 9.0, axis=1, mode="wrap")
    noise /= noise.std(axis=1, keepdims=True)
    v_mm = (np.arange(-_PARTING_TEXELS, _PARTING_TEXELS) + 0.5)[:, None] * _ALONG_MM / size
    width = 1.7 * np.exp(0.25 * noise[0])
    return np.asarray(
        _PARTING_K * (0.7 + 0.3 * noise[1]).clip(0.1, 1.3) * np.exp(-(((v_mm - 1.2 * noise[2]) / width) ** 2)),
        np.float32,
    )


@lru_cache(maxsize=1)
def _ear_share() -> np.ndarray:
    masks = load_head_model().vertex_masks
    return head_texels().atlas.interpolate(np.maximum(masks["ear_left"], masks["ear_right"]))


def root_cover(
    texels: Texels, hairline_mm: float, density: float, style: HairStyle, rng: np.random.Generator
) -> Float32[np.ndarray, " n"]:
    """Share of each texel of the skin that hair at its roots hides, 0-1: single hairs first, dense further up."""
    position = texels.skin.position_mm
    height = height_above_hairline_mm(texels.scalp_height_mm, position, hairline_mm + style.receded_mm)
    # Single hairs run up from the forehead; the line itself wanders slowly.
    single = smooth_field(position * np.array([1.0, 0.25, 0.5], np.float32), rng, wavelength_mm=2.4)
    coarse = smooth_field(position, rng, wavelength_mm=24.0)
    cover = cover_at_height(height + 1.6 * coarse + 1.3 * single) * density * style.roots
    cover *= 1 - _ear_share()
    cover *= (texels.part == 0) & ~texels.mouth & ~texels.socket
    return np.asarray(cover, np.float32)
