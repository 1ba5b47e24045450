"""Numpy arrays as a pickle describes them: symbols for what a pickle may name, and arrays built from plain bytes."""

from __future__ import annotations

import math
from enum import Enum
from typing import Any

import numpy as np

MAX_DIMENSIONS = 8
_PLAIN_DTYPES = frozenset(
    f"{kind}{size}" for kind, sizes in {"f": "248", "i": "1248", "u": "1248"}.items() for size in sizes
)


class PickleRefused(ValueError):
    """A pickle holds what plain data and arrays do not need; the text says what."""


class Symbol(Enum):
    """The names that a pickle of plain arrays uses. They are compared, never imported and never called."""

    RECONSTRUCT = "numpy array rebuilding"
    FROM_BUFFER = "numpy array from a buffer"
    SCALAR = "numpy scalar"
    NDARRAY = "numpy.ndarray"
    DTYPE = "numpy.dtype"
    ENCODE = "text to bytes"
    BYTES = "empty bytes"


SYMBOLS: dict[tuple[str, str], Symbol] = {
    ("numpy", "ndarray"): Symbol.NDARRAY,
    ("numpy", "dtype"): Symbol.DTYPE,
    ("_codecs", "encode"): Symbol.ENCODE,  # protocols 0-2 write bytes as text and its encoding
    ("__builtin__", "bytes"): Symbol.BYTES,  # ... and empty ones as a call without arguments
    **{
        (f"numpy.{core}.{module}", name): symbol
        for core in ("core", "_core")  # numpy before and after 2.0
        for module, name, symbol in (
            ("multiarray", "_reconstruct", Symbol.RECONSTRUCT),
            ("multiarray", "scalar", Symbol.SCALAR),
            ("numeric", "_frombuffer", Symbol.FROM_BUFFER),  # protocol 5
        )
    },
}


class DtypeDraft:
    """A dtype while a pickle is read: REDUCE names it, BUILD gives the byte order."""

    def __init__(self, code: Any) -> None:
        text = code.decode("latin-1") if type(code) is bytes else code
        if type(text) is not str or text.lstrip("<>=|") not in _PLAIN_DTYPES:
            raise PickleRefused("an array of another kind than plain numbers")
        self.dtype = np.dtype(text)

    def build(self, state: Any) -> None:
        """Take the state tuple (version, byte order, None, None, None, -1, -1, 0)."""
        if type(state) is not tuple or len(state) < 3 or any(part is not None for part in state[2:5]):
            raise PickleRefused("a dtype with fields")
        order = state[1].decode("latin-1") if type(state[1]) is bytes else state[1]
        if type(order) is not str or order not in ("<", ">", "|", "="):
            raise PickleRefused("a dtype of unknown byte order")
        self.dtype = self.dtype.newbyteorder(order if order != "|" else "=")  # type: ignore[arg-type]


class ArrayDraft:
    """An array while a pickle is read: REDUCE makes it, BUILD fills it."""

    array: np.ndarray | None = None

    def build(self, state: Any) -> int:
        """Take the state tuple (version, shape, dtype, Fortran order, bytes); returns the number of bytes taken."""
        if type(state) is not tuple or len(state) != 5:
            raise PickleRefused("an array without shape and bytes")
        _, shape, dtype, fortran, content = state
        if type(content) is str:  # protocol 0 of Python 2
            content = _as_bytes(content)
        self.array = array_from_bytes(content, dtype, shape, "F" if fortran is True else "C")
        return int(self.array.nbytes)


def array_from_bytes(content: Any, dtype: Any, shape: Any, order: Any) -> np.ndarray:
    """An array of its own memory, if bytes, dtype and shape fit together."""
    if type(content) not in (bytes, bytearray) or type(dtype) is not DtypeDraft or order not in ("C", "F"):
        raise PickleRefused("an array whose content is no bytes")
    if type(shape) is not tuple or len(shape) > MAX_DIMENSIONS or any(type(n) is not int or n < 0 for n in shape):
        raise PickleRefused("an array whose shape is no shape")
    if math.prod(shape) * dtype.dtype.itemsize != len(content):
        raise PickleRefused("an array whose shape does not fit its bytes")
    try:
        return np.frombuffer(content, dtype.dtype).reshape(shape, order=order).astype(dtype.dtype.newbyteorder("="))
    except ValueError as error:  # nothing in it, or sides beyond what numpy can count
        raise PickleRefused("an array without content or too large") from error


def scalar_from_bytes(content: Any, dtype: Any) -> int | float:
    """A plain number from the bytes of a numpy scalar."""
    value: int | float = array_from_bytes(content, dtype, (), "C").item()
    return value


def encoded(text: Any, encoding: Any) -> bytes:
    """What `_codecs.encode(text, 'latin1')` would give; other encodings are refused."""
    if type(text) is not str or encoding != "latin1":
        raise PickleRefused("text in an encoding that is not latin1")
    return _as_bytes(text)


def _as_bytes(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError as error:
        raise PickleRefused("bytes that are no bytes") from error
