"""history.jsonl: a line for each step, which survives a resumed run: lines after the checkpoint are cut off."""

from __future__ import annotations

import contextlib
import json
import math
from pathlib import Path
from typing import Any

from thermvision.disk import plain_disk_errors, write_text
from thermvision.tasks.training.loop import StepFacts

HISTORY = "history.jsonl"


def start_history(folder: Path, after_step: int) -> None:
    """Begin, or keep the lines up to and with `after_step`."""
    kept = [json.dumps(row) for row in read_history(folder) if row["step"] <= after_step]
    with plain_disk_errors(folder, "the checkpoint stays"):
        write_text(folder / HISTORY, "".join(f"{line}\n" for line in kept))


def add_history(folder: Path, facts: StepFacts) -> None:
    """One line: losses, rate, seconds of the step, the loader's share of them, and the validation people's figures where there are."""
    row: dict[str, Any] = {
        "step": facts.step, "loss": facts.loss, **{f"loss_{name}": value for name, value in facts.losses.items()},
        "learning_rate": facts.learning_rate, "grad_norm": facts.grad_norm, "seconds": round(facts.seconds, 4),
        "loader_share": round(facts.waited / max(facts.seconds, 1e-9), 4),
    }  # fmt: skip
    if facts.validation:
        row["validation"] = {name: value if math.isfinite(value) else None for name, value in facts.validation.items()}
    with plain_disk_errors(folder, "the checkpoint stays"), open(folder / HISTORY, "a") as file:
        file.write(json.dumps(row) + "\n")


def read_history(folder: Path) -> list[dict[str, Any]]:
    """All whole lines; a half-written last one is left away."""
    found = []
    if (folder / HISTORY).is_file():
        for line in (folder / HISTORY).read_text().splitlines():
            with contextlib.suppress(ValueError):
                row = json.loads(line)
                if isinstance(row, dict) and "step" in row:
                    found.append(row)
    return found
