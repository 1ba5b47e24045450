"""Several pictures before the networks at a time, a core each, which costs less than sharing one among the cores; results in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
AT_ONCE = max(1, min(4, os.cpu_count() or 1))


def in_parallel(
    items: Iterable[Item], work: Callable[[Item], Result], at_once: int = AT_ONCE
) -> Generator[tuple[Item, Result], None, None]:
    """Each item with what `work` makes of it, in order; `at_once` of them are worked on in threads.

    An exception of `work` is raised where its item stands in the order; then, and when the iterator is closed, no further item is begun.
    """
    begun: deque[tuple[Item, Future[Result]]] = deque()
    with ThreadPoolExecutor(at_once, thread_name_prefix="thermvision-in-parallel") as pool:
        try:
            for item in items:
                begun.append((item, pool.submit(work, item)))
                if len(begun) > at_once:  # one waits, so that a thread that has done its item never does
                    first, result = begun.popleft()
                    yield first, result.result()
            while begun:
                first, result = begun.popleft()
                yield first, result.result()
        finally:
            for _, result in begun:
                result.cancel()
