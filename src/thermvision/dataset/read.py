"""Read a data set: its clips, their rows, their temperatures."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float32

from thermvision.dataset.clip_files import FRAMES, finished
from thermvision.thermal.png16 import decode_centikelvin
from thermvision.types import InputError

_ROWS_AT_ONCE, _BUFFER = 16, 1 << 20  # rows and bytes held: by default Arrow reads a row group's images all at once


def clip_folders(dataset: Path) -> list[Path]:
    """Folders of the finished clips, by name; InputError if there is no data set."""
    folders = sorted(path for path in (Path(dataset) / "clips").glob("[!.]*") if finished(path) is not None)
    if not folders:
        raise InputError(f"{dataset} holds no finished clip; make a data set with `thermvision build --out {dataset}`")
    return folders


@contextlib.contextmanager
def opened(clip: Path) -> Iterator[pq.ParquetFile]:
    """The frames of a clip; InputError naming it if what is read turns out to be damaged."""
    try:
        with pq.ParquetFile(Path(clip) / FRAMES, buffer_size=_BUFFER) as file:
            yield file
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"clip {clip} is damaged; delete that folder and run the same `thermvision build` again"
        ) from error


def num_rows(clip: Path) -> int:
    """Frames of a clip."""
    with opened(clip) as file:
        return int(file.metadata.num_rows)


def read_rows(
    clip: Path, columns: list[str] | None = None, *, only: set[int] | None = None
) -> Iterator[dict[str, Any]]:
    """Rows of a clip in order, as dicts; `columns` limits what is read, `only` which rows are turned into dicts."""
    first = 0
    with opened(clip) as file:
        for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE, columns=columns):
            if only is None:
                yield from batch.to_pylist()
            else:
                for row in sorted(only.intersection(range(first, first + len(batch)))):
                    yield from batch.slice(row - first, 1).to_pylist()
            first += len(batch)


def unfinished_clips(dataset: Path) -> list[str]:
    """Names of clips that were begun or are in the index, and are not whole."""
    names = {path.name for path in (Path(dataset) / "clips").glob("[!.]*")}
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # no index yet
        names |= set(json.loads((Path(dataset) / "dataset.json").read_text())["clip_names"])
    return sorted(name for name in names if finished(Path(dataset) / "clips" / name) is None)


def temperature_k(row: dict[str, Any]) -> Float32[np.ndarray, "h w"]:
    """The temperature image of a row in kelvin."""
    return decode_centikelvin(row["image"]["bytes"]) * np.float32(0.01)
