"""checkpoint.pt: all that a run needs to go on bit for bit, written whole or not at all; nothing in it is ever executed."""

from __future__ import annotations

import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch

from thermvision.disk import plain_disk_errors
from thermvision.tasks.training.learner import Best, Learner
from thermvision.types import InputError

CHECKPOINT = "checkpoint.pt"


def write_checkpoint(folder: Path, learner: Learner, name: str) -> Path:
    """Write the state; `name` is the run's hash. A killed process leaves the earlier one untouched."""
    target = folder / CHECKPOINT
    temporary = folder / f".{CHECKPOINT}.tmp"
    state = {
        "run": name, "step": learner.step, "net": learner.net.state_dict(), "mean": learner.mean.state_dict(),
        "optimizer": learner.optimizer.state_dict(), "best": learner.best.weights, "best_step": learner.best.step,
        "best_figures": learner.best.figures, "best_rank": learner.best.rank,
    }  # fmt: skip
    with plain_disk_errors(folder, "the checkpoint before this one stays"):
        try:
            with open(temporary, "wb") as file:
                torch.save(state, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    return target


def read_state(folder: Path) -> dict[str, Any] | None:
    """The state of a folder, None where there is none; InputError if it is damaged."""
    path = folder / CHECKPOINT
    if not path.is_file():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        int(state["step"]), state["mean"], state["net"], state["optimizer"], state["best"], state["run"]
    except (OSError, RuntimeError, KeyError, TypeError, ValueError, EOFError, pickle.UnpicklingError, zipfile.BadZipFile) as error:  # fmt: skip
        raise InputError(
            f"{path} is damaged ({type(error).__name__}); delete it to train from the beginning, or choose another folder"
        ) from error
    return state


def restore(learner: Learner, state: dict[str, Any]) -> None:
    """Put everything back as it was; InputError where the state is of another network."""
    try:
        learner.net.load_state_dict(state["net"])
        learner.mean.load_state_dict(state["mean"])
        learner.optimizer.load_state_dict(state["optimizer"])
    except (
        RuntimeError,
        ValueError,
    ) as error:  # what torch raises for weights that are missing, too many or of another shape
        raise InputError(
            f"{CHECKPOINT} holds another network than this version trains; choose another folder, or delete it to train from the beginning"
        ) from error
    learner.step = int(state["step"])
    learner.best = Best(state["best"], dict(state["best_figures"]), list(state["best_rank"]), int(state["best_step"]))


def earlier_weights(run: Path) -> dict[str, Any]:
    """The best averaged weights of another run; InputError if the folder holds none."""
    state = read_state(run)
    if state is None:
        raise InputError(f"--start {run} holds no {CHECKPOINT}; give the folder of an earlier `thermvision train`")
    weights: dict[str, Any] = state["best"] or state["mean"]
    return weights
