"""Rows as an Arrow record batch, buffer by buffer.

Arrow's own way (`from_pylist`) looks at every number as a Python object, and imports pandas wherever that is installed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

_NUMBERS = {pa.float32(): np.float32, pa.int32(): np.int32}


def record_batch(rows: Sequence[dict[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    """The rows, each of which holds every column of the schema; nothing may be missing."""
    columns = [_array([row[field.name] for row in rows], field.type) for field in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """A column without nulls."""
    if pa.types.is_struct(kind):
        children = [_array([value[field.name] for value in values], field.type) for field in kind]
        return pa.Array.from_buffers(kind, len(values), [None], children=children)
    if pa.types.is_list(kind):
        items = _array(list(chain.from_iterable(values)), kind.value_type)
        return pa.Array.from_buffers(kind, len(values), [None, _offsets(values)], children=[items])
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        words = [value.encode() if isinstance(value, str) else value for value in values]
        return pa.Array.from_buffers(kind, len(values), [None, _offsets(words), pa.py_buffer(b"".join(words))])
    return _numbers(np.asarray(values), len(values), kind)


def _numbers(values: np.ndarray, count: int, kind: pa.DataType) -> pa.Array:
    """Numbers, or lists of fixed size of them; values (count, ...) with an axis for each list."""
    if pa.types.is_fixed_size_list(kind):
        items = _numbers(values, count * kind.list_size, kind.value_type)
        return pa.Array.from_buffers(kind, count, [None], children=[items])
    if values.size != count:
        raise ValueError(f"{values.shape} holds {values.size} numbers; expected {count}")
    if pa.types.is_boolean(kind):
        flat = np.packbits(values.astype(bool), bitorder="little")
    else:
        flat = np.ascontiguousarray(values, _NUMBERS[kind])
    return pa.Array.from_buffers(kind, count, [None, pa.py_buffer(flat)])


def _offsets(values: Sequence[Any]) -> pa.Buffer:
    return pa.py_buffer(np.cumsum([0, *map(len, values)], dtype=np.int32))
