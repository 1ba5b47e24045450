"""What a task has to say to the loop: its network, batches, losses, and how well others are read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor, nn

from thermvision.tasks.training.samples import Sample

Cut = dict[str, np.ndarray]  # arrays of a batch by name, made by the loader


@runtime_checkable
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

    def save(self, net: nn.Module, folder: Path) -> float | None:
        """Write the network into a run's folder; how much the file differs from the network, None where it is the same by nature."""
        ...

    def facts(self) -> dict[str, Any]:
        """For model.json: kind, input_px, classes, room."""
        ...
