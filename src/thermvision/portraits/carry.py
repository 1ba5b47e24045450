"""Carry a painted picture onto the head it was painted over: where the camera saw skin, the paint's temperature counts."""

from __future__ import annotations

import dataclasses

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import map_coordinates

from thermvision.head.atlas import SIZE, head_atlas
from thermvision.head.normals import vertex_normals
from thermvision.head.thermal_head import ThermalHead
from thermvision.portraits.still import Still

DEPTH_SHARE = 0.006  # how much nearer something else may be before a texel counts as hidden
FACING = (0.15, 0.5)  # cosine to the camera between which the paint fades in
ALIKE_K, TOO_FAR_K = 2.5, 1.2  # beyond this difference the paint shows something else there: hair, a frame, the wall


def carry(
    head: ThermalHead, still: Still, painted_k: Float32[np.ndarray, "h w"]
) -> tuple[ThermalHead, dict[str, float]]:
    """The head with the skin of `painted_k` (the still's size, apparent temperatures), and the share of the shown skin that it gave.

    Skin that the picture does not show is shifted by the median difference of what it does show. Hair, clothes, things
    worn and the wall stay as simulated.
    """
    atlas, model = head_atlas(), head.model
    own = np.ascontiguousarray(still.vertices_mm[: model.num_vertices])
    normals = np.empty_like(own)
    vertex_normals(own, model.triangles, normals)
    points, normals = atlas.interpolate(own), atlas.interpolate(normals)
    place = still.view.project(np.ascontiguousarray(points, np.float32))
    at = np.stack([place[:, 1], place[:, 0]]) - 0.5
    nearest = np.clip(np.rint(at).astype(int), 0, np.array(painted_k.shape)[:, None] - 1)
    hidden = still.inverse_depth[nearest[0], nearest[1]] > place[:, 2] * (1 + DEPTH_SHARE)
    toward = (
        -(normals * points).sum(axis=1) / np.linalg.norm(points, axis=1) / np.linalg.norm(normals, axis=1).clip(1e-9)
    )
    low, high = FACING
    face = head.material[0, atlas.row, atlas.column, 1] > 127
    difference = map_coordinates(painted_k - still.temperature_k, at, order=1, mode="nearest")
    outside = ((at < 0) | (at > np.array(painted_k.shape)[:, None] - 1)).any(axis=0)
    shown = np.clip((toward - low) / (high - low), 0, 1) * ~hidden * ~outside
    weight = shown * np.exp(-((np.maximum(np.abs(difference) - ALIKE_K, 0) / TOO_FAR_K) ** 2))
    seen = face & (weight > 0.5)
    level = float(np.median(difference[seen])) if seen.any() else 0.0
    change = np.where(face, weight * difference + (1 - weight) * level, 0.0).astype(np.float32)
    texture = head.texture.copy()
    texture[0] += atlas.image(change)[:SIZE, :SIZE]
    facts = {"painted_share": float(seen.sum() / max(1, (face & (shown > 0.5)).sum())), "level_k": level}
    return dataclasses.replace(head, texture=texture), facts
