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

from thermvision.dataset.write import FRAMES, finished
from thermvision.thermal.png16 import decode_centikelvin
from thermvision.types import InputError


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
        with pq.ParquetFile(Path(clip) / FRAMES) as file:
            yield file
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"clip {clip} is damaged; delete that folder and run the same `thermvision build` again"
        ) from error


def read_rows(clip: Path, columns: list[str] | None = None) -> Iterator[dict[str, Any]]:
    """Rows of a clip in order, as dicts; `columns` limits what is read."""
    with opened(clip) as file:
        for batch in file.iter_batches(batch_size=32, columns=columns):
            yield from batch.to_pylist()


def unfinished_clips(dataset: Path) -> list[str]:
    """Names of clips that were begun or are in the index, and are not whole."""
    names = {path.name for path in (Path(dataset) / "clips").glob("[!.]*")}
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # no index yet
        names |= set(json.loads((Path(dataset) / "dataset.json").read_text())["clip_names"])
    return sorted(name for name in names if finished(Path(dataset) / "clips" / name) is None)


def temperature_k(row: dict[str, Any]) -> Float32[np.ndarray, "h w"]:
    """The temperature image of a row in kelvin."""
    return decode_centikelvin(row["image"]["bytes"]) * np.float32(0.01)
