"""White Gaussian noise inside numba kernels: a counter is hashed to 32 bits, and each half looks up a normal number.

A generator with a state would run pixel after pixel; a hash of the pixel's number runs on all lanes of a vector unit, and
a frame of 512 x 512 takes 0.3 ms, with numpy's `standard_normal` 2 ms. Two keys, drawn from the
caller's generator for each frame, enter at different rounds, so that the streams of two frames are not shifted copies.
The table holds the normal quantiles of 65,536 equal cells, scaled to a variance of exactly 1: numbers end at 4.3 standard
deviations, and their kurtosis is 2.999.
"""

from __future__ import annotations

from functools import lru_cache

import numba as nb
import numpy as np
from jaxtyping import Float32

TABLE_BITS = 16


@lru_cache
def normal_table() -> Float32[np.ndarray, " 65536"]:
    """Normal quantiles at the middles of 65,536 equal cells: mean 0, variance 1; indexed by 16 random bits."""
    from scipy.special import ndtri

    cells = 1 << TABLE_BITS
    quantiles = ndtri((np.arange(cells) + 0.5) / cells)
    return (quantiles / quantiles.std()).astype(np.float32)


@nb.njit(cache=True, fastmath=True, error_model="numpy")
def random_word(counter, key, second_key):  # type: ignore[no-untyped-def]
    """32 random bits of a uint32 counter and two uint32 keys: two rounds of the `lowbias32` mixer (Wellons 2018)."""
    word = np.uint32(counter + key)
    word = np.uint32((word ^ np.uint32(word >> np.uint32(16))) * np.uint32(0x7FEB352D))
    word = np.uint32((word ^ np.uint32(word >> np.uint32(15))) * np.uint32(0x846CA68B))
    word = np.uint32(word ^ np.uint32(word >> np.uint32(16)) ^ second_key)
    word = np.uint32((word ^ np.uint32(word >> np.uint32(16))) * np.uint32(0x21F0AAAD))
    word = np.uint32((word ^ np.uint32(word >> np.uint32(15))) * np.uint32(0x735A2D97))
    return np.uint32(word ^ np.uint32(word >> np.uint32(15)))


@nb.njit(cache=True, fastmath=True, error_model="numpy")
def fill_normal_row(row, start, keys, table):  # type: ignore[no-untyped-def]
    """Fill a float32 row of even length with normal numbers; `start`: how many words the rows before it have used.

    A word's halves go to the two halves of the row, which keeps the stores contiguous.
    """
    half = row.shape[0] // 2
    key, second_key = keys[0], keys[1]
    first = np.uint32(start)
    for x in range(half):
        word = random_word(np.uint32(first + np.uint32(x)), key, second_key)
        row[x] = table[word & np.uint32(0xFFFF)]
        row[x + half] = table[word >> np.uint32(16)]
