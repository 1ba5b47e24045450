"""Several meshes in one picture: everyone's posed vertices and the furniture through one z-buffer and one shading pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32

from thermvision.body.charts import SIZE as PICTURE
from thermvision.body.furniture import Furniture
from thermvision.body.posed import BODY, PosedBody
from thermvision.head.projection import View
from thermvision.head.raster import rasterize
from thermvision.head.shade import LAYERS, SUBSAMPLES, shade, vertex_normals
from thermvision.head.thermal_head import ThermalHead, edge_neighbours


@dataclass(frozen=True, slots=True)
class Drawn:
    """One rendered frame."""

    radiance_w: Float32[np.ndarray, "h w"]
    face_mask: Bool[np.ndarray, "h w"]
    inverse_depth: Float32[np.ndarray, "h w"]  # a buffer: valid until the next frame


class Scene:
    """The people of a clip and the arrays that all frames share; draw() takes where their vertices are now.

    Vertices come person by person, the head's with hair and what is worn, then the body's; behind all the furniture's.
    Pictures of bodies and things are quarters of further texture layers, four to a layer.
    """

    def __init__(
        self, heads: list[ThermalHead], bodies: list[PosedBody], furniture: Furniture, view: View, reflected_w: float
    ) -> None:
        squares = _Squares(heads, bodies, furniture)
        triangles, triangle_uv, layer, uv = [], [], [], []
        start = uv_start = 0
        for person, (head, body) in enumerate(zip(heads, bodies, strict=True)):
            shift = len(head.rig.neutral_mm) - body.num_head  # hair and worn things lie between head and body
            own = body.triangles + np.where(body.triangles >= body.num_head, shift, 0)
            triangles += [head.triangles + start, own + start]
            layer += [head.triangle_layer + LAYERS * person]
            square = np.where(body.picture == BODY, person, len(heads))
            layer += [squares.layer(square)]
            triangle_uv += [head.triangle_uv + uv_start, body.triangle_uv + (uv_start + len(head.uv))]
            of_vertex = np.zeros(len(body.uv), np.int64)
            of_vertex[body.triangle_uv] = square[:, None]
            uv += [head.uv, squares.uv(body.uv, of_vertex)]
            start += len(head.rig.neutral_mm) + len(body.vertices_mm)
            uv_start += len(head.uv) + len(body.uv)
        triangles.append(furniture.triangles + start)
        triangle_uv.append(furniture.triangles + uv_start)
        last = np.full(len(furniture.uv), len(heads))
        uv.append(squares.uv(furniture.uv, last))
        layer.append(squares.layer(np.full(len(furniture.triangles), len(heads))))
        self._triangles = np.concatenate(triangles).astype(np.int32)
        self._triangle_uv = np.concatenate(triangle_uv).astype(np.int32)
        self._layer = np.concatenate(layer).astype(np.int8)
        self._uv = np.concatenate(uv).astype(np.float32)
        self._texture, self._material = squares.texture, squares.material
        self._neighbours = edge_neighbours(self._triangles)
        self._furniture = furniture
        self._view, self._reflected = view, np.float32(reflected_w)
        shape = (view.height_px, view.width_px)
        self._seen, self._depth = np.empty(shape, np.int32), np.empty(shape, np.float32)
        self._normals = np.empty((start + len(furniture.vertices_mm), 3), np.float32)

    def draw(
        self,
        vertices_mm: list[Float32[np.ndarray, "_ 3"]],
        offset_k: list[Float32[np.ndarray, "_"]],
        background_w: Float32[np.ndarray, "h w"],
    ) -> Drawn:
        """One frame: vertices of each person in the camera frame and what is added to their temperatures."""
        vertices = np.concatenate([*vertices_mm, self._furniture.vertices_mm]).astype(np.float32)
        vertices[:, 2] = np.maximum(vertices[:, 2], 1.0)  # behind the camera: the rasterizer drops what is this near
        projected = self._view.project(vertices)
        vertex_normals(vertices, self._triangles, self._normals)
        rasterize(projected, self._triangles, self._seen, self._depth)
        radiance = np.empty(self._seen.shape, np.float32)
        face_mask = np.empty(self._seen.shape, np.bool_)
        offsets = np.concatenate([*offset_k, self._furniture.offset_k]).astype(np.float32)
        shade(
            self._seen, self._depth, projected, self._normals, offsets, self._triangles, self._neighbours, self._triangle_uv,
            self._layer, self._uv, self._texture, self._material, self._view.focal_px, self._reflected, background_w,
            SUBSAMPLES, radiance, face_mask,
        )  # fmt: skip
        return Drawn(radiance, face_mask, self._depth)


class _Squares:
    """Textures: three layers a person, then pictures of bodies and of things as quarters of layers.

    Shading treats layers whose number is a multiple of `LAYERS` as skin, with smooth edges inside: the pictures lie in
    such layers, and those between stay empty.
    """

    def __init__(self, heads: list[ThermalHead], bodies: list[PosedBody], furniture: Furniture) -> None:
        pictures = [(b.temperature_k, b.emissivity) for b in bodies] + [(furniture.temperature_k, furniture.emissivity)]
        self._first = LAYERS * len(heads)
        further = LAYERS * ((len(pictures) - 1) // 4) + 1
        size = heads[0].texture.shape[1]
        self.texture = np.empty((self._first + further, size, size), np.float32)
        self.material = np.zeros((self._first + further, size, size, 2), np.uint8)
        self.texture[self._first :] = heads[0].room_temperature_k
        for person, head in enumerate(heads):
            self.texture[LAYERS * person : LAYERS * (person + 1)] = head.texture
            self.material[LAYERS * person : LAYERS * (person + 1)] = head.material
        for number, (temperature, emissivity) in enumerate(pictures):
            at = self._first + LAYERS * (number // 4)
            top, left = PICTURE * (number % 4 // 2), PICTURE * (number % 2)
            self.texture[at, top : top + PICTURE, left : left + PICTURE] = temperature
            self.material[at, top : top + PICTURE, left : left + PICTURE, 0] = emissivity
        self._size = size

    def layer(self, number: np.ndarray) -> np.ndarray:
        """Layers of pictures by number."""
        return self._first + LAYERS * (number // 4)

    def uv(self, texels: np.ndarray, number: np.ndarray) -> np.ndarray:
        """Texture coordinates of texels of pictures."""
        corner = np.stack([PICTURE * (number % 2), PICTURE * (number % 4 // 2)], axis=1)
        return (corner + texels) / self._size
