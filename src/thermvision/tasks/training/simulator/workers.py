"""Processes that make units ahead of the training; one thread of this process takes what they have made."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import ModuleType

from thermvision.scale.local import num_processes, quiet_worker
from thermvision.tasks.training.simulator.settings import SimulatorSettings
from thermvision.tasks.training.simulator.stored import StoredSample, store
from thermvision.types import InputError

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
_LOOK_S = 0.2  # how often a waiting thread looks up, so that Ctrl-C is heard


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    busy_with: int | None = None


@dataclass(slots=True)
class UnitWorkers:
    """Units by number, made by processes in the order of `want`; at most what is wanted is kept. Made by `start_workers`.

    What a unit holds does not depend on the number of workers or on their speed.
    """

    settings: SimulatorSettings
    workers: list[_Worker]
    units: dict[int, list[StoredSample]] = field(default_factory=dict)
    wanted: range = field(default_factory=lambda: range(0))
    failure: str | None = None
    closed: bool = False
    changed: threading.Condition = field(default_factory=threading.Condition)
    taker: threading.Thread | None = None

    def want(self, numbers: range) -> None:
        """Have these units made, the first ones first; others are dropped, those being made too."""
        with self.changed:
            self.wanted = numbers
            for number in [one for one in self.units if one not in numbers]:
                del self.units[number]
            self._hand_out()

    def unit(self, number: int) -> list[StoredSample]:
        """A wanted unit, waited for; InputError if a worker died or could not make it."""
        with self.changed:
            while number not in self.units:
                if self.failure is not None:
                    raise InputError(self.failure)
                if self.closed:
                    raise InputError("the simulator's stream is closed; make a new one")
                self.changed.wait(_LOOK_S)
            return self.units[number]

    def close(self) -> None:
        """End the processes; safe to call twice."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()
        for worker in self.workers:
            worker.process.terminate()
        for worker in self.workers:
            worker.process.join()
        if self.taker is not None:
            self.taker.join()
        for worker in self.workers:
            worker.pipe.close()
        self.units.clear()

    def _hand_out(self) -> None:
        """Give idle workers what is wanted and in nobody's hands; under the lock."""
        taken = {worker.busy_with for worker in self.workers}
        missing = (one for one in self.wanted if one not in self.units and one not in taken)
        for worker in self.workers:
            if worker.busy_with is None:
                number = next(missing, None)
                if number is None:
                    return
                try:
                    worker.pipe.send(number)
                except OSError:  # dead: the taker says so
                    continue
                worker.busy_with = number

    def _take(self) -> None:
        """What the thread does: receive, keep what is wanted, hand out the next."""
        by_pipe = {worker.pipe: worker for worker in self.workers}
        while not self.closed:
            for pipe in wait(list(by_pipe), _LOOK_S):
                worker = by_pipe[pipe]  # type: ignore[index]
                try:
                    made = worker.pipe.recv()
                except (EOFError, OSError):
                    self._fail(_dead(worker.process))
                    return
                if isinstance(made, str):
                    self._fail(made)
                    return
                with self.changed:
                    if worker.busy_with in self.wanted and worker.busy_with is not None:
                        self.units[worker.busy_with] = made
                    worker.busy_with = None
                    self._hand_out()
                    self.changed.notify_all()

    def _fail(self, sentence: str) -> None:
        with self.changed:
            self.failure = self.failure or sentence
            self.changed.notify_all()


def start_workers(settings: SimulatorSettings, workers: int) -> UnitWorkers:
    """Processes (0: one for each core this process may use) that make the units of `settings`."""
    context = multiprocessing.get_context("spawn")
    made: list[_Worker] = []
    with _one_thread_each(), _without_main(), _deaf_to_ctrl_c():
        for _ in range(num_processes(workers)):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(settings, theirs), daemon=True, name="thermvision simulator")
            process.start()
            theirs.close()  # else its end would not be seen
            made.append(_Worker(process, ours))
    pool = UnitWorkers(settings, made)
    pool.taker = threading.Thread(target=pool._take, daemon=True, name="thermvision simulator's taker")
    pool.taker.start()
    return pool


def _work(settings: SimulatorSettings, pipe: Connection) -> None:
    """A worker's life: a number in, a unit out, until the other end is closed."""
    quiet_worker()
    from thermvision.tasks.training.simulator.unit import make_unit

    while True:
        try:
            number = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            made: list[StoredSample] | str = [store(sample) for sample in make_unit(settings, number)]
        except InputError as error:
            made = f"the simulator cannot make unit {number} of seed {settings.seed}: {error}"
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{os.path.basename(last.filename)}:{last.lineno}"  # noqa: PTH119
            made = f"the simulator failed in unit {number} of seed {settings.seed} ({type(error).__name__}: {error}, {where}); take another seed and report this one"
        try:
            pipe.send(made)
        except OSError:
            return


def _dead(process: BaseProcess) -> str:
    process.join(5)
    code = process.exitcode
    how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    return f"a worker process of the simulator died ({how}: killed, or out of memory); start again, perhaps with fewer workers: the training goes on from its last checkpoint"


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Workers read these when they load their libraries, which is before any line of ours runs in them."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _without_main() -> Iterator[None]:
    """Workers need nothing of the user's script, so that one from standard input, or without a guard round its main part, works too."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Workers inherit it, so that Ctrl-C while they load ends this process with its own words and not with theirs."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set it
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
