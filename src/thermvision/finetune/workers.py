"""One process or several: who writes, who takes which batch, and gradients averaged over all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from thermvision.types import InputError


@dataclass(frozen=True, slots=True)
class Workers:
    """One process among those that `accelerate launch` started; by itself it is number 0 of 1."""

    device: str
    number: int = 0
    count: int = 1
    accelerator: Any = None

    @property
    def main(self) -> bool:
        """Whether this process writes the run's files."""
        return self.number == 0

    def average_gradients(self, parameters: Iterable[Any]) -> None:
        """Give every process the mean of the gradients: one exchange, for LoRA matrices are small."""
        if self.count == 1:
            return
        import torch

        gradients = [parameter.grad for parameter in parameters]
        mean = self.accelerator.reduce(torch.cat([one.reshape(-1).float() for one in gradients]), reduction="mean")
        at = 0
        for gradient in gradients:
            gradient.copy_(mean[at : at + gradient.numel()].view_as(gradient))
            at += gradient.numel()

    def average(self, value: Any) -> Any:
        """The mean of a tensor over the processes."""
        return value if self.count == 1 else self.accelerator.reduce(value, reduction="mean")

    def wait(self) -> None:
        """Until all processes are here."""
        if self.accelerator is not None:
            self.accelerator.wait_for_everyone()

    def any(self, flag: bool) -> bool:
        """Whether it is so in any process."""
        if self.count == 1:
            return flag
        import torch

        return bool(self.accelerator.reduce(torch.tensor(float(flag), device=self.device), reduction="sum") > 0)


def start_workers(device: str | None) -> Workers:
    """Join the processes of `accelerate launch`, else be alone. InputError for a device that is not there."""
    import torch

    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        from accelerate import Accelerator

        accelerator = Accelerator(cpu=device == "cpu" or not torch.cuda.is_available())
        return Workers(str(accelerator.device), accelerator.process_index, accelerator.num_processes, accelerator)
    chosen = device or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        torch.empty(1, device=chosen)
    except (RuntimeError, AssertionError) as error:
        raise InputError(
            f"device is {chosen}, which is not there ({' '.join(str(error).split())[:100]}); choose cpu or cuda"
        ) from error
    return Workers(chosen)
