"""Frames of one of our data sets as training pictures, with captions written from their labels."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from thermvision.dataset.read import clip_folders, num_rows, read_rows, temperature_k
from thermvision.finetune.captions_beside import with_trigger
from thermvision.finetune.pictures import Picture
from thermvision.flux.appearance import appearance_of
from thermvision.flux.captions import training_caption
from thermvision.flux.span import Span
from thermvision.rng import rng
from thermvision.types import InputError

_TOLD = [
    "subject", "gender", "expression", "expression_intensity", "yaw_deg", "hair_style", "glasses", "headwear", "mask_worn", "arkit",
    "room_temperature_c", "split", "frame",
]  # fmt: skip


def is_dataset(folder: Path) -> bool:
    """Whether a folder is a data set of ours."""
    return (folder / "clips").is_dir()


def pictures_of_dataset(
    folder: Path, span: Span | None, *, frames_per_clip: int, captions: int, trigger: str, seed: int
) -> list[Picture]:
    """Frames spread evenly over each clip, without those of the test split; each with so many sentences about it."""
    if span is None:
        raise InputError(
            f"data set {folder} holds temperatures, and neither --span nor the model says which are black and white;"
            " give --span LOW HIGH in C, such as --span 10 42"
        )
    found = []
    for clip in clip_folders(folder):
        rows = num_rows(clip)
        wanted = {int(place) for place in np.linspace(0, rows - 1, min(frames_per_clip, rows)).round()}
        for place, row in zip(sorted(wanted), read_rows(clip, _TOLD, only=wanted), strict=True):
            if row["split"] == "test":
                continue
            name = f"{clip.name}:{place}"
            appearance = appearance_of(row)
            said = [training_caption(appearance, rng(seed, "caption", name, number)) for number in range(captions)]
            found.append(
                Picture(
                    name=name,
                    person=str(row["subject"]),
                    captions=tuple(dict.fromkeys(with_trigger(trigger, one) for one in said)),
                    unit=functools.partial(_frame, clip, place, span),
                    split=str(row["split"]),
                )
            )
    if not found:
        raise InputError(f"data set {folder} holds no frame outside its test split; make one with more subjects")
    return found


def _frame(clip: Path, place: int, span: Span) -> Float32[np.ndarray, "h w"]:
    row: dict[str, Any] = next(iter(read_rows(clip, ["image"], only={place})))
    return span.to_unit(temperature_k(row))
