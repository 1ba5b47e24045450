"""A fine-tuning run, read first: its numbered steps from settings to a LoRA file."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from thermvision.disk import only_one
from thermvision.finetune.batches import Batches
from thermvision.finetune.checkpoint import last_checkpoint, restore
from thermvision.finetune.config import FinetuneConfig, content_hash
from thermvision.finetune.data import encode_all, read_pictures
from thermvision.finetune.ema import AveragedWeights
from thermvision.finetune.learner import add_lora
from thermvision.finetune.loggers import check_loggers
from thermvision.finetune.loop import Trainer
from thermvision.finetune.memory import plain_memory_errors
from thermvision.finetune.optimizers import check_optimizer, make_optimizer
from thermvision.finetune.record import RunRecord
from thermvision.finetune.run_files import CHECKPOINTS, RunLog, check_run_folder, write_settings
from thermvision.finetune.workers import start_workers
from thermvision.flux.load import open_pipeline
from thermvision.flux.needed import need
from thermvision.stopping import stop_on_signal
from thermvision.types import InputError

Progress = Callable[..., None]  # (what, done, total) and perhaps a note


def finetune(config: FinetuneConfig, progress: Progress = lambda *_: None) -> Path:
    """Train a LoRA and write the run's folder; run again with the same settings it goes on where it stopped. Returns the LoRA file.

    InputError in one sentence for settings, pictures, models, memory and disks that will not do, for a loss that is not
    finite, and when it was asked to stop; the last checkpoint stays in each case.
    """
    # 1. What is needed is here, and the folder is free for this run.
    need("torch", "diffusers", "transformers", "peft", "safetensors")
    check_loggers(config.log_with)
    check_run_folder(config.out, config.content(""))
    workers = start_workers(config.device)
    if config.base == "auto":  # bf16 arithmetic is slower than fp32 on most CPUs
        config = config.model_copy(update={"base": "fp32" if workers.device == "cpu" else "bf16"})
    check_optimizer(config, workers.device)
    with contextlib.ExitStack() as stack:
        if workers.main:
            stack.enter_context(only_one(config.out, "fine-tuning run"))
        log = RunLog(config.out, quiet=not workers.main)

        # 2. The model, still on the CPU, and the pictures with their captions, encoded once.
        opened = open_pipeline(config.model, dtype="float32" if config.base == "fp32" else "bfloat16", device="cpu")
        pictures = read_pictures(config, opened.about.span, log)
        stack.enter_context(plain_memory_errors(config, max(config.resolution, default=opened.about.size_px or 1024)))
        data = encode_all(config, opened, pictures, workers, log, progress)
        content = config.content(data.hash)
        check_run_folder(config.out, content)
        name = content_hash(content)

        # 3. The learner: LoRA matrices in the frozen model, an optimiser for them.
        parameters = add_lora(config, opened, workers.device)
        optimizer = make_optimizer(config, list(parameters.values()), workers.device)
        averages = AveragedWeights(parameters, config.ema_decay) if config.ema_decay else None
        batches = Batches(data.training, config.batch_size, config.seed)
        trainer = Trainer(
            config, opened, data.encoded, batches, parameters, optimizer, averages, workers, data.sampling
        )

        # 4. Go on from the last checkpoint, if there is one.
        checkpoint = last_checkpoint(config.out / CHECKPOINTS, log.warn)
        first = 0 if checkpoint is None else checkpoint.step
        if first > config.steps:
            raise InputError(
                f"steps is {config.steps}, and the run in {config.out} has {first} already; give more, or another folder"
            )
        if checkpoint is not None:
            saved = restore(checkpoint, parameters, optimizer)
            if averages is not None:
                averages.load(saved)
            log.say(f"going on after step {first}")
        workers.wait()

        # 5. Train; after each step the record writes what is due: loss, validation, samples, checkpoints.
        write_settings(config, content, name, only_if=workers.main)
        record = stack.enter_context(RunRecord(trainer, data, log, name, first, progress))
        record.look(first)
        stop = stack.enter_context(stop_on_signal())
        finished = trainer.run(first, stop, record.after_step)
        if finished < config.steps:
            record.save(finished)
            workers.wait()
            raise InputError(
                f"stopped after step {finished} of {config.steps}, which is saved; the same command goes on from there"
            )

        # 6. The LoRA file, the plot, the model card.
        lora = record.finish()
        workers.wait()
        return lora
