"""File names: their parts, their order, and what folder words say of the split."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from thermvision.dataset.importers.frame import ImportedClip, ImportedFrame, Split

IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")
FRAMES_PER_CLIP = 500  # of a source that names no persons
_SPLITS: dict[str, Split] = {
    "train": "train", "training": "train", "val": "validation", "valid": "validation", "validation": "validation", "dev": "validation",
    "test": "test", "testing": "test",
}  # fmt: skip


def is_image(name: str) -> bool:
    """Whether a file's ending is one of a picture."""
    return name.lower().endswith(IMAGE_ENDINGS)


def stem(name: str) -> str:
    """Name without folders and ending."""
    return PurePosixPath(name).stem


def split_of(word: str) -> Split | None:
    """train, validation or test for the words that sets use."""
    return _SPLITS.get(re.sub(r"\d+$", "", word.lower()))  # val2017 is val


def split_in(parts: Iterable[str]) -> Split | None:
    """The first split that a path's folders name."""
    return next((found for part in parts if (found := split_of(part))), None)


def in_order(names: Iterable[str]) -> list[str]:
    """Sorted as people count: 2 before 10."""
    return sorted(names, key=lambda name: [int(p) if p.isdigit() else p.lower() for p in re.split(r"(\d+)", name)])


def safe(text: str) -> str:
    """A word as part of a clip's name."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", text).strip("-.") or "x"


def in_stretches(base: str, frames: Sequence[ImportedFrame], split: Split | None) -> list[ImportedClip]:
    """Frames without persons as clips of at most FRAMES_PER_CLIP."""
    starts = range(0, len(frames), FRAMES_PER_CLIP)
    return [
        ImportedClip(f"{base}_{place:04d}", tuple(frames[start : start + FRAMES_PER_CLIP]), split=split)
        for place, start in enumerate(starts)
    ]
