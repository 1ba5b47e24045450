"""Ctrl-C while the simulator has nothing ready: the run does not wait for it, and the last checkpoint stays."""

import os
import signal
import threading
import time

import pytest
import torch

from thermvision.tasks.training.checkpoint import CHECKPOINT
from thermvision.tasks.training.files.memory import MemorySource, owned_samples
from thermvision.tasks.training.files.source import TrainingSource
from thermvision.tasks.training.run import train
from thermvision.tasks.training.simulator.settings import SimulatorSettings
from thermvision.tasks.training.simulator_source import SimulatorSource
from thermvision.types import InputError

# A unit of these takes minutes, so that a run which waited for it would run into the time limit.
SLOW = SimulatorSettings(people_per_unit=24, samples_per_person=200, longest_px=640, start_with=1)


class FewThenSimulated:
    """Samples of a data set for the first steps, then those of the simulator; a `SampleSource`."""

    def __init__(self, owned, steps):
        self.stored, self.simulator, self.steps = MemorySource(owned), SimulatorSource(SLOW, 1), steps
        self.workers = self.simulator.start()

    def draw(self, step, count, stream):
        return (self.stored if step < self.steps else self.simulator).draw(step, count, stream)

    def about(self):
        return {}

    def close(self):
        self.simulator.close()


def interrupt_once_heard():
    """Ctrl-C as soon as the run listens to it, and once more is never needed."""
    before = signal.getsignal(signal.SIGINT)

    def send():
        while signal.getsignal(signal.SIGINT) is before:
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=send, daemon=True).start()


@pytest.mark.parametrize(("steps", "says"), [(0, "after step 0 of 9, so nothing is saved"), (2, "after step 2 of 9, which is saved")])  # fmt: skip
def test_nobody_waits_for_a_unit(steps, says, portraits, settings):
    config = settings("gender", steps=9, batch_size=2, save_every=100)
    owned = owned_samples(portraits, config)
    draws = FewThenSimulated(owned, steps)
    source = TrainingSource(draws, [one.sample for one in owned[:4]], {"train": [], "validation": []}, "m")

    def progress(what, done, total, note=""):
        if what == "steps" and done == steps:
            os.kill(os.getpid(), signal.SIGINT)

    if steps == 0:
        interrupt_once_heard()
    with pytest.raises(InputError, match=says):
        train(config, source, progress)
    assert not any(worker.process.is_alive() for worker in draws.workers.workers)
    saved = config.out / CHECKPOINT
    assert saved.is_file() == (steps > 0)
    assert not steps or torch.load(saved, weights_only=True)["step"] == steps
    with pytest.raises(InputError, match="stream is closed"):  # no draw of a late thread starts new workers
        draws.simulator.start()
