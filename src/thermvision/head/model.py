"""The 3-D head: MakeHuman's CC0 mesh with phenotypes, shape axes and 52 face units, read from the baked asset."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
from jaxtyping import Float32, Int8, Int32

ASSET = "head/head.npz"


@dataclass(frozen=True, slots=True)
class HeadModel:
    """Arrays of the baked head. Head frame, millimetres, origin at the head joint of the average head.

    The last `len(joint_names)` rows of every per-vertex displacement are the joints, as virtual vertices.
    """

    base_mm: Float32[np.ndarray, "vj 3"]
    joint_names: tuple[str, ...]
    part_names: tuple[str, ...]
    triangles: Int32[np.ndarray, "t 3"]
    triangle_uv: Int32[np.ndarray, "t 3"]
    triangle_part: Int8[np.ndarray, " t"]
    uv: Float32[np.ndarray, "u 2"]
    segment_weights: Float32[np.ndarray, "v 3"]  # torso, neck, head
    corners: dict[str, np.ndarray]  # phenotype corner -> (vj, 3) displacement
    shapes: dict[str, np.ndarray]  # shape axis -> (2, vj, 3) displacement at -1 and at +1
    unit_names: tuple[str, ...]
    unit_mm: Float32[np.ndarray, "k vj 3"]
    landmark_triangles: dict[str, np.ndarray]  # set name -> (n,)
    landmark_barycentric: dict[str, np.ndarray]  # set name -> (n, 3)
    region_names: tuple[str, ...]
    region_basis: np.ndarray  # (v, r): temperature of a vertex = basis @ temperatures of the regions' anchors
    vertex_masks: dict[str, np.ndarray]  # name -> (v,) 0-1: scalp, face, brows, lips, ...

    @property
    def num_vertices(self) -> int:
        """Vertices without the joints."""
        return len(self.segment_weights)


@lru_cache(maxsize=1)
def load_head_model() -> HeadModel:
    """The head model that ships with the package."""
    path = resources.files("thermvision") / "assets" / ASSET
    with resources.as_file(path) as file, np.load(file, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    strip = {name: tuple(str(x) for x in arrays[name]) for name in arrays if name.endswith("_names")}
    return HeadModel(
        base_mm=arrays["base_mm"],
        joint_names=strip["joint_names"],
        part_names=strip["part_names"],
        triangles=arrays["triangles"],
        triangle_uv=arrays["triangle_uv"],
        triangle_part=arrays["triangle_part"],
        uv=arrays["uv"],
        segment_weights=arrays["segment_weights"],
        corners=_by_name(strip["corner_names"], arrays["corner_mm"]),
        shapes=_by_name(strip["shape_names"], arrays["shape_mm"]),
        unit_names=strip["unit_names"],
        unit_mm=arrays["unit_mm"].astype(np.float32),
        landmark_triangles=_with_prefix(arrays, "landmark_triangle_"),
        landmark_barycentric=_with_prefix(arrays, "landmark_barycentric_"),
        region_names=strip.get("region_names", ()),
        region_basis=arrays.get("region_basis", np.zeros((0, 0), np.float32)).astype(np.float32),
        vertex_masks={name: mask.astype(np.float32) for name, mask in _with_prefix(arrays, "mask_").items()},
    )


def _by_name(names: tuple[str, ...], displacements: np.ndarray) -> dict[str, np.ndarray]:
    return {name: delta.astype(np.float32) for name, delta in zip(names, displacements, strict=True)}


def _with_prefix(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
