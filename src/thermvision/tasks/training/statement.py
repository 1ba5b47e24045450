"""What a training would learn from, for --dry-run: nothing is trained or written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from thermvision.tasks.training.config import SIMULATOR, TrainConfig
from thermvision.tasks.training.files.read import read_sets
from thermvision.tasks.training.files.shelf import Shelf


def state(config: TrainConfig) -> tuple[dict[str, Any], list[str]]:
    """Facts and lines about the data and the steps of filled settings; the data is read to its end."""
    facts: dict[str, Any] = {"task": config.task, "network": config.model, "steps": config.steps, "batch_size": config.batch_size}  # fmt: skip
    lines = [f"train {config.task}: network {config.model}, {config.steps} steps of {config.batch_size} pictures"]
    if SIMULATOR not in config.data:
        shelf = Shelf()
        try:
            source = read_sets([Path(one) for one in config.data], config, shelf)
            about = source.draws.about()
            facts |= {"images": about["images"], "people": about["people"], "left_out": about["left_out"], "notes": source.notes}  # fmt: skip
            lines.append(
                f"{about['images']} samples of {about['people']['train']} people to learn from, {len(source.validation)} of {about['people']['validation']} others to choose the checkpoint"
            )
            lines += [f"note: {note}" for note in source.notes]
        finally:
            shelf.close()
    return facts, lines
