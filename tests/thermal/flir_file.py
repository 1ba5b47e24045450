"""Write a FLIR radiometric JPEG as its documented layout says, for tests of the reader."""

import io
import struct

import numpy as np
from PIL import Image

CONSTANTS = {
    "emissivity": 0.98, "distance_m": 1.0, "reflected_k": 295.15, "air_k": 294.15, "humidity": 0.45, "r1": 17096.453, "b": 1428.0, "f": 1.0,
    "alpha1": 0.006569, "alpha2": 0.01262, "beta1": -0.002276, "beta2": -0.00667, "x": 1.9, "r2": 0.046642166, "o": -342,
}  # fmt: skip
PLACES = {
    "emissivity": 0x20, "distance_m": 0x24, "reflected_k": 0x28, "air_k": 0x2C, "humidity": 0x3C, "r1": 0x58, "b": 0x5C, "f": 0x60,
    "alpha1": 0x70, "alpha2": 0x74, "beta1": 0x78, "beta2": 0x7C, "x": 0x80, "r2": 0x30C,
}  # fmt: skip


def flir_jpeg(path, counts, *, as_png=False, big_endian_header=True, segment_bytes=4000, **changed):
    """Counts (h, w) uint16 and the camera's constants in APP1 segments of a small JPEG."""
    told = {**CONSTANTS, **changed}
    height, width = counts.shape
    if as_png:
        buffer = io.BytesIO()
        Image.fromarray(counts.byteswap()).save(buffer, "PNG")
        body = buffer.getvalue()
    else:
        body = counts.astype("<u2").tobytes()
    raw = struct.pack("<HHH", 2, width, height) + bytes(26) + body
    camera = bytearray(0x400)
    struct.pack_into("<H", camera, 0, 2)
    for name, place in PLACES.items():
        struct.pack_into("<f", camera, place, told[name])
    struct.pack_into("<ff", camera, 0x30, 293.15, 1.0)  # a window that lets all through
    struct.pack_into("<i", camera, 0x308, told["o"])
    order = ">" if big_endian_header else "<"
    start = 0x40 + 6 * 32  # four entries are free, as in cameras' files
    header = b"FFF\x00" + b"test".ljust(16, b"\x00") + struct.pack(order + "III", 101, 0x40, 6)
    entries = b""
    for kind, offset, length in ((1, start, len(raw)), (0x20, start + len(raw), len(camera))):
        entries += struct.pack(order + "HHIIII", kind, 2, 101, 0, offset, length) + bytes(12)
    data = header.ljust(0x40, b"\x00") + entries.ljust(6 * 32, b"\x00") + raw + bytes(camera)
    picture = io.BytesIO()
    Image.fromarray(np.zeros((height, width), np.uint8)).save(picture, "JPEG")
    plain, parts = picture.getvalue(), [data[at : at + segment_bytes] for at in range(0, len(data), segment_bytes)]
    segments = b""
    for number, part in enumerate(parts):
        inside = b"FLIR\x00\x01" + bytes([number, len(parts) - 1]) + part
        segments += b"\xff\xe1" + struct.pack(">H", len(inside) + 2) + inside
    path.write_bytes(plain[:2] + segments + plain[2:])
    return path
