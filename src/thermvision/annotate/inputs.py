"""What is to be looked at: pictures, videos and clips, each under a name, numbered pictures known as sequences."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from thermvision.dataset.clip_files import finished
from thermvision.thermal.picture_values import PICTURE_ENDINGS
from thermvision.types import InputError

VIDEO_ENDINGS = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".gif")
_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Source:
    """One file or clip."""

    path: Path
    name: str  # with /, beneath what all inputs have in common
    kind: Literal["picture", "video", "clip"]
    sequence: str  # pictures of one sequence have the same; of a video or clip its own name
    number: int  # in the sequence, as the file's name says; 0 where it has none


def sources(inputs: Sequence[Path], ours: Sequence[Path] = ()) -> list[Source]:
    """Everything that the inputs hold, by name, numbers in names counted as numbers; folders are searched beneath.

    ours: places that this run writes, which are left out. InputError for paths that are not there and where nothing is found.
    """
    written = {path.absolute() for path in ours}
    found: dict[Path, Source] = {}
    root = _common(inputs)
    for path in inputs:
        if not path.exists():
            raise InputError(f"{path} does not exist; give pictures, videos or folders of them")
        for one in _opened(path.absolute(), written):
            found.setdefault(one, _source(one, root))
    if not found:
        which = ", ".join(str(path) for path in inputs)
        raise InputError(
            f"{which} holds no picture, no video and no clip; give a folder with {', '.join(PICTURE_ENDINGS + VIDEO_ENDINGS)}"
        )
    return sorted(found.values(), key=lambda source: in_order(source.name))


def in_order(name: str) -> tuple[tuple[tuple[int, int | str], ...], str]:
    """Sorts folder by folder, numbers by their value: frame_2 before frame_10."""
    parts = (piece for folder in name.split("/") for piece in (*_NUMBER.split(folder), ""))
    return tuple((1, int(piece)) if piece.isdecimal() else (0, piece) for piece in parts), name


def _opened(path: Path, written: set[Path]) -> Iterator[Path]:
    """A file or clip folder itself; what a data set or any other folder holds."""
    if path.is_file() or finished(path) is not None:
        yield path
    elif _is_data_set(path):
        yield from (clip for clip in sorted((path / "clips").glob("[!.]*")) if finished(clip) is not None)
    else:
        for folder, below, files in os.walk(path):
            here = Path(folder)
            kept = [name for name in below if not name.startswith(".") and here / name not in written]
            sets = [name for name in kept if _is_data_set(here / name) or finished(here / name) is not None]
            below[:] = [name for name in kept if name not in sets]
            for name in sets:
                yield from _opened(here / name, written)
            for name in files:
                known = name.lower().endswith(PICTURE_ENDINGS + VIDEO_ENDINGS)
                if known and not name.startswith(".") and here / name not in written:
                    yield here / name


def _is_data_set(folder: Path) -> bool:
    return any(finished(clip) is not None for clip in (folder / "clips").glob("[!.]*"))


def _common(inputs: Sequence[Path]) -> Path:
    """The folder beneath which names are told: the one given, or what several have in common."""
    folders = [
        path.absolute() if path.is_dir() and finished(path) is None else path.absolute().parent for path in inputs
    ]
    return Path(os.path.commonpath(folders))


def _source(path: Path, root: Path) -> Source:
    name = path.relative_to(root).as_posix()
    if path.is_dir():
        return Source(path, name, "clip", name, 0)
    if not path.name.lower().endswith(PICTURE_ENDINGS):
        return Source(path, name, "video", name, 0)
    before, number, after = _numbered(path.name)
    place = path.parent.relative_to(root).as_posix()
    return Source(path, name, "picture", f"{place}/{before}#{after}" if number else name, int(number or 0))


def _numbered(file_name: str) -> tuple[str, str, str]:
    """What stands before the last number of a name, the number, and what stands behind it; the number is empty if there is none."""
    stem, dot, ending = file_name.rpartition(".")
    pieces = _NUMBER.split(stem)
    if len(pieces) == 1:
        return stem, "", dot + ending
    return "".join(pieces[:-2]), pieces[-2], pieces[-1] + dot + ending
