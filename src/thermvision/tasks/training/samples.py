"""What training learns from: pictures with their faces, before any augmentation, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture to learn from, before any augmentation; `m` faces, which may be none."""

    picture: Float32[np.ndarray, "h w"]  # kelvin if radiometric, else grey 0-1
    radiometric: bool
    faces_xyxy_px: Float32[np.ndarray, "m 4"]
    visible_share: Float32[np.ndarray, " m"]  # 0-1; 1 where nobody says
    landmarks_68_px: Float32[np.ndarray, "m 68 2"]  # NaN where not labelled
    landmarks_478_px: Float32[np.ndarray, "m 478 2"] | None  # NaN rows for faces without; None where no face has them
    pose_deg: Float32[np.ndarray, "m 3"]  # yaw, pitch, roll as in thermvision.types; NaN where not labelled
    male: Float32[np.ndarray, " m"]  # 1, 0, NaN where not labelled
    people: tuple[str, ...]  # a name for each face, empty where nobody says
    landmarks_478_visible: Float32[np.ndarray, "m 478"] | None = None  # 1 seen, 0 hidden, NaN where nobody says


@runtime_checkable
class SampleSource(Protocol):
    """Where samples come from: files, or the simulator without files."""

    def draw(self, step: int, count: int, stream: np.random.Generator) -> list[Sample]:
        """`count` samples for a step; a function of step, count and stream only."""
        ...

    def about(self) -> dict[str, Any]:
        """What goes into model.json: kind, people, seed."""
        ...

    def close(self) -> None:
        """Let workers and files go."""
        ...
