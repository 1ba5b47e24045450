"""Progress on a terminal as a bar, in a log as a line now and then."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

_SECONDS_BETWEEN_LINES = 10.0


@contextlib.contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[..., None]]:
    """A function (what, done, total, note="") to report with; total 0 is unknown. Everything goes to standard error."""
    if quiet:
        yield lambda what, done, total, note="": None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        bars: dict[str, object] = {}
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=Console(stderr=True),
        ) as bar:

            def draw(what: str, done: int, total: int, note: str = "") -> None:
                if what not in bars:
                    bars[what] = bar.add_task(what, total=total or None, note=note)
                bar.update(bars[what], completed=done, note=note)  # type: ignore[arg-type]

            yield draw
    else:
        last: dict[str, float] = {}

        def line(what: str, done: int, total: int, note: str = "") -> None:
            now = time.monotonic()
            if done == total or now - last.setdefault(what, now) >= _SECONDS_BETWEEN_LINES:
                last[what] = now
                sys.stderr.write(f"{what}: {done}{f' of {total}' if total else ''}{f', {note}' if note else ''}\n")

        yield line
