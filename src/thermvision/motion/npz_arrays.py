"""Arrays of an .npz file, read with a bound on every size and without evaluating what a header says."""

from __future__ import annotations

import io
import math
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

MAX_TOTAL_BYTES = 128 * 2**20  # half as much again as the longest motion takes
_MAX_MEMBERS, _MAX_HEADER_BYTES = 64, 4096
_HEADER = re.compile(
    r"\{'descr': '([<|][A-Za-z]\d{1,5})', 'fortran_order': (True|False), 'shape': \((|\d{1,12}(?:, \d{1,12}){0,7},?)\), \} *\n"
)
_KINDS = "fiubU"  # numbers and fixed text; never objects
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


class NpzRefused(ValueError):
    """The file is no .npz of plain arrays; the text says why."""


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """All arrays of an .npz file that numpy or `write_arrays` wrote, by name.

    At most 64 arrays and 128 MiB, whatever the file claims. Raises NpzRefused. The format: NEP 1, version 1.0 and 2.0.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > _MAX_MEMBERS:
                raise NpzRefused(f"it holds more than {_MAX_MEMBERS} arrays")
            arrays, left = {}, MAX_TOTAL_BYTES
            for member in members:
                content = _content(archive, member, left)
                left -= len(content)
                arrays[member.filename.removesuffix(".npy")] = _array(content)
            return arrays
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, OverflowError) as error:
        # RuntimeError: encrypted, or (NotImplementedError) packed in a way that Python does not know
        raise NpzRefused("it is no .npz file or damaged") from error
    except ValueError as error:
        raise error if isinstance(error, NpzRefused) else NpzRefused("it is no .npz file or damaged") from error


def holds_array(path: Path, name: str) -> bool:
    """Whether a file is an .npz with an array of this name; nothing is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            return f"{name}.npy" in archive.namelist()
    except (zipfile.BadZipFile, struct.error, EOFError, OSError, RuntimeError, OverflowError, ValueError):
        return False


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NpzRefused("it is packed in another way than an .npz")
    with archive.open(member) as file:
        content = file.read(most + 1)  # counts what is unpacked, not what is claimed
        if len(content) > most:
            raise NpzRefused(f"it unpacks to more than {MAX_TOTAL_BYTES // 2**20} MiB")
        file.read(1)  # the check sum is compared at the end
    return content


def _array(content: bytes) -> np.ndarray:
    if content[:6] != b"\x93NUMPY" or len(content) < 12:
        raise NpzRefused("a member is no array")
    start, form = (10, "<H") if content[6] == 1 else (12, "<I")
    length = struct.unpack(form, content[8:start])[0]
    if content[6] not in (1, 2) or length > _MAX_HEADER_BYTES:
        raise NpzRefused("an array has an unknown header")
    header = _HEADER.fullmatch(content[start : start + length].decode("latin-1"))
    if header is None or header[1][1] not in _KINDS:
        raise NpzRefused("an array is of another kind than plain numbers and text")
    try:
        dtype = np.dtype(header[1])
    except TypeError as error:
        raise NpzRefused("an array is of no kind that numpy knows") from error
    shape = tuple(int(side) for side in header[3].replace(",", " ").split())
    data = memoryview(content)[start + length :]
    if dtype.itemsize == 0 or math.prod(shape) * dtype.itemsize != len(data):
        raise NpzRefused("an array's shape does not fit its bytes")
    flat = np.frombuffer(data, dtype) if len(data) else np.empty(0, dtype)
    if dtype.kind == "b":
        flat = flat.view(np.uint8) != 0  # a byte of 2 would be neither true nor false
    return flat.reshape(shape, order="F" if header[2] == "True" else "C")


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write an .npz file, whole or not at all, the same bytes for the same arrays; ValueError for arrays of objects."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _FIXED_TIME), member.getvalue(), zipfile.ZIP_DEFLATED)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(buffer.getvalue())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
