"""What learns: a network, the average of its weights, the optimiser, and the best of the averages so far; one step, one look."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from thermvision.rng import rng
from thermvision.tasks.training.config import TrainConfig
from thermvision.tasks.training.samples import Sample, SampleSource
from thermvision.tasks.training.shipped_weights import load_shipped, settle_norms
from thermvision.tasks.training.task import Cut, LearntTask
from thermvision.types import InputError

_LEAST_RATE = 0.02  # of the highest, at the end


@dataclass
class Best:
    """The averaged weights that read the validation people best."""

    weights: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    rank: list[float] = field(default_factory=list)
    step: int = -1


@dataclass
class Learner:
    """State of a training; everything random follows from the settings' seed and the number of the step."""

    config: TrainConfig
    task: LearntTask
    net: nn.Module
    mean: nn.Module
    optimizer: torch.optim.Optimizer
    step: int = 0
    best: Best = field(default_factory=Best)

    def learn(self, cut: Cut) -> tuple[dict[str, float], float]:
        """One update by a batch: its losses and the gradient's norm. InputError if they are not finite; the weights stay."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate_at(self.config, self.step)
        stream = torch.Generator().manual_seed(_number(self.config.seed, "augment", self.step))
        torch.manual_seed(_number(self.config.seed, "dropout", self.step))
        self.net.train()
        parts = self.task.losses(self.net, cut, stream, self.config.device)
        total = torch.stack(list(parts.values())).sum()
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        limit = self.config.max_grad_norm or float("inf")
        norm = float(torch.nn.utils.clip_grad_norm_(self.net.parameters(), limit))
        value = float(total.detach())
        if not (math.isfinite(value) and math.isfinite(norm)):
            raise InputError(
                f"the loss of step {self.step + 1} is {value:g} and its gradient {norm:g}: training stopped and the last checkpoint stays; lower --learning-rate and start in a new folder"
            )
        self.optimizer.step()
        self.step += 1
        follow(self.mean, self.net, min(self.config.average, self.step / (self.step + 10)))
        return {name: float(part.detach()) for name, part in parts.items()}, norm

    def look(self, samples: Sequence[Sample]) -> dict[str, float]:
        """Figures of the averaged weights on the validation people's pictures; keeps them if they are the best."""
        self.mean.eval()
        with torch.no_grad():
            figures = self.task.judge(self.mean, samples, self.config.device)
        rank = [value if math.isfinite(value) else -math.inf for value in self.task.better(figures)]
        if not self.best.rank or rank > self.best.rank:
            weights = {name: one.detach().clone() for name, one in self.mean.state_dict().items()}
            self.best = Best(weights, figures, rank, self.step)
        return figures

    def network(self) -> nn.Module:
        """The best of the averages, for use."""
        self.mean.load_state_dict(self.best.weights or self.mean.state_dict())
        return self.mean.eval()


def start_learner(config: TrainConfig, task: LearntTask, weights: dict[str, Any] | None = None) -> Learner:
    """A learner before its first step; `weights` of an earlier run are the start if given."""
    torch.set_num_threads(config.threads)
    torch.manual_seed(_number(config.seed, "network"))
    net = task.network().to(config.device)
    if weights is not None:
        try:
            net.load_state_dict(weights)
        except RuntimeError as error:
            raise InputError(
                f"--start {config.start} holds another network; give a run of `train {config.task} --model {config.model}`"
            ) from error
    optimizer = torch.optim.AdamW(
        net.parameters(), lr=config.learning_rate or 1e-3, weight_decay=config.weight_decay, betas=(0.9, 0.98)
    )
    return Learner(config, task, net, copy.deepcopy(net), optimizer)


def start_from_shipped(config: TrainConfig, task: LearntTask, source: SampleSource) -> Learner:
    """A learner that begins with the shipped network's weights; its norms are settled on a batch."""
    learner = start_learner(config, task)
    load_shipped(learner.net, config.task)
    samples = source.draw(0, config.batch_size or 1, rng(config.seed, "train draw", 0))
    settle_norms(learner.net, task, task.cut(samples, rng(config.seed, "train cut", 0)), config.device)
    learner.mean.load_state_dict(learner.net.state_dict())
    return learner


def learning_rate_at(config: TrainConfig, step: int) -> float:
    """Warm-up, then half a cosine down to a fiftieth."""
    steps, rate = config.steps or 1, config.learning_rate or 1e-3
    warm = min(1.0, (step + 1) / max(1, min(config.warmup_steps, steps // 4)))
    return rate * warm * (_LEAST_RATE + (1 - _LEAST_RATE) * 0.5 * (1 + math.cos(math.pi * step / steps)))


@torch.no_grad()
def follow(mean: nn.Module, net: nn.Module, keep: float) -> None:
    """Move the averaged weights a little towards the present ones; counters are taken over."""
    for old, new in zip(mean.state_dict().values(), net.state_dict().values(), strict=True):
        if old.dtype.is_floating_point:
            old.mul_(keep).add_(new, alpha=1 - keep)
        else:
            old.copy_(new)


def _number(seed: int, *keys: int | str) -> int:
    """A seed of torch for what the keys name."""
    return int(rng(seed, "train", *keys).integers(2**63 - 1))
