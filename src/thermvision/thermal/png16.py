"""PNG files of 16-bit temperatures and 8-bit masks, fast: a filter in numba, then `deflate` or, for masks, igzip.

OpenCV is not used: the tracker brings a build of its own, and two builds cannot live in one environment. Pillow at level 1
takes several times as long (bench/bench_thermal.py). Reading is Pillow's work.
"""

from __future__ import annotations

import io
import struct

import numba as nb
import numpy as np
from isal import isal_zlib
from jaxtyping import Bool, UInt8, UInt16

from thermvision.thermal.deflate import compress_rows
from thermvision.types import CentikelvinImage, InputError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LEVEL = 1


def encode_png16(counts: CentikelvinImage) -> bytes:
    """A 16-bit grey PNG of (h, w) uint16; the same image gives the same bytes."""
    if counts.dtype != np.uint16 or counts.ndim != 2 or not counts.size:
        raise InputError(f"a 16-bit PNG needs a (h, w) uint16 image, got {counts.dtype} {counts.shape}")
    return _assemble(compress_rows(_filter16(np.ascontiguousarray(counts))), counts.shape, bit_depth=16)


def encode_png8(image: UInt8[np.ndarray, "h w"] | Bool[np.ndarray, "h w"]) -> bytes:
    """An 8-bit grey PNG of (h, w) uint8, or of a mask as 0 and 255."""
    if image.dtype not in (np.uint8, np.bool_) or image.ndim != 2 or not image.size:
        raise InputError(f"an 8-bit PNG needs a (h, w) uint8 or bool image, got {image.dtype} {image.shape}")
    grey = image if image.dtype == np.uint8 else image.astype(np.uint8) * np.uint8(255)
    return _assemble(isal_zlib.compress(_filter8(np.ascontiguousarray(grey)), level=_LEVEL), grey.shape, bit_depth=8)


def decode_centikelvin(png: bytes) -> UInt16[np.ndarray, "h w"]:
    """The counts of a 16-bit grey PNG; multiply by 0.01 for kelvin. Never go through `.convert`, which saturates at 255."""
    from PIL import Image

    image = Image.open(io.BytesIO(png))
    if not image.mode.startswith("I"):
        raise InputError(f"the image is {image.mode}, not 16-bit grey: it holds no temperatures")
    return np.asarray(image).astype(np.uint16)


def _assemble(body: bytes, shape: tuple[int, ...], *, bit_depth: int) -> bytes:
    height, width = shape
    header = struct.pack(">IIBBBBB", width, height, bit_depth, 0, 0, 0, 0)
    return _SIGNATURE + b"".join(
        _chunk(kind, data) for kind, data in ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", isal_zlib.crc32(data, isal_zlib.crc32(kind)))


@nb.njit(cache=True)
def _filter16(counts):  # type: ignore[no-untyped-def]
    """Rows with PNG's Up filter (each byte minus the byte above), big-endian, filter byte in front.

    Noise compresses a few per cent better against the row above than against the pixel to the left.
    """
    height, width = counts.shape
    rows = np.empty((height, 1 + 2 * width), np.uint8)
    above = np.zeros(width, np.uint16)
    for y in range(height):
        here, row = counts[y], rows[y]
        row[0] = 2
        for x in range(width):
            value, before = here[x], above[x]
            row[1 + 2 * x] = np.uint8(value >> 8) - np.uint8(before >> 8)
            row[2 + 2 * x] = np.uint8(value & 255) - np.uint8(before & 255)
        above = here
    return rows


@nb.njit(cache=True)
def _filter8(grey):  # type: ignore[no-untyped-def]
    """Rows with PNG's Up filter: masks repeat from row to row."""
    height, width = grey.shape
    rows = np.empty((height, 1 + width), np.uint8)
    for y in range(height):
        rows[y, 0] = 2
        for x in range(width):
            above = grey[y - 1, x] if y > 0 else np.uint8(0)
            rows[y, 1 + x] = grey[y, x] - above
    return rows
