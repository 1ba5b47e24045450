"""The other way round: a mirrored person is a person too; landmarks change names with the side they are on."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Int

from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.model import load_head_model


@lru_cache(maxsize=4)
def twins(name: str = "478") -> Int[np.ndarray, " n"]:
    """For each landmark of a set the one on the other side of the face, from the average head, which is its own mirror image."""
    model = load_head_model()
    points = landmark_positions_mm(model, model.base_mm.astype(np.float32), name)
    apart = np.linalg.norm(points[:, None] * np.array([-1, 1, 1], np.float32) - points[None], axis=2)
    return apart.argmin(axis=0)
