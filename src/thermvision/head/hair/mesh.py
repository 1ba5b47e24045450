"""Triangles of hair: sheets from grids of points, strips along paths, and how they are put together."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int32

from thermvision.head.sheets import sheet_triangles

AXIS_Z_MM = -40.0  # the head's upright axis


@dataclass(frozen=True, slots=True)
class HairMesh:
    """Triangles outside the head mesh. `strand`: place in the hair's texture, across the strands and along them."""

    vertices_mm: Float32[np.ndarray, "v 3"]
    triangles: Int32[np.ndarray, "t 3"]
    strand: Float32[np.ndarray, "v 2"]
    segment_weights: Float32[np.ndarray, "v 3"]
    warmth: Float32[np.ndarray, " v"]  # 0: as hair far from the skin, 1: as the skin at the hairline; below 0 cooler still


def make_mesh(vertices: np.ndarray, triangles: np.ndarray, strand: np.ndarray, warmth: np.ndarray) -> HairMesh:
    """A part of the hair; what hangs below the chin follows the torso more than the head."""
    to_torso = np.clip((vertices[:, 1] - 95) / 110, 0, 0.85)
    weights = np.stack([to_torso, 0 * to_torso, 1 - to_torso], axis=1)
    return HairMesh(
        vertices.astype(np.float32),
        np.ascontiguousarray(triangles, np.int32),
        strand.astype(np.float32),
        weights.astype(np.float32),
        warmth.astype(np.float32),
    )


def sheet(
    points: Float[np.ndarray, "rows columns 3"],
    strand: Float[np.ndarray, "rows columns 2"],
    warmth: Float[np.ndarray, "rows columns"],
    *,
    inside: bool = False,
) -> HairMesh:
    """A sheet around the head's axis that is seen from outside, or from the inside."""
    triangles = sheet_triangles(points)
    flat = points.reshape(-1, 3)
    p = flat[triangles]
    normal = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    outward = p.mean(axis=1) - [0.0, -50.0, AXIS_Z_MM]
    outward[:, 1] *= p[:, :, 1].mean(axis=1) < -50.0
    if ((normal * outward).sum() < 0) != inside:
        triangles = triangles[:, [0, 2, 1]]
    return make_mesh(flat, triangles, strand.reshape(-1, 2), warmth.ravel())


def strips(
    path: Float[np.ndarray, "n steps 3"],
    width_mm: Float[np.ndarray, "n steps"],
    strand: Float[np.ndarray, "n steps 2"],
    warmth: Float[np.ndarray, "n steps"],
    *,
    both_sides: bool = False,
    to_front: float = 0.0,
) -> HairMesh:
    """Strips of hair along paths, flat to the head and facing outwards; `both_sides` adds their backs.

    to_front turns them towards whoever looks at the face: hair beside it is round, a strip seen edge-on breaks into dots.
    """
    count, steps, _ = path.shape
    outward = path - [0.0, -50.0, AXIS_Z_MM]
    outward[..., 1] *= path[..., 1] < -50.0
    outward[..., 2] -= to_front * np.linalg.norm(outward, axis=2)
    aside = np.cross(outward, np.gradient(path, axis=1))
    aside *= 0.5 * width_mm[..., None] / (np.linalg.norm(aside, axis=2, keepdims=True) + 1e-9)
    vertices = np.stack([path - aside, path + aside], axis=2).reshape(-1, 3)
    ring = (np.arange(count * steps).reshape(count, steps)[:, :-1] * 2).ravel()
    triangles = np.concatenate([np.stack([ring, ring + 1, ring + 2], 1), np.stack([ring + 1, ring + 3, ring + 2], 1)])
    p = vertices[triangles]
    normal = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    inwards = (normal * outward.reshape(-1, 3)[triangles[:, 0] // 2]).sum(axis=1) < 0
    triangles = np.where(inwards[:, None], triangles[:, [0, 2, 1]], triangles)
    front = make_mesh(
        vertices, triangles, np.repeat(strand.reshape(-1, 2), 2, axis=0), np.repeat(warmth.reshape(-1), 2)
    )
    if not both_sides:
        return front
    # Vertices of its own: the normals of two faces back to back would cancel.
    back = dataclasses.replace(front, triangles=np.ascontiguousarray(front.triangles[:, [0, 2, 1]]))
    return join([front, back])


def join(parts: list[HairMesh]) -> HairMesh:
    """All parts as one mesh."""
    starts = np.cumsum([0] + [len(part.vertices_mm) for part in parts[:-1]])
    return HairMesh(
        np.concatenate([part.vertices_mm for part in parts]),
        np.concatenate([part.triangles + np.int32(start) for part, start in zip(parts, starts, strict=True)]),
        np.concatenate([part.strand for part in parts]),
        np.concatenate([part.segment_weights for part in parts]),
        np.concatenate([part.warmth for part in parts]),
    )
