"""Kelvin from FLIR's radiometric JPEG: raw counts and the camera's constants lie in its APP1 segments, beside the 8-bit view.

Layout as ExifTool documents it: the APP1 segments that begin with FLIR, joined, are a file of records (FFF); record 1 holds
the counts as bare 16-bit words or as a PNG with swapped bytes, record 0x20 the camera's constants.
"""

from __future__ import annotations

import io
import math
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt16
from PIL import Image, UnidentifiedImageError

from thermvision.types import ZERO_CELSIUS_K, InputError

_SEGMENT, _RAW_DATA, _CAMERA = b"FLIR\x00", 1, 0x20
_PNG = b"\x89PNG"
# Offsets in the camera record, 32-bit floats but for the last two.
_FLOATS = {
    "emissivity": 0x20, "distance_m": 0x24, "reflected_k": 0x28, "air_k": 0x2C, "humidity": 0x3C, "r1": 0x58, "b": 0x5C, "f": 0x60,
    "alpha1": 0x70, "alpha2": 0x74, "beta1": 0x78, "beta2": 0x7C, "x": 0x80, "r2": 0x30C,
}  # fmt: skip
_O_AT = 0x308  # a 32-bit integer


@dataclass(frozen=True, slots=True)
class FlirCamera:
    """What the camera was told and how it was calibrated: counts = r1 / (r2 (exp(b / T) - f)) - o."""

    emissivity: float
    distance_m: float
    reflected_k: float
    air_k: float
    humidity: float  # 0-1
    r1: float
    b: float
    f: float
    alpha1: float
    alpha2: float
    beta1: float
    beta2: float
    x: float
    r2: float
    o: int

    def counts(self, temperature_k: float) -> float:
        """What a black body of that temperature gives."""
        return self.r1 / (self.r2 * (math.exp(self.b / temperature_k) - self.f)) - self.o

    def transmission(self) -> float:
        """Of the air between camera and object, 0-1 (FLIR's model of water vapour)."""
        air_c = self.air_k - ZERO_CELSIUS_K
        water = self.humidity * math.exp(1.5587 + 0.06939 * air_c - 2.7816e-4 * air_c**2 + 6.8455e-7 * air_c**3)
        far, wet = math.sqrt(max(self.distance_m, 0.0)), math.sqrt(max(water, 0.0))
        return self.x * math.exp(-far * (self.alpha1 + self.beta1 * wet)) + (1 - self.x) * math.exp(
            -far * (self.alpha2 + self.beta2 * wet)
        )

    def kelvin(self, counts: UInt16[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
        """Temperature of the object, (h, w): reflections and air taken off as the camera was told."""
        air = self.transmission()
        other = (1 - air) * self.counts(self.air_k) + (1 - self.emissivity) * air * self.counts(self.reflected_k)
        own = (counts.astype(np.float64) - other) / (self.emissivity * air)
        inside = self.r1 / (self.r2 * np.maximum(own + self.o, 1.0)) + self.f
        return (self.b / np.log(np.maximum(inside, 1.0 + 1e-9))).astype(np.float32)


def is_flir_jpeg(path: Path) -> bool:
    """Whether a file is a JPEG with FLIR's segments; reads its headers only."""
    return bool(_segments(path))


def read_flir_jpeg(path: Path) -> tuple[Float32[np.ndarray, "h w"], FlirCamera]:
    """Kelvin (h, w) and what the camera was told; InputError if the file is damaged or holds no counts."""
    data = b"".join(_segments(path))
    try:
        records = _records(data)
        camera, counts = _camera(records[_CAMERA]), _counts(records[_RAW_DATA])
        kelvin = camera.kelvin(counts)
    except (
        KeyError,
        struct.error,
        ValueError,
        OverflowError,
        ZeroDivisionError,
        UnidentifiedImageError,
        OSError,
    ) as error:
        raise InputError(
            f"{path} is a FLIR JPEG whose temperatures cannot be read ({type(error).__name__}); copy it again from the camera,"
            " or export it as 16-bit TIFF"
        ) from error
    if not np.isfinite(kelvin).all():
        raise InputError(f"{path} is a FLIR JPEG whose constants give no temperatures; export it as 16-bit TIFF")
    return kelvin, camera


def _segments(path: Path) -> list[bytes]:
    """The FLIR segments of a JPEG in order, without their headers; empty for any other file."""
    found: dict[int, bytes] = {}
    with open(path, "rb") as file:
        if file.read(2) != b"\xff\xd8":
            return []
        while True:
            head = file.read(4)
            if len(head) < 4 or head[0] != 0xFF or head[1] in (0xDA, 0xD9):
                break
            body = file.read(struct.unpack(">H", head[2:])[0] - 2)
            if head[1] == 0xE1 and body.startswith(_SEGMENT) and len(body) > 8:
                found[body[6]] = body[8:]
    return [found[number] for number in sorted(found)]


def _records(data: bytes) -> dict[int, bytes]:
    """Type -> bytes of each record. The directory's byte order is the one in which its version is a small number."""
    if data[:3] not in (b"FFF", b"AFF"):
        raise ValueError("no FFF header")
    order = next(one for one in "><" if 100 <= struct.unpack(one + "I", data[0x14:0x18])[0] < 200)
    start, count = struct.unpack(order + "II", data[0x18:0x20])
    records: dict[int, bytes] = {}
    for entry in range(start, start + 32 * min(count, 4096), 32):
        kind = struct.unpack(order + "H", data[entry : entry + 2])[0]
        offset, length = struct.unpack(order + "II", data[entry + 12 : entry + 20])
        if kind and offset + length <= len(data):
            records.setdefault(kind, data[offset : offset + length])
    return records


def _order(record: bytes) -> str:
    """A record begins with the number 2 in its own byte order."""
    return "<" if struct.unpack("<H", record[:2])[0] == 2 else ">"


def _counts(record: bytes) -> UInt16[np.ndarray, "h w"]:
    order = _order(record)
    width, height = struct.unpack(order + "HH", record[2:6])
    body = record[32:]
    if body.startswith(_PNG):
        with Image.open(io.BytesIO(body)) as opened:
            return np.asarray(opened).astype(np.uint16).byteswap()  # written with their bytes the wrong way round
    return np.frombuffer(body, order + "u2", width * height).reshape(height, width).astype(np.uint16)


def _camera(record: bytes) -> FlirCamera:
    order = _order(record)
    values = {name: struct.unpack_from(order + "f", record, at)[0] for name, at in _FLOATS.items()}
    if values["humidity"] > 2:  # some cameras write percent
        values["humidity"] /= 100
    return FlirCamera(**values, o=struct.unpack_from(order + "i", record, _O_AT)[0])
