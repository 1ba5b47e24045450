"""Textures as the shading reads them: temperature, emissivity and face share of a texel in one 32-bit word.

A bilinear look then touches 16 bytes in two cache lines, where separate textures take twelve looks in six. The
temperature has 16 bits between the lowest and the highest of the texture, steps of a millikelvin or less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
from jaxtyping import Float32, UInt8, UInt32


@dataclass(frozen=True, slots=True)
class Texels:
    """Layers one below the other; temperature = lowest_k + step_k * (word >> 16), emissivity in bits 8-15, face in bit 0."""

    words: UInt32[np.ndarray, " n"]
    size: int  # texels a side of a layer
    lowest_k: np.float32
    step_k: np.float32


def pack_texels(
    textures: list[Float32[np.ndarray, "_ size size"]], materials: list[UInt8[np.ndarray, "_ size size 2"]]
) -> Texels:
    """Pack people's temperatures in K with their normal emissivity (255 = 1) and share of face (above half counts)."""
    low, high = min(float(one.min()) for one in textures), max(float(one.max()) for one in textures)
    step = max((high - low) / 65535.0, 1e-6)
    words = np.empty(sum(one.size for one in textures), np.uint32)
    start = 0
    for texture, material in zip(textures, materials, strict=True):
        end = start + texture.size
        _pack(texture.reshape(-1), material.reshape(-1, 2), np.float32(low), np.float32(1 / step), words[start:end])
        start = end
    return Texels(words, textures[0].shape[1], np.float32(low), np.float32(step))


@nb.njit(cache=True)
def _pack(texture, material, low, scale, words):  # type: ignore[no-untyped-def]
    for i in range(len(words)):
        count = np.uint32(min(np.int32((texture[i] - low) * scale + np.float32(0.5)), np.int32(65535)))
        face = np.uint32(1) if material[i, 1] > 127 else np.uint32(0)
        words[i] = (count << np.uint32(16)) | (np.uint32(material[i, 0]) << np.uint32(8)) | face
