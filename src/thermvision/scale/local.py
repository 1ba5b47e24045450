"""Run a function over items in this process or in a pool of processes on this machine."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import TypeVar

from thermvision.types import InputError

Item = TypeVar("Item")
Result = TypeVar("Result")


def num_processes(workers: int) -> int:
    """How many processes `workers` means: 0 is one for each core this process may use."""
    return workers or len(os.sched_getaffinity(0))


def run(function: Callable[[Item], Result], items: Sequence[Item], *, workers: int) -> Iterator[Result]:
    """Results of `function` for each item as they become ready, in any order.

    With one process the work is done here. On Ctrl-C or an error no further item is begun and running workers are stopped:
    the function must leave nothing half-done behind that the next run cannot put right. InputError if a worker dies.
    """
    processes = min(num_processes(workers), len(items))
    if processes <= 1:
        for item in items:
            yield function(item)
        return
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=quiet_worker)
    try:
        waiting = [pool.submit(function, item) for item in items]
        for done in as_completed(waiting):
            yield done.result()
    except BrokenProcessPool as error:
        raise InputError(
            "a worker process died (killed, or out of memory); what is finished stays, run the same command again, perhaps with fewer --workers"
        ) from error
    finally:
        for process in list((getattr(pool, "_processes", None) or {}).values()):
            process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)


def quiet_worker() -> None:
    """Ctrl-C goes to the whole process group; the parent alone decides what it means. One thread a process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def _leave_with_parent() -> None:
    """A worker whose parent was killed would go on through its queue for nobody."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
