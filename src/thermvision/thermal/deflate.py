"""Deflate (RFC 1951) without a search for repeats: one Huffman code for the bytes of an image.

In a picture with noise nothing repeats, and looking for it takes most of a compressor's time: this takes a third of it,
and files are no larger. Not for pictures without noise, where it spends at least a bit on every byte.
"""

from __future__ import annotations

import struct

import numba as nb
import numpy as np
from isal import isal_zlib
from jaxtyping import UInt8

_END = 256  # the symbol behind the last byte
_SYMBOLS = 257
_LONGEST = 15  # bits of a code
_SAMPLE = 4  # the code is made for every fourth row
# Lengths of the codes are sent as numbers of 4 bits: code lengths 0-15 get 4 bits each, the three kinds of repeats none.
_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
_REVERSED = np.array([int(f"{length:04b}"[::-1], 2) for length in range(16)])
# Last block, of the dynamic kind; 257 symbols, one distance (of no bits: there are none), 19 lengths of lengths; then the
# lengths of all symbols and of the distance follow.
_HEADER = np.array([1, 2, 0, 0, 15, *(4 if length < 16 else 0 for length in _ORDER)])
_HEADER_BITS = np.array([1, 2, 5, 5, 4] + [3] * len(_ORDER) + [4] * (_SYMBOLS + 1))


def compress_rows(rows: UInt8[np.ndarray, "h w"]) -> bytes:
    """A zlib stream of the bytes of `rows`; the same bytes give the same stream."""
    counts = _count(rows)
    lengths = _code_lengths(counts, np.argsort(counts, kind="stable"))
    flat = rows.reshape(-1)
    words = np.empty(len(flat) * _LONGEST // 32 + 64, np.uint32)
    header = np.concatenate([_HEADER, _REVERSED[lengths], [0]])
    used = _encode(flat, lengths, _codes(lengths), header, _HEADER_BITS, words)
    return b"\x78\x01" + words.view(np.uint8)[:used].tobytes() + struct.pack(">I", isal_zlib.adler32(flat))


@nb.njit(cache=True)
def _count(rows):  # type: ignore[no-untyped-def]
    """How often each byte occurs; neighbours are counted apart, or equal ones would wait for one another."""
    counts = np.zeros((2, _SYMBOLS), np.int64)
    height, width = rows.shape
    for y in range(0, height, _SAMPLE):
        for x in range(0, width - 1, 2):
            counts[0, rows[y, x]] += 1
            counts[1, rows[y, x + 1]] += 1
    for symbol in range(_SYMBOLS):
        counts[0, symbol] += counts[1, symbol]
    return counts[0]


@nb.njit(cache=True)
def _code_lengths(counts, order):  # type: ignore[no-untyped-def]
    """Lengths of a Huffman code for all bytes and the end, none longer than allowed: rare symbols count for more until it fits.

    order: symbols by count, the rarest first.
    """
    least = 1
    while True:
        weight = np.empty(2 * _SYMBOLS, np.int64)
        for symbol in range(_SYMBOLS):
            weight[symbol] = max(counts[symbol], least)
        parent = np.zeros(2 * _SYMBOLS, np.int64)
        leaf, inner, made = 0, _SYMBOLS, _SYMBOLS  # the lightest not yet joined: a symbol or an earlier pair
        while made < 2 * _SYMBOLS - 1:
            total = 0
            for _ in range(2):
                if leaf < _SYMBOLS and (inner >= made or weight[order[leaf]] <= weight[inner]):
                    lightest, leaf = order[leaf], leaf + 1
                else:
                    lightest, inner = inner, inner + 1
                total += weight[lightest]
                parent[lightest] = made
            weight[made] = total
            made += 1
        depth = np.zeros(2 * _SYMBOLS, np.int64)
        for node in range(made - 2, -1, -1):
            depth[node] = depth[parent[node]] + 1
        longest = 0
        for symbol in range(_SYMBOLS):
            longest = max(longest, depth[symbol])
        if longest <= _LONGEST:
            return depth[:_SYMBOLS]
        least *= 2


@nb.njit(cache=True)
def _codes(lengths):  # type: ignore[no-untyped-def]
    """Canonical codes in ascending order of length, their first bit lowest, as they are written."""
    codes = np.zeros(len(lengths), np.int64)
    code = 0
    for length in range(1, _LONGEST + 1):
        code <<= 1
        for symbol in range(len(lengths)):
            if lengths[symbol] == length:
                for bit in range(length):
                    codes[symbol] |= ((code >> (length - 1 - bit)) & 1) << bit
                code += 1
    return codes


@nb.njit(cache=True)
def _encode(data, lengths, codes, header, header_bits, words):  # type: ignore[no-untyped-def]
    """Write one block; returns the number of bytes. Bits gather in a register, and a word leaves it whenever 32 are there."""
    filled, bits, place = np.uint64(0), np.uint64(0), np.int64(0)
    for i in range(len(header)):
        value, count = header[i], header_bits[i]
        bits |= np.uint64(value) << filled
        filled += np.uint64(count)
        words[place] = np.uint32(bits & np.uint64(0xFFFFFFFF))
        full = filled >> np.uint64(5)
        place += np.int64(full)
        bits >>= full << np.uint64(5)
        filled &= np.uint64(31)
    entries = np.empty(256, np.uint32)  # code below, length above
    for symbol in range(256):
        entries[symbol] = codes[symbol] | (lengths[symbol] << 16)
    low, half = np.uint64(0xFFFF), np.uint64(16)
    for i in range(0, len(data) - 1, 2):  # two bytes at once: a shorter chain from one word to the next
        first, second = np.uint64(entries[data[i]]), np.uint64(entries[data[i + 1]])
        pair = (first & low) | ((second & low) << (first >> half))
        bits |= pair << filled
        filled += (first >> half) + (second >> half)
        words[place] = np.uint32(bits & np.uint64(0xFFFFFFFF))
        full = filled >> np.uint64(5)
        place += np.int64(full)
        bits >>= full << np.uint64(5)
        filled &= np.uint64(31)
    if len(data) % 2:
        bits |= np.uint64(codes[data[-1]]) << filled
        filled += np.uint64(lengths[data[-1]])
    bits |= np.uint64(codes[_END]) << filled
    filled += np.uint64(lengths[_END])
    words[place] = np.uint32(bits & np.uint64(0xFFFFFFFF))
    words[place + 1] = np.uint32(bits >> np.uint64(32))
    return 4 * place + np.int64((filled + np.uint64(7)) >> np.uint64(3))
