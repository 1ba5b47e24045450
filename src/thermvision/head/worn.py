"""What people wear on the head, as meshes that are rendered like skin and hair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32


@dataclass(frozen=True, slots=True)
class WornMesh:
    """One piece of a worn thing in the head frame of the person's neutral mesh; a thin sheet has its inner side too."""

    vertices_mm: Float32[np.ndarray, "v 3"]
    triangles: Int32[np.ndarray, "t 3"]  # cross products point outwards
    uv: Float32[np.ndarray, "v 2"]  # 0-1 over the piece's surface
    surface: str  # the material: lens, frame_plastic, frame_metal, cloth, knit, mask
    segment_weights: Float32[np.ndarray, "v 3"]  # torso, neck, head
    contact: Float32[np.ndarray, " v"]  # 0-1: how warm the skin makes it; 1 lies on skin
    follows: Int32[np.ndarray, " v"]  # head-model vertex whose face-unit displacement it follows, -1 for none


def worn_mesh(
    vertices_mm: np.ndarray,
    triangles: np.ndarray,
    uv: np.ndarray,
    surface: str,
    *,
    segment_weights: np.ndarray | None = None,
    contact: np.ndarray | float = 0.0,
    follows: np.ndarray | None = None,
) -> WornMesh:
    """A `WornMesh` from arrays of any float type; by default it rides the head and follows no face unit."""
    count = len(vertices_mm)
    rigid = np.tile(np.array([0, 0, 1], np.float32), (count, 1))
    return WornMesh(
        np.asarray(vertices_mm, np.float32),
        np.ascontiguousarray(triangles, np.int32),
        np.clip(uv, 0, 1).astype(np.float32),
        surface,
        rigid if segment_weights is None else segment_weights.astype(np.float32),
        np.clip(np.broadcast_to(contact, count), 0, 1).astype(np.float32),
        np.full(count, -1, np.int32) if follows is None else follows.astype(np.int32),
    )


def join(parts: list[WornMesh]) -> WornMesh:
    """Pieces of one material as one mesh. Raises ValueError if the materials differ."""
    if len({part.surface for part in parts}) != 1:
        raise ValueError(f"join takes pieces of one material, got {[part.surface for part in parts]}")
    starts = np.cumsum([0] + [len(part.vertices_mm) for part in parts[:-1]])
    return WornMesh(
        np.concatenate([part.vertices_mm for part in parts]),
        np.concatenate([part.triangles + np.int32(start) for part, start in zip(parts, starts, strict=True)]),
        np.concatenate([part.uv for part in parts]),
        parts[0].surface,
        np.concatenate([part.segment_weights for part in parts]),
        np.concatenate([part.contact for part in parts]),
        np.concatenate([part.follows for part in parts]),
    )
