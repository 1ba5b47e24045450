"""A training run, read first: its numbered steps from settings to a model folder."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from pathlib import Path

from thermvision.disk import only_one
from thermvision.flux.needed import need
from thermvision.stopping import stop_on_signal
from thermvision.tasks.training.config import SIMULATOR, TrainConfig, content_hash
from thermvision.tasks.training.files.source import TrainingSource
from thermvision.types import InputError

Progress = Callable[..., None]  # (what, done, total) and perhaps a note


def train(config: TrainConfig, source: TrainingSource | None = None, on_progress: Progress = lambda *_: None) -> Path:
    """Train a network and write the run's folder; run again with the same settings it goes on where it stopped, bit for bit.

    source: given in place of `config.data`. Returns the folder. InputError in one sentence for settings, data
    and disks that will not do, for a loss that is not finite, and when it was asked to stop; the last checkpoint stays in each case.
    """
    # 1. What is needed is here, and the folder is free for this run.
    need("torch", "onnx", "onnxruntime", "tensorboard", extra="tasks")
    from thermvision.tasks.training.checkpoint import earlier_weights, read_state, restore
    from thermvision.tasks.training.learner import start_from_shipped, start_learner
    from thermvision.tasks.training.loop import run_steps
    from thermvision.tasks.training.record import RunRecord
    from thermvision.tasks.training.run_folder import check_run_folder, write_model, write_settings
    from thermvision.tasks.training.shipped_weights import SHIPPED
    from thermvision.tasks.training.tasks_by_name import check_model, task_by_name

    config = config.filled()
    check_model(config)
    check_run_folder(config.out, None)
    with contextlib.ExitStack() as stack:
        stack.enter_context(only_one(config.out, "training run"))

        # 2. The data: samples to learn from, and other people who choose the checkpoint.
        data = source or open_source(config, on_progress)
        stack.callback(data.close)
        for note in data.notes:
            logging.getLogger(__name__).warning("%s", note)
        content = config.content(data.hash)
        check_run_folder(config.out, content)
        name = content_hash(content)

        # 3. The learner: as it was at the last checkpoint, or new.
        state = read_state(config.out)
        task = task_by_name(config, data.male_share)
        if state is not None:
            learner = start_learner(config, task)
            restore(learner, state)
        elif config.start == Path(SHIPPED):
            learner = start_from_shipped(config, task, data.draws)
        else:
            learner = start_learner(config, task, None if config.start is None else earlier_weights(config.start))
        write_settings(config, content, name)

        # 4. Train; after each step the record writes what is due.
        record = RunRecord(learner, name, on_progress)
        stack.callback(record.close)
        stop = stack.enter_context(stop_on_signal())
        finished = run_steps(learner, data, stop, record.after_step)
        if finished < (config.steps or 1):
            record.save()
            saved = (
                "which is saved; the same command goes on from there"
                if finished
                else "so nothing is saved; the same command begins anew"
            )
            raise InputError(f"stopped after step {finished} of {config.steps}, {saved}")

        # 5. The model: ONNX, what it is, its card.
        return write_model(learner, data)


def open_source(config: TrainConfig, on_progress: Progress) -> TrainingSource:
    """The samples that filled settings name; InputError if there are none for the task."""
    from thermvision.tasks.training.files.read import read_sets
    from thermvision.tasks.training.files.shelf import Shelf

    if SIMULATOR in config.data:
        from thermvision.tasks.training.simulator_training import simulator_training

        return simulator_training(config, on_progress)
    shelf = Shelf(config.out)
    try:
        return read_sets([Path(one) for one in config.data], config, shelf, on_progress)
    except BaseException:
        shelf.close()
        raise
