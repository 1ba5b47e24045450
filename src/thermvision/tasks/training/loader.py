"""Batches made beside the network, two ahead, each a function of seed and step alone."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait

from thermvision.rng import rng
from thermvision.stopping import Stop
from thermvision.tasks.training.config import TrainConfig
from thermvision.tasks.training.samples import SampleSource
from thermvision.tasks.training.task import Cut, LearntTask

_AHEAD = 2
_LOOK_S = 0.1  # how often a waiting run looks whether it was asked to stop


def batches(
    source: SampleSource, task: LearntTask, config: TrainConfig, first: int, last: int, stop: Stop
) -> Iterator[tuple[Cut, float]]:
    """The batches of the steps first, ..., last - 1, and the seconds that each was waited for.

    A run that is asked to stop gets no more, and does not wait for the one in the making, which may take the simulator a minute.
    """

    def make(step: int) -> Cut:
        samples = source.draw(step, config.batch_size or 1, rng(config.seed, "train draw", step))
        return task.cut(samples, rng(config.seed, "train cut", step))

    pool = ThreadPoolExecutor(1, thread_name_prefix="batches")
    try:
        waiting: deque[Future[Cut]] = deque(pool.submit(make, step) for step in range(first, min(first + _AHEAD, last)))
        for step in range(first, last):
            started = time.perf_counter()
            coming = waiting.popleft()
            while not wait([coming], _LOOK_S).done:
                if stop.asked:
                    return
            cut = coming.result()
            waited = time.perf_counter() - started
            if step + _AHEAD < last:
                waiting.append(pool.submit(make, step + _AHEAD))
            yield cut, waited
    finally:
        pool.shutdown(wait=not stop.asked, cancel_futures=True)
