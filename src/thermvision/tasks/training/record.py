"""What a run writes while it trains: history, TensorBoard, checkpoints, the plot; and what it says on the progress bar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from thermvision.loss_plot import draw_loss
from thermvision.tasks.training.checkpoint import write_checkpoint
from thermvision.tasks.training.history import add_history, read_history, start_history
from thermvision.tasks.training.learner import Learner
from thermvision.tasks.training.loop import StepFacts

BOARD, PLOT = "tensorboard", "loss.png"
_LOOK_BACK = 20  # steps over which the bar's figures are averaged


class RunRecord:
    """The files of a run; `after_step` is called after each step."""

    def __init__(self, learner: Learner, name: str, progress: Callable[..., None]) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._learner, self._name, self._progress = learner, name, progress
        self._out = learner.config.out
        self._recent: list[StepFacts] = []
        self._saved = learner.step
        start_history(self._out, learner.step)
        self._board: Any = SummaryWriter(str(self._out / BOARD), purge_step=learner.step + 1)

    def after_step(self, facts: StepFacts) -> None:
        """Write what is due after a step."""
        config = self._learner.config
        add_history(self._out, facts)
        told = {"loss": facts.loss, "learning_rate": facts.learning_rate, "seconds": facts.seconds}
        told |= {f"loss/{name}": value for name, value in facts.losses.items()}
        told |= {"loader_share": facts.waited / max(facts.seconds, 1e-9)}
        told |= {f"validation/{name}": value for name, value in facts.validation.items()}
        for name, value in told.items():
            self._board.add_scalar(name, value, facts.step)
        self._recent = [*self._recent[1 - _LOOK_BACK :], facts]
        self._progress("steps", facts.step, config.steps or 1, self._note(facts))
        if facts.step % config.save_every == 0 or facts.step == config.steps:
            self.save()

    def save(self) -> None:
        """A checkpoint and the plot up to here."""
        if self._saved == self._learner.step:
            return
        self._saved = self._learner.step
        write_checkpoint(self._out, self._learner, self._name)
        rows = read_history(self._out)
        saved = range(self._learner.config.save_every, self._saved + 1, self._learner.config.save_every)
        draw_loss(
            self._out / PLOT, np.array([row["step"] for row in rows], float), np.array([row["loss"] for row in rows], float), [], list(saved),
        )  # fmt: skip

    def close(self) -> None:
        """Finish what is still to be written."""
        self._board.close()

    def _note(self, facts: StepFacts) -> str:
        seconds = float(np.mean([one.seconds for one in self._recent]))
        share = sum(one.waited for one in self._recent) / max(sum(one.seconds for one in self._recent), 1e-9)
        loss = float(np.mean([one.loss for one in self._recent]))
        left = int(seconds * ((self._learner.config.steps or 1) - facts.step))
        best = self._learner.best
        judged = f", {self._learner.task.judged} {best.figures[self._learner.task.judged]:.3f}" if best.figures else ""
        return (
            f"loss {loss:.3f}{judged}, {seconds:.2f} s/step, {share:.0%} of it for the loader, "
            f"{left // 3600}:{left // 60 % 60:02}:{left % 60:02} left"
        )
