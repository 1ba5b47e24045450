"""The training loop: one step after another, looked at, saved, and able to go on bit for bit."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from thermvision.finetune.batches import Batches, Item, captions_of, torch_stream
from thermvision.finetune.config import FinetuneConfig
from thermvision.finetune.ema import AveragedWeights
from thermvision.finetune.encoded import Encoded
from thermvision.finetune.loss import autocast, flow_loss
from thermvision.finetune.optimizers import learning_rate_at
from thermvision.finetune.times import sample_times
from thermvision.finetune.workers import Workers
from thermvision.flux.load import OpenedModel
from thermvision.flux.text import batch_texts
from thermvision.stopping import Stop
from thermvision.types import InputError


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What a step has to say. `step` counts finished steps, from 1."""

    step: int
    loss: float
    grad_norm: float
    learning_rate: float
    epoch: float
    seconds: float


@dataclass
class Trainer:
    """All that a step needs."""

    config: FinetuneConfig
    opened: OpenedModel
    encoded: Encoded
    batches: Batches
    parameters: dict[str, Any]
    optimizer: Any
    averages: AveragedWeights | None
    workers: Workers
    sampling: str  # of times, one of times.Sampling

    def run(self, first: int, stop: Stop, after: Callable[[StepFacts], None]) -> int:
        """Steps `first` (finished ones before it) to the last; `after` is called after each. Returns the steps finished."""
        for step in range(first, self.config.steps):
            after(self._step(step))
            if self.workers.any(stop.asked):
                return step + 1
        return self.config.steps

    def _step(self, step: int) -> StepFacts:
        import torch

        started, rate = time.perf_counter(), learning_rate_at(self.config, step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        parts = self.config.gradient_accumulation
        loss = sum((self._backward(self._number(step, part), parts) for part in range(parts)), torch.zeros(()))
        learning = list(self.parameters.values())
        self.workers.average_gradients(learning)
        limit = self.config.max_grad_norm or float("inf")
        norm = float(torch.nn.utils.clip_grad_norm_(learning, limit))
        value = float(self.workers.average(loss.to(self.workers.device)))
        _refuse_not_finite(step, value, norm)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        if self.averages is not None:
            self.averages.update(step + 1)
        epoch = (step + 1) * parts * self.workers.count / self.batches.per_epoch
        return StepFacts(step + 1, value, norm, rate, epoch, time.perf_counter() - started)

    def _number(self, step: int, part: int) -> int:
        return (step * self.config.gradient_accumulation + part) * self.workers.count + self.workers.number

    def _backward(self, number: int, parts: int) -> Any:
        """Gradients of batch `number`; returns its share of the step's loss."""
        import torch

        config, family, device = self.config, self.opened.family, self.workers.device
        batch = self.batches[number]
        captions = captions_of(
            batch, [one.captions for one in self.encoded.pictures], config.caption_dropout, config.seed, number
        )
        text = batch_texts([self.encoded.texts[caption] for caption in captions]).to(device)
        latents = torch.stack([self.encoded.latents(item) for item in batch])
        stream = torch_stream(config.seed, "noise", number)
        noise = torch.randn(latents.shape, generator=stream)
        times = sample_times(
            len(batch),
            self.sampling,  # type: ignore[arg-type]
            shift=config.discrete_flow_shift,
            mu=self._mu(batch[0]),
            scale=config.sigmoid_scale,
            generator=stream,
        )
        with autocast(device, config.base):
            losses = flow_loss(
                family, self.opened.pipeline.transformer, latents.to(device), text,
                noise=noise.to(device), times=times.to(device), guidance=config.guidance,
            )  # fmt: skip
        loss = losses.mean() / parts
        loss.backward()
        return loss.detach().cpu()

    def _mu(self, item: Item) -> float:
        multiple = self.opened.family.multiple_px(self.opened.pipeline)
        tokens = (item.width // multiple) * (item.height // multiple)
        steps = self.opened.about.steps or int(self.opened.family.default_settings(self.opened.pipeline)["steps"])
        return self.opened.family.shift(self.opened.pipeline, tokens, steps)


def _refuse_not_finite(step: int, loss: float, norm: float) -> None:
    """Stop before bad gradients reach the weights."""
    if loss - loss == 0 and norm - norm == 0:  # neither NaN nor infinite
        return
    what = (
        f"the loss of step {step + 1} is {loss:g}"
        if loss - loss != 0
        else f"the gradients of step {step + 1} are not finite"
    )
    raise InputError(
        f"{what}: training stopped and the last checkpoint stays; lower --learning-rate, or give --base bf16 or fp32 if it is fp8,"
        " then run again in a new folder or go on from there"
    )
