"""card.md: what a trained model is, what it saw, how well it reads others, and what to keep in mind."""

from __future__ import annotations

from typing import Any

from thermvision.disk import plain_disk_errors, write_text
from thermvision.tasks.models import ModelInfo
from thermvision.tasks.training.files.source import TrainingSource
from thermvision.tasks.training.learner import Learner

CARD = "card.md"
_WHAT = {
    "detect": "finds faces on thermal pictures",
    "landmarks": "reads 478 landmarks, their visibility and the head's pose from a thermal face crop",
    "gender": "tells the gender label of a thermal face crop",
}
_CAUTIONS = {
    "detect": "Average precision on portrait-framed data measures framing: compare with the constant box that `thermvision evaluate` prints.",
    "landmarks": "Hidden points are where they would be; the deviation that the network tells grows with the error.",
    "gender": "It is the label of the data set, not of a person's identity; do not use it to decide about people.",
}  # fmt: skip


def write_card(learner: Learner, source: TrainingSource, info: ModelInfo, parameters: int, off: float | None) -> None:
    """Write the card from what is known of the run."""
    config, best = learner.config, learner.best
    figures = ", ".join(f"{name} {value:.4g}" for name, value in best.figures.items())
    rows = {
        "task": config.task,
        "network": f"{config.model}, {parameters:,} parameters",
        "input": f"{info.input_px[0]}x{info.input_px[1]} px, values stretched to -1..1 by robust percentiles",
        "learnt from": _learnt(source.draws.about(), info),
        "validation people": f"{len(info.validation_people)} named, {len(source.validation)} pictures",
        "on them": f"{figures} (step {best.step}, which is the one that was kept)",
        "steps": f"{config.steps}, batches of {config.batch_size}, AdamW {config.learning_rate:g}, averaged weights",
        "seed": str(config.seed),
        "file": "transformers/, as that library saves it" if off is None else f"model.onnx, {off:.1e} from the network",
        "thermvision": info.thermvision,
    }
    text = [
        f"# {config.out.name}", "", f"A network that {_WHAT[config.task]}.", "", "| | |", "|---|---|",
        *(f"| {name} | {value} |" for name, value in rows.items()), "", "![loss](loss.png)", "",
        "The validation people chose the checkpoint, so their figures are a little too good: measure on a test set with",
        f"`thermvision evaluate {config.task}`.", "", _CAUTIONS[config.task], "",
        *([f"Notes: {'; '.join(source.notes)}."] if source.notes else []),
    ]  # fmt: skip
    with plain_disk_errors(config.out, "the checkpoint stays"):
        write_text(config.out / CARD, "\n".join(text) + "\n")


def _learnt(about: dict[str, Any], info: ModelInfo) -> str:
    if "images" in about:
        return f"{about['images']:,} pictures of {about['people']['train']:,} people in {', '.join(about['sets'])}"
    return f"the simulator, seed {info.simulator_seed}" if info.simulator_seed is not None else ", ".join(info.data)
