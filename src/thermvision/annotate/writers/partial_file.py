"""A results file that grows under another name and takes its own at the end; whatever happens, what was added stays readable."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def partial_of(out: Path) -> Path:
    """Where results lie until they are complete: faces.json -> faces.partial.json."""
    return out.with_name(f"{out.stem}.partial{out.suffix}")


class PartialFile:
    """Text in pieces, each on the disk when `add` returns; a piece that could only be written in part is taken back."""

    def __init__(self, out: Path, head: str) -> None:
        self._out = out
        out.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(partial_of(out), "wb")  # noqa: SIM115 (closed by close)
        self._whole = 0
        self.add(head)

    def add(self, text: str) -> None:
        """Append a piece."""
        self._file.write(text.encode())
        self._file.flush()
        self._whole = self._file.tell()

    def close(self, tail: str, *, complete: bool) -> Path:
        """Append the end; complete results take their name, others stay where they are."""
        with contextlib.suppress(OSError):  # what could not be written before cannot be written now
            self._file.close()
        partial = partial_of(self._out)
        with open(partial, "r+b") as file:
            file.truncate(self._whole)
            file.seek(self._whole)
            file.write(tail.encode())
            file.flush()
            if complete:
                os.fsync(file.fileno())
        if not complete:
            return partial
        os.replace(partial, self._out)
        return self._out
