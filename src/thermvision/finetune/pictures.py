"""One training picture: how to read it, what may be said of it, whose it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")


@dataclass(frozen=True, slots=True)
class Picture:
    """One training picture: how to read it, what may be said of it, whose it is. `unit()` gives (h, w) or (h, w, 3) in -1..1."""

    name: str
    person: str  # all pictures of a person are trained on, or all held out
    captions: tuple[str, ...]
    unit: Callable[[], Float32[np.ndarray, "..."]]
    split: str = ""  # train, validation or test where a data set says so


def has_colours(unit: Float32[np.ndarray, "..."]) -> bool:
    """Whether a picture is in colours, which a palette gave it and which are no temperatures."""
    return unit.ndim == 3


def pixel_hash(unit: Float32[np.ndarray, "..."]) -> str:
    """Names the content of a picture."""
    return hashlib.sha256(f"{unit.shape}".encode() + np.ascontiguousarray(unit).tobytes()).hexdigest()
