"""Several meshes in one picture: everyone's posed vertices and the furniture through one z-buffer and one shading pass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

from thermvision.body.charts import SIZE as PICTURE
from thermvision.body.furniture import Furniture
from thermvision.body.posed import BODY, PosedBody
from thermvision.head.projection import View
from thermvision.head.render import Drawn, Renderer
from thermvision.head.texels import pack_texels
from thermvision.head.thermal_head import ThermalHead


class Scene:
    """The people of a clip and the arrays that all frames share; draw() takes where their vertices are now.

    Vertices come person by person, the head's with hair and what is worn, then the body's if there is one; behind all the
    furniture's. Pictures of bodies and things are quarters of further texture layers, four to a layer.
    """

    def __init__(
        self,
        heads: list[ThermalHead],
        view: View,
        reflected_w: float,
        bodies: Sequence[PosedBody] = (),
        furniture: Furniture | None = None,
    ) -> None:
        self._furniture = furniture
        triangles, layer, uv = [], [], []
        textures, materials = [head.texture for head in heads], [head.material for head in heads]
        squares = _Squares(bodies, furniture, sum(map(len, textures)), heads[0])
        grazing = np.zeros(0, np.float32)
        start = first_layer = 0
        for person, head in enumerate(heads):
            triangles.append(head.triangles + start)
            layer.append(head.triangle_layer + first_layer)
            uv.append(head.uv[head.triangle_uv])
            first_layer += len(head.texture)
            if bodies:
                body = bodies[person]
                shift = len(head.rig.neutral_mm) - body.num_head  # hair and worn things lie between head and body
                triangles.append(body.triangles + np.where(body.triangles >= body.num_head, shift, 0) + start)
                number = np.where(body.picture == BODY, person, len(heads))
                layer.append(squares.layer(number))
                uv.append(squares.uv(body.uv[body.triangle_uv], number))
                start += len(body.vertices_mm)
            start += len(head.rig.neutral_mm)
            own = np.ones(len(head.rig.neutral_mm), np.float32) if head.grazing is None else head.grazing
            body_count = start - len(own) - len(grazing)
            grazing = np.concatenate([grazing, own, np.ones(body_count, np.float32)])
        if furniture is not None:
            number = np.full(len(furniture.triangles), len(heads))
            triangles.append(furniture.triangles + start)
            layer.append(squares.layer(number))
            uv.append(squares.uv(furniture.uv[furniture.triangles], number))
            start += len(furniture.vertices_mm)
        self._renderer = Renderer(
            np.concatenate(triangles).astype(np.int32),
            np.concatenate(layer).astype(np.int8),
            np.concatenate(uv).astype(np.float32),
            pack_texels([*textures, *squares.textures], [*materials, *squares.materials]),
            start,
            view,
            reflected_w,
            np.append(grazing, np.ones(start - len(grazing), np.float32)) if (grazing < 1).any() else None,
        )

    def draw(
        self,
        vertices_mm: list[Float32[np.ndarray, "_ 3"]],
        offset_k: list[Float32[np.ndarray, "_"]],
        background_w: Float32[np.ndarray, "h w"],
    ) -> Drawn:
        """One frame: vertices of each person in the camera frame and what is added to their temperatures."""
        if self._furniture is not None:
            vertices_mm, offset_k = [*vertices_mm, self._furniture.vertices_mm], [*offset_k, self._furniture.offset_k]
        vertices = np.concatenate(vertices_mm).astype(np.float32, copy=False)
        vertices[:, 2] = np.maximum(vertices[:, 2], 1.0)  # behind the camera: the rasterizer drops what is this near
        return self._renderer.draw(vertices, np.concatenate(offset_k).astype(np.float32, copy=False), background_w)


class _Squares:
    """Pictures of bodies, then of the furniture, as quarters of texture layers behind those of the heads."""

    def __init__(
        self, bodies: Sequence[PosedBody], furniture: Furniture | None, first_layer: int, like: ThermalHead
    ) -> None:
        pictures = [(body.temperature_k, body.emissivity) for body in bodies]
        if furniture is not None:
            pictures.append((furniture.temperature_k, furniture.emissivity))
        self._first, self._size = first_layer, like.texture.shape[1]
        shape = (-(-len(pictures) // 4), self._size, self._size)
        texture, material = np.full(shape, like.room_temperature_k, np.float32), np.zeros((*shape, 2), np.uint8)
        for number, (temperature, emissivity) in enumerate(pictures):
            top, left = PICTURE * (number % 4 // 2), PICTURE * (number % 2)
            texture[number // 4, top : top + PICTURE, left : left + PICTURE] = temperature
            material[number // 4, top : top + PICTURE, left : left + PICTURE, 0] = emissivity
        self.textures, self.materials = ([texture], [material]) if pictures else ([], [])

    def layer(self, number: np.ndarray) -> np.ndarray:
        """Layers of pictures by number (t,)."""
        return self._first + number // 4

    def uv(self, texels: np.ndarray, number: np.ndarray) -> np.ndarray:
        """Texture coordinates (t, 3, 2) of triangles' corners in texels of their pictures."""
        corner = np.stack([PICTURE * (number % 2), PICTURE * (number % 4 // 2)], axis=1)
        return (corner[:, None] + texels) / self._size
