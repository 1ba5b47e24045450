"""Averaged weights, which are steadier than those of the last step."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any


class AveragedWeights:
    """Exponential moving average in float32; in the first steps the decay is less, (1 + n) / (10 + n)."""

    def __init__(self, parameters: dict[str, Any], decay: float) -> None:
        self._decay = decay
        self._parameters = parameters
        self.values = {name: parameter.detach().float().clone() for name, parameter in parameters.items()}

    def update(self, step: int) -> None:
        """After step number `step`, from 1."""
        keep = min(self._decay, (1 + step) / (10 + step))
        for name, value in self.values.items():
            value.lerp_(self._parameters[name].detach().float(), 1 - keep)

    def load(self, values: dict[str, Any]) -> None:
        """Go on from saved values."""
        for name, value in self.values.items():
            value.copy_(values[name])

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        """Let the model use the averaged weights for a while."""
        own = {name: parameter.detach().clone() for name, parameter in self._parameters.items()}
        try:
            for name, parameter in self._parameters.items():
                parameter.data.copy_(self.values[name])
            yield
        finally:
            for name, parameter in self._parameters.items():
                parameter.data.copy_(own[name])
