"""The training loop that all three tasks share."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from thermvision.stopping import Stop
from thermvision.tasks.training.config import TrainConfig
from thermvision.tasks.training.files.source import TrainingSource
from thermvision.tasks.training.learner import Learner, learning_rate_at, start_learner
from thermvision.tasks.training.loader import batches
from thermvision.tasks.training.task import LearntTask


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What a step has to say; `step` counts finished steps, from 1."""

    step: int
    losses: dict[str, float]
    learning_rate: float
    grad_norm: float
    seconds: float  # the whole step
    waited: float  # of these, for the loader
    validation: dict[str, float] = field(default_factory=dict)  # where the validation people were looked at

    @property
    def loss(self) -> float:
        """The sum of the losses."""
        return sum(self.losses.values())


def run_steps(
    learner: Learner, source: TrainingSource, stop: Stop, after: Callable[[StepFacts], None] = lambda _: None
) -> int:
    """From the learner's step to the last; `after` is called after each. Returns the steps finished: fewer if it was asked to stop."""
    config = learner.config
    last = config.steps or 1
    with closing(batches(source.draws, learner.task, config, learner.step, last, stop)) as coming:  # type: ignore[type-var]
        started = time.perf_counter()
        for cut, waited in coming:
            rate = learning_rate_at(config, learner.step)
            losses, norm = learner.learn(cut)
            seconds = time.perf_counter() - started
            due = learner.step % config.validate_every == 0 or learner.step == last
            figures = learner.look(source.validation) if due else {}
            after(StepFacts(learner.step, losses, rate, norm, seconds, waited, figures))
            if stop.asked:
                break
            started = time.perf_counter()
    return learner.step


def fit(task: LearntTask, config: TrainConfig, source: TrainingSource) -> Learner:
    """Train in memory, without files: for studies of many small models. `Learner.network()` gives the result."""
    learner = start_learner(config, task)
    run_steps(learner, source, Stop())
    return learner
