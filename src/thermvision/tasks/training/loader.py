"""Batches made beside the network, two ahead, each a function of seed and step alone."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from thermvision.rng import rng
from thermvision.tasks.training.config import TrainConfig
from thermvision.tasks.training.samples import SampleSource
from thermvision.tasks.training.task import Cut, LearntTask

_AHEAD = 2


def batches(
    source: SampleSource, task: LearntTask, config: TrainConfig, first: int, last: int
) -> Iterator[tuple[Cut, float]]:
    """The batches of the steps first, ..., last - 1, and the seconds that each was waited for."""

    def make(step: int) -> Cut:
        samples = source.draw(step, config.batch_size or 1, rng(config.seed, "train draw", step))
        return task.cut(samples, rng(config.seed, "train cut", step))

    with ThreadPoolExecutor(1, thread_name_prefix="batches") as pool:
        waiting: deque[Future[Cut]] = deque(pool.submit(make, step) for step in range(first, min(first + _AHEAD, last)))
        try:
            for step in range(first, last):
                started = time.perf_counter()
                cut = waiting.popleft().result()
                waited = time.perf_counter() - started
                if step + _AHEAD < last:
                    waiting.append(pool.submit(make, step + _AHEAD))
                yield cut, waited
        finally:
            for future in waiting:
                future.cancel()
