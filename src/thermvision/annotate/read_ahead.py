"""Read in a thread what the networks take next, never holding more than a few pictures."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Generic, TypeVar

Item = TypeVar("Item")
MOST_HELD = 8
MOST_PIXELS_HELD = 8_000_000  # float32 and 8-bit colours: 56 MB


class ReadAhead(Generic[Item]):
    """Iterates over what a thread takes out of `items`; to be used in a `with`, whose end stops the thread.

    Items come in order; an exception of `items` is raised where it stands in the order. At most 8 items or 8 megapixels wait,
    and one item always may.
    """

    def __init__(self, items: Iterable[tuple[Item, int]]) -> None:
        """items: what is read, each with its number of pixels."""
        self._items = items
        self._waiting: deque[tuple[Item, int]] = deque()
        self._changed = threading.Condition()
        self._stopped = self._done = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._read, name="thermvision-read-ahead", daemon=True)

    def __enter__(self) -> ReadAhead[Item]:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join(timeout=5.0)

    def __iter__(self) -> Iterator[Item]:
        while True:
            with self._changed:
                while not self._waiting and not self._done:
                    self._changed.wait(0.2)  # wakes for Ctrl-C
                if not self._waiting:
                    if self._error is not None:
                        raise self._error
                    return
                item, _ = self._waiting.popleft()
                self._changed.notify_all()
            yield item

    def _read(self) -> None:
        try:
            for item in self._items:
                if not self._put(item):
                    break
        except Exception as error:  # told to whoever iterates
            self._error = error
        finally:
            with self._changed:
                self._done = True
                self._changed.notify_all()

    def _put(self, item: tuple[Item, int]) -> bool:
        """Wait for room; False if nobody wants more."""
        with self._changed:
            while not self._stopped and self._waiting and not self._room(item[1]):
                self._changed.wait()
            self._waiting.append(item)
            self._changed.notify_all()
            return not self._stopped

    def _room(self, pixels: int) -> bool:
        held = sum(size for _, size in self._waiting)
        return len(self._waiting) < MOST_HELD and held + pixels <= MOST_PIXELS_HELD
