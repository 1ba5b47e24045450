"""What a run writes while it trains: losses, validation, samples, checkpoints; at the end file, plot and card."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from thermvision.finetune.card import write_card
from thermvision.finetune.checkpoint import checkpoints, gather, write_checkpoint
from thermvision.finetune.data import TrainingData
from thermvision.finetune.history import LOSS, VALIDATION, History
from thermvision.finetune.learner import folded_modules
from thermvision.finetune.loggers import Loggers
from thermvision.finetune.loop import StepFacts, Trainer
from thermvision.finetune.metadata import lora_metadata
from thermvision.finetune.run_files import CHECKPOINTS, LORA_FILE, PLOT, SAMPLES, RunLog
from thermvision.finetune.samples import paint_samples, sample_rule, save_row
from thermvision.finetune.validation import TIMES, validation_loss
from thermvision.loss_plot import draw_loss

_LOOK_BACK = 20  # steps over which the bar's loss and speed are averaged


class RunRecord:
    """A context: only the main process writes. `after_step` is called after each step, `finish` after the last."""

    def __init__(
        self, trainer: Trainer, data: TrainingData, log: RunLog, name: str, first: int, progress: Callable[..., None]
    ) -> None:
        self._trainer, self._data, self._log, self._name, self._progress = trainer, data, log, name, progress
        self._config, self._first, self._saved = trainer.config, first, first
        self._recent: list[StepFacts] = []
        out = self._config.out
        self._loss = History(out / LOSS, ("step", "loss", "grad_norm", "learning_rate", "epoch"))
        self._validation = History(out / VALIDATION, ("step", "loss", *(f"loss_at_{time:g}" for time in TIMES)))
        self._loggers: Loggers | None = None

    def __enter__(self) -> RunRecord:
        if self._trainer.workers.main:
            for table in (self._loss, self._validation):
                table.start(self._first)
            self._loggers = Loggers(self._config, self._name, self._first)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loggers is not None:
            self._loggers.close()
        if error is not None:
            self._log.say(f"ended: {' '.join(str(error).split()) or type(error).__name__}")

    def after_step(self, facts: StepFacts) -> None:
        """Write what is due after a step."""
        if self._loggers is None:
            return
        config = self._config
        self._loss.add(facts.step, facts.loss, facts.grad_norm, facts.learning_rate, facts.epoch)
        told = {
            "loss": facts.loss,
            "grad_norm": facts.grad_norm,
            "learning_rate": facts.learning_rate,
            "seconds": facts.seconds,
        }
        self._loggers.numbers(facts.step, told)
        self._recent = [*self._recent[1 - _LOOK_BACK :], facts]
        self._progress("steps", facts.step, config.steps, self._note(facts.step))
        if facts.step % config.save_every == 0 or facts.step == config.steps:
            self.save(facts.step)
        self.look(facts.step)

    def look(self, step: int) -> None:
        """Validation loss and sample pictures, if they are due and not there: a killed run may have saved and not looked."""
        if self._loggers is None:
            return
        config, last = self._config, step == self._config.steps
        validate = last or (config.validate_every and step % config.validate_every == 0)
        if self._data.validation and validate and not any(row["step"] == step for row in self._validation.rows()):
            self._validate(step)
        paint = config.sample_every and (last or step % config.sample_every == 0)
        if self._data.prompts and paint and not self._sample_path(step).is_file():
            self._paint(step)

    def save(self, step: int) -> None:
        """A checkpoint and the plot up to here."""
        if self._loggers is None or self._saved == step:
            return
        trainer = self._trainer
        averages = trainer.averages.values if trainer.averages is not None else None
        tensors, numbers = gather(trainer.parameters, trainer.optimizer, averages)
        facts = {"hash": self._name, "optimizer": numbers}
        write_checkpoint(
            self._config.out / CHECKPOINTS,
            step,
            tensors,
            facts,
            lambda path: self._write_lora(path, step),
            self._config.keep_checkpoints,
        )
        self._saved = step
        self._log.say(f"checkpoint after step {step}")
        self._plot()

    def finish(self) -> Path:
        """lora.safetensors, the plot and the card."""
        config = self._config
        lora = config.out / LORA_FILE
        if self._loggers is not None:
            self._write_lora(lora, config.steps)
            self._plot()
            write_card(self._trainer, self._data, self._name, self._loss.rows(), self._validation.rows())
            self._log.say(f"finished: {lora}")
        return lora

    def _note(self, step: int) -> str:
        seconds = float(np.mean([one.seconds for one in self._recent]))
        left = int(seconds * (self._config.steps - step))
        loss = float(np.mean([one.loss for one in self._recent]))
        return f"loss {loss:.4f}, {seconds:.2f} s/step, {left // 3600}:{left // 60 % 60:02}:{left % 60:02} left"

    def _averaged(self) -> Any:
        averages = self._trainer.averages
        return contextlib.nullcontext() if averages is None else averages.in_place()

    def _validate(self, step: int) -> None:
        trainer, config = self._trainer, self._config
        with self._averaged():
            losses = validation_loss(
                trainer.opened.family, trainer.opened.pipeline.transformer, self._data.encoded, self._data.validation,
                device=trainer.workers.device, precision=config.base, guidance=config.guidance,
            )  # fmt: skip
        mean = float(np.mean(list(losses.values())))
        self._validation.add(step, mean, *losses.values())
        assert self._loggers is not None
        self._loggers.numbers(
            step, {"validation": mean} | {f"validation_at/{time:g}": loss for time, loss in losses.items()}
        )
        self._log.say(f"validation loss after step {step}: {mean:.6f}")

    def _paint(self, step: int) -> None:
        trainer, config = self._trainer, self._config
        rule = sample_rule(
            trainer.opened, size_px=max(self._data.resolutions), steps=config.sample_steps, seed=config.sample_seed,
            guidance=config.sample_guidance,
        )  # fmt: skip
        texts = [self._data.encoded.texts[prompt] for prompt in self._data.prompts]
        with self._averaged():
            pictures = paint_samples(trainer.opened, texts, self._data.negative, rule, trainer.workers.device)
        save_row(self._sample_path(step), pictures)
        assert self._loggers is not None
        self._loggers.picture(step, "samples", pictures)

    def _sample_path(self, step: int) -> Path:
        return self._config.out / SAMPLES / f"step-{step:06d}.png"

    def _write_lora(self, path: Path, step: int) -> None:
        from thermvision.flux.lora import write_lora

        trainer, config = self._trainer, self._config
        weights = trainer.averages.values if trainer.averages is not None else trainer.parameters
        dtype = "float32" if config.save_dtype == "fp32" else "bfloat16"
        write_lora(
            path,
            folded_modules(weights, config.scale),
            lora_metadata(trainer, self._data, self._name, step),
            dtype=dtype,
        )

    def _plot(self) -> None:
        rows = self._loss.rows()
        steps, losses = (np.array([row[name] for row in rows]) for name in ("step", "loss"))
        validation = [(row["step"], row["loss"]) for row in self._validation.rows()]
        saved = [int(path.name.rpartition("-")[2]) for path in checkpoints(self._config.out / CHECKPOINTS)]
        draw_loss(self._config.out / PLOT, steps, losses, validation, saved)
