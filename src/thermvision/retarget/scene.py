"""Several meshes in one picture: posed vertices of everyone together through one z-buffer and one shading pass."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from thermvision.head.projection import View
from thermvision.head.render import Drawn, Renderer
from thermvision.head.texels import pack_texels
from thermvision.head.thermal_head import ThermalHead


class Scene:
    """The people of a clip and the arrays that all frames share; draw() takes where their vertices are now."""

    def __init__(self, heads: list[ThermalHead], view: View, reflected_w: float) -> None:
        counts = [len(head.rig.neutral_mm) for head in heads]
        starts = np.cumsum([0, *counts])
        layers = np.cumsum([0, *(len(head.texture) for head in heads)])
        self._renderer = Renderer(
            np.concatenate([h.triangles + np.int32(s) for h, s in zip(heads, starts, strict=False)]),
            np.concatenate([h.triangle_layer + np.int8(s) for h, s in zip(heads, layers, strict=False)]),
            np.concatenate([head.uv[head.triangle_uv] for head in heads]),
            pack_texels([head.texture for head in heads], [head.material for head in heads]),
            int(starts[-1]),
            view,
            reflected_w,
        )

    def draw(
        self,
        vertices_mm: list[Float32[np.ndarray, "_ 3"]],
        offset_k: list[Float32[np.ndarray, "_"]],
        background_w: Float32[np.ndarray, "h w"],
    ) -> Drawn:
        """One frame: vertices of each person in the camera frame and what is added to their temperatures."""
        vertices = np.concatenate(vertices_mm).astype(np.float32, copy=False)
        vertices[:, 2] = np.maximum(vertices[:, 2], 1.0)  # behind the camera: the rasterizer drops what is this near
        return self._renderer.draw(vertices, np.concatenate(offset_k).astype(np.float32, copy=False), background_w)
