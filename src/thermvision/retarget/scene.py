"""Several meshes in one picture: posed vertices of everyone together through one z-buffer and one shading pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32

from thermvision.head.projection import View
from thermvision.head.raster import rasterize
from thermvision.head.shade import SUBSAMPLES, shade, vertex_normals
from thermvision.head.thermal_head import ThermalHead, edge_neighbours


@dataclass(frozen=True, slots=True)
class Drawn:
    """One rendered frame."""

    radiance_w: Float32[np.ndarray, "h w"]
    face_mask: Bool[np.ndarray, "h w"]
    inverse_depth: Float32[np.ndarray, "h w"]  # a buffer: valid until the next frame


class Scene:
    """The people of a clip and the arrays that all frames share; draw() takes where their vertices are now."""

    def __init__(self, heads: list[ThermalHead], view: View, reflected_w: float) -> None:
        counts = [len(head.rig.neutral_mm) for head in heads]
        self._starts = np.cumsum([0, *counts])
        uv_starts = np.cumsum([0, *(len(head.uv) for head in heads)])
        layers = np.cumsum([0, *(len(head.texture) for head in heads)])
        self._triangles = np.concatenate([h.triangles + np.int32(s) for h, s in zip(heads, self._starts, strict=False)])
        self._triangle_uv = np.concatenate(
            [h.triangle_uv + np.int32(s) for h, s in zip(heads, uv_starts, strict=False)]
        )
        self._layer = np.concatenate([h.triangle_layer + np.int8(s) for h, s in zip(heads, layers, strict=False)])
        self._uv = np.concatenate([head.uv for head in heads])
        self._texture = np.concatenate([head.texture for head in heads])
        self._material = np.concatenate([head.material for head in heads])
        self._neighbours = edge_neighbours(self._triangles)
        self._view, self._reflected = view, np.float32(reflected_w)
        shape = (view.height_px, view.width_px)
        self._seen, self._depth = np.empty(shape, np.int32), np.empty(shape, np.float32)
        self._normals = np.empty((int(self._starts[-1]), 3), np.float32)

    def draw(
        self,
        vertices_mm: list[Float32[np.ndarray, "_ 3"]],
        offset_k: list[Float32[np.ndarray, "_"]],
        background_w: Float32[np.ndarray, "h w"],
    ) -> Drawn:
        """One frame: vertices of each person in the camera frame and what is added to their temperatures."""
        vertices = np.concatenate(vertices_mm).astype(np.float32)
        vertices[:, 2] = np.maximum(vertices[:, 2], 1.0)  # behind the camera: the rasterizer drops what is this near
        projected = self._view.project(vertices)
        vertex_normals(vertices, self._triangles, self._normals)
        rasterize(projected, self._triangles, self._seen, self._depth)
        radiance = np.empty(self._seen.shape, np.float32)
        face_mask = np.empty(self._seen.shape, np.bool_)
        shade(
            self._seen, self._depth, projected, self._normals, np.concatenate(offset_k).astype(np.float32), self._triangles,
            self._neighbours, self._triangle_uv, self._layer, self._uv, self._texture, self._material, self._view.focal_px,
            self._reflected, background_w, SUBSAMPLES, radiance, face_mask,
        )  # fmt: skip
        return Drawn(radiance, face_mask, self._depth)
