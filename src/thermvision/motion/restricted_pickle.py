"""A reader of pickles that cannot execute anything: it knows plain data and plain arrays, and imports and calls nothing.

Python's own `pickle` runs what a file names. Here the operations are interpreted by hand (`pickle_machine`): the names that a
numpy array needs are compared with a short list and stand for themselves (`pickled_arrays`); every other name, persistent
ids, extension codes, classes and buffers outside the file are refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from thermvision.motion.pickle_machine import KEY_TYPES, PickleMachine
from thermvision.motion.pickled_arrays import ArrayDraft, PickleRefused
from thermvision.types import InputError

MAX_FILE_BYTES = 64 * 2**20
MAX_DEPTH = 32


def read_restricted_pickle(path: Path | str) -> Any:
    """What a pickle file holds: None, bool, int, float, str, bytes, list, tuple, dict and numpy arrays of plain numbers.

    At most 64 MiB, 3 million operations and 32 levels. Raises InputError, one sentence, for a file that is missing, larger,
    truncated, no pickle, or that names anything but plain arrays. Nothing in the file is ever imported or called.
    """
    path = Path(path)
    if not path.is_file():  # a pipe would be waited for
        raise InputError(f"motion template {path} does not exist or is no file; give the path of a .pkl template")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); mend its permissions") from error
    return parse_restricted_pickle(content, str(path))


def parse_restricted_pickle(content: bytes, source: str) -> Any:
    """The same from bytes; `source` is what errors call them."""
    try:
        if len(content) > MAX_FILE_BYTES:
            raise PickleRefused(f"more than {MAX_FILE_BYTES // 2**20} MiB")
        return _finished(PickleMachine(content).run())
    except PickleRefused as refused:
        raise InputError(
            f"{source} is no pickle of plain numbers: it holds {refused}; nothing in it was run: use a template as LivePortrait"
            " writes it"
        ) from refused


def _finished(value: Any) -> Any:
    """The object with arrays in place of their drafts; what contains itself or is nested too deeply is refused."""
    done: dict[int, Any] = {}

    def finish(part: Any, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise PickleRefused(f"more than {MAX_DEPTH} levels, or itself")
        if type(part) in KEY_TYPES:
            return part
        if id(part) in done:
            return done[id(part)]
        made: Any
        if type(part) is ArrayDraft and part.array is not None:
            made = part.array
        elif type(part) is list:
            made = [finish(one, depth + 1) for one in part]
        elif type(part) is tuple:
            made = tuple(finish(one, depth + 1) for one in part)
        elif type(part) is dict:
            made = {key: finish(one, depth + 1) for key, one in part.items()}
        else:
            raise PickleRefused("a name or an unfinished array instead of data")
        done[id(part)] = made
        return made

    return finish(value, 0)
