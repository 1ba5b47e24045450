"""The body below the bust: MakeHuman's CC0 mesh with phenotypes and bones, read from the baked asset."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
from jaxtyping import Float32, Int8, Int32

ASSET = "body/body.npz"


@dataclass(frozen=True, slots=True)
class BodyModel:
    """Arrays of the baked body, head frame, mm, origin at the head joint; n = head model's vertices + the body's own.

    Rows of a displacement are the body's own vertices, then the bones' joints, then `point_names`.
    """

    base_mm: Float32[np.ndarray, "bj 3"]
    triangles: Int32[np.ndarray, "t 3"]  # into the head model's vertices and, behind them, the body's own
    weights: Float32[np.ndarray, "n bones"]  # head model's vertices first
    bone_names: tuple[str, ...]
    bone_parents: Int8[np.ndarray, " bones"]
    point_names: tuple[str, ...]
    corners: dict[str, np.ndarray]  # phenotype corner -> (bj, 3)

    @property
    def num_head(self) -> int:
        """Vertices of the head model."""
        return len(self.weights) - self.num_own

    @property
    def num_own(self) -> int:
        """Vertices below the bust."""
        return len(self.base_mm) - len(self.bone_names) - len(self.point_names)


@lru_cache(maxsize=1)
def load_body_model() -> BodyModel:
    """The body model that ships with the package."""
    path = resources.files("thermvision") / "assets" / ASSET
    with resources.as_file(path) as file, np.load(file, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    weights = np.concatenate([arrays["head_weights"], arrays["weights"]]).astype(np.float32)
    names = [str(name) for name in arrays["corner_names"]]
    return BodyModel(
        base_mm=arrays["base_mm"],
        triangles=arrays["triangles"],
        weights=weights / weights.sum(axis=1, keepdims=True),
        bone_names=tuple(str(name) for name in arrays["bone_names"]),
        bone_parents=arrays["bone_parents"],
        point_names=tuple(str(name) for name in arrays["point_names"]),
        corners={name: delta.astype(np.float32) for name, delta in zip(names, arrays["corner_mm"], strict=True)},
    )


def joints_of(model: BodyModel, rows_mm: Float32[np.ndarray, "bj 3"]) -> dict[str, np.ndarray]:
    """Joints and points by name, of a body's rows."""
    return dict(zip(model.bone_names + model.point_names, rows_mm[model.num_own :].astype(float), strict=True))
