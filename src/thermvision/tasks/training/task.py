"""What a task has to say to the loop: its network, batches, losses, and how well others are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from thermvision.tasks.training.samples import Sample

Cut = dict[str, np.ndarray]  # arrays of a batch by name, made by the loader


class LearntTask(Protocol):
    """Detection, landmarks or gender, with one of its networks."""

    @property
    def judged(self) -> str:
        """The figure that chooses the checkpoint."""
        ...

    def network(self) -> nn.Module:
        """A new network; its random weights follow torch's generator."""
        ...

    def cut(self, samples: Sequence[Sample], stream: np.random.Generator) -> Cut:
        """A batch as arrays: numpy only, for the loader runs beside the network."""
        ...

    def losses(self, net: nn.Module, cut: Cut, stream: torch.Generator, device: str) -> dict[str, Tensor]:
        """Named losses of a batch, augmented by `stream`; their sum is what falls."""
        ...

    def judge(self, net: nn.Module, samples: Sequence[Sample], device: str) -> dict[str, float]:
        """Figures by name on pictures of other people, unchanged."""
        ...

    def better(self, figures: dict[str, float]) -> list[float]:
        """What is compared, first entry first: more is better."""
        ...

    def example(self) -> Tensor:
        """An input to trace the network with."""
        ...

    def outputs(self) -> tuple[str, ...]:
        """Names of what the network gives."""
        ...

    def free_axes(self) -> dict[int, str]:
        """Axes of inputs and outputs that are not fixed."""
        ...

    def facts(self) -> dict[str, Any]:
        """For model.json: kind, input_px, classes, room."""
        ...
