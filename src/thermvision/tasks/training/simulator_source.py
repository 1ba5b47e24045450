"""Samples for training straight from the simulator, without files: the same for a seed and a step, however fast it is."""

from __future__ import annotations

import time
from dataclasses import asdict
from types import TracebackType
from typing import Any

import numpy as np

from thermvision.tasks.training.samples import Sample
from thermvision.tasks.training.simulator.settings import SimulatorSettings
from thermvision.tasks.training.simulator.workers import UnitWorkers, start_workers
from thermvision.types import InputError


class SimulatorSource:
    """A SampleSource of endless people.

    A step draws from a window of samples that moves on by `fresh_per_step` a step (settings.py), so it is the stream's
    generator and the step that decide, never the clock. Where the simulator is too slow, `draw` waits; `waited_s` tells how long in
    all. Workers start with `start` or the first draw. Close it, or use it in a `with` statement; then nothing more is drawn.
    """

    def __init__(self, settings: SimulatorSettings, workers: int = 0) -> None:
        """workers: processes, 0 for one a core. InputError for a negative number."""
        if workers < 0:
            raise InputError(f"workers is {workers}; expected 0 (one a core) or more")
        self.settings = settings
        self.waited_s = 0.0
        self._num_workers = workers
        self._workers: UnitWorkers | None = None
        self._closed = False

    def start(self) -> UnitWorkers:
        """Start the workers if they are not there; from the main thread, they are deaf to Ctrl-C from their first moment on.

        InputError after `close`: a loader's thread may still ask when the run is over.
        """
        if self._closed:
            raise InputError("the simulator's stream is closed; make a new one")
        if self._workers is None:
            self._workers = start_workers(self.settings, self._num_workers)
        return self._workers

    def draw(self, step: int, count: int, stream: np.random.Generator) -> list[Sample]:
        """`count` samples of the step's window, none twice unless it is smaller; InputError if a worker died."""
        numbers = self.settings.of_step(step)
        chosen = numbers.start + stream.choice(len(numbers), count, replace=count > len(numbers))
        size = self.settings.unit_size
        workers = self.start()
        first, last = numbers.start // size, (numbers.stop - 1) // size
        ahead = len(workers.workers) if self.settings.fresh_per_step else 0
        workers.want(range(first, last + 1 + ahead))
        began = time.perf_counter()
        units = {number: workers.unit(number) for number in sorted({int(one) // size for one in chosen})}
        self.waited_s += time.perf_counter() - began
        return [units[int(one) // size][int(one) % size].sample() for one in chosen]

    def about(self) -> dict[str, Any]:
        """Kind, seed and settings, and the places of the people that may be seen; nothing of speed or machine."""
        return {
            "kind": "simulator",
            "seed": self.settings.seed,
            "people": f"simulated ones of seed {self.settings.seed} from place {self.settings.first_person} on",
            "settings": asdict(self.settings),
        }

    def close(self) -> None:
        """End the workers; safe to call twice."""
        self._closed = True
        if self._workers is not None:
            self._workers.close()
            self._workers = None

    def __enter__(self) -> SimulatorSource:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
