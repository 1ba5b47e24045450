"""Where a run reports to: TensorBoard always, W&B and trackio by name."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from thermvision.finetune.config import FinetuneConfig
from thermvision.flux.needed import need
from thermvision.types import InputError


class Loggers:
    """Numbers and pictures of a run, sent to all of them."""

    def __init__(self, config: FinetuneConfig, name: str, after_step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._board: Any = SummaryWriter(str(config.out / "tensorboard"), purge_step=after_step + 1)
        self._others: list[Any] = []
        for package in config.log_with:
            told = {
                "project": "thermvision",
                "name": f"{config.out.name}-{name}",
                "config": config.model_dump(mode="json"),
            }
            if package == "wandb":
                told |= {"id": name, "resume": "allow", "dir": str(config.out)}
            self._others.append(import_module(package).init(**told))

    def numbers(self, step: int, values: dict[str, float]) -> None:
        """Named numbers of a step."""
        for name, value in values.items():
            self._board.add_scalar(name, value, step)
        for other in self._others:
            other.log(values, step=step)

    def picture(self, step: int, name: str, pictures: Any) -> None:
        """A row of pictures (n, h, w) in -1..1."""
        self._board.add_images(name, (pictures[:, None] + 1) / 2, step)

    def close(self) -> None:
        """Finish what is still to be written."""
        self._board.close()
        for other in self._others:
            other.finish()


def check_loggers(names: tuple[str, ...]) -> None:
    """InputError, before any work, if a package that is to be reported to is not installed."""
    need("tensorboard")
    for name in names:
        try:
            import_module(name)
        except ImportError as error:
            raise InputError(
                f"log_with names {name}, which is not installed; pip install {name}, or leave it out"
            ) from error
