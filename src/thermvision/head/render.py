"""A mesh in a picture: z-buffer, radiance of what is seen, smooth outlines; the arrays that all frames share."""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
from jaxtyping import Bool, Float32, Int8, Int32

from thermvision.head.edges import SAMPLES, TILE, find_edges, sample_edges, sample_place
from thermvision.head.normals import view_cosines
from thermvision.head.projection import View
from thermvision.head.raster import rasterize
from thermvision.head.shade import (
    BLOCK,
    BLOCK_FLOATS,
    BLOCK_WORDS,
    FACE,
    PLANE,
    RADIANCE,
    make_plane,
    put_point,
    shade_block,
)
from thermvision.head.texels import Texels

_SKY = 255  # in the image of layers


@dataclass(frozen=True, slots=True)
class Drawn:
    """One rendered frame."""

    radiance_w: Float32[np.ndarray, "h w"]
    face_mask: Bool[np.ndarray, "h w"]
    inverse_depth: Float32[np.ndarray, "h w"]  # a buffer: valid until the next frame


class Renderer:
    """Draws one mesh again and again, as its vertices move."""

    def __init__(
        self,
        triangles: Int32[np.ndarray, "t 3"],
        triangle_layer: Int8[np.ndarray, " t"],
        corner_uv: Float32[np.ndarray, "t 3 2"],
        texels: Texels,
        num_vertices: int,
        view: View,
        reflected_w: float,
        grazing: Float32[np.ndarray, " v"] | None = None,
    ) -> None:
        """grazing: share, 0-1, of what a bare vertex loses towards grazing angles (`ThermalHead.grazing`); None: all of it."""
        self._steepness = None if grazing is None else np.power(grazing, np.float32(0.2))  # the loss is a fifth power
        self._triangles, self._texels, self._view = triangles, texels, view
        self._layer = triangle_layer.view(np.uint8)
        self._reflected = np.float32(reflected_w)
        inside = np.clip(corner_uv * np.float32(texels.size) - np.float32(0.5), 0, np.float32(texels.size - 1.001))
        inside[:, :, 1] += np.float32(texels.size) * triangle_layer[:, None].astype(np.float32)
        self._corner_texel = np.ascontiguousarray(inside, np.float32)
        shape = (view.height_px, view.width_px)
        self._seen, self._depth = np.empty(shape, np.int32), np.empty(shape, np.float32)
        self._layer_seen = np.empty(shape, np.uint8)
        self._before = np.empty((shape[0], shape[1] + 1), np.int32)
        self._columns = np.empty(shape[0] * shape[1] + 1, np.int32)
        self._farthest = np.empty(shape[0] * shape[1], np.float32)
        self._tiles = np.empty((shape[0] // TILE + 1, shape[1] // TILE + 1), np.float32)
        self._normals, self._cosines = np.empty((num_vertices, 3), np.float32), np.empty(num_vertices, np.float32)
        self._planes = np.empty((len(triangles), PLANE), np.float32)

    def draw(
        self,
        vertices_mm: Float32[np.ndarray, "v 3"],
        offset_k: Float32[np.ndarray, " v"],
        background_w: Float32[np.ndarray, "h w"],
    ) -> Drawn:
        """One frame: vertices in the camera frame, what is added to the textures' temperatures there, what is behind."""
        background_w = np.ascontiguousarray(background_w)  # as it is, if rows lie one after the other
        view_cosines(vertices_mm, self._triangles, self._normals, self._cosines)
        if self._steepness is not None:
            self._cosines[:] = 1 - (1 - self._cosines) * self._steepness
        projected = self._view.project(vertices_mm)
        rasterize(projected, self._triangles, self._seen, self._depth)
        radiance, face_mask = np.empty_like(self._depth), np.empty(self._depth.shape, np.bool_)
        texels = self._texels
        made = np.zeros(len(self._triangles), np.bool_)
        shade_pixels(
            self._seen, self._layer, projected, self._triangles, self._corner_texel, offset_k, self._cosines, self._planes,
            made, texels.words, texels.size, texels.lowest_k, texels.step_k, self._reflected, background_w,
            radiance, face_mask, self._layer_seen,
        )  # fmt: skip
        edges = find_edges(
            self._depth, self._layer_seen, radiance, self._before, self._columns, self._farthest, self._tiles
        )
        keys = np.empty(edges * SAMPLES, np.int64)
        sample_edges(projected, self._triangles, self._before, self._columns, self._farthest, self._tiles, keys)
        shade_edges(
            keys, self._before, self._columns, projected, self._triangles, self._corner_texel, offset_k, self._cosines,
            self._planes, made, texels.words, texels.size, texels.lowest_k, texels.step_k, self._reflected,
            background_w, radiance,
        )  # fmt: skip
        return Drawn(radiance, face_mask, self._depth)


@nb.njit(cache=True, fastmath=True, error_model="numpy")
def shade_pixels(  # type: ignore[no-untyped-def]
    seen, triangle_layer, projected, triangles, corner_texel, offset_k, cosines, planes, made,
    texels, size, lowest_k, step_k, reflected, background, radiance, face_mask, layer_seen):  # fmt: skip
    """Fill `radiance`, `face_mask` and `layer_seen` (h, w) with what is seen at pixel centres."""
    height, width = seen.shape
    block, words, places = (
        np.empty(BLOCK_FLOATS, np.float32),
        np.empty(BLOCK_WORDS, np.uint32),
        np.empty(BLOCK, np.uint32),
    )
    pixels = np.empty(BLOCK, np.int64)
    radiances, faces, layers = radiance.reshape(-1), face_mask.reshape(-1), layer_seen.reshape(-1)
    behind = background.reshape(-1)
    for pixel in range(len(radiances)):  # not radiance[:] = background: numba compiles its error message for 3 seconds
        radiances[pixel] = behind[pixel]
    faces[:] = False
    layers[:] = _SKY
    count = 0
    for y in range(height):
        for x in range(width):
            t = seen[y, x]
            if t < 0:
                continue
            if not made[t]:
                make_plane(t, projected, triangles, corner_texel, offset_k, cosines, planes)
                made[t] = True
            put_point(block, count, planes[t], np.float32(x) + np.float32(0.5), np.float32(y) + np.float32(0.5))
            pixel = y * width + x
            pixels[count] = pixel
            layers[pixel] = triangle_layer[t]
            count += 1
            if count == BLOCK:
                shade_block(count, block, words, places, texels, size, lowest_k, step_k, reflected)
                _store(count, block, pixels, radiances, faces)
                count = 0
    shade_block(count, block, words, places, texels, size, lowest_k, step_k, reflected)
    _store(count, block, pixels, radiances, faces)


@nb.njit(cache=True)
def _store(count, block, pixels, radiances, faces):  # type: ignore[no-untyped-def]
    for i in range(count):
        pixel = pixels[i]
        radiances[pixel] = block[RADIANCE + i]
        faces[pixel] = block[FACE + i] > 0


@nb.njit(cache=True, fastmath=True, error_model="numpy")
def shade_edges(  # type: ignore[no-untyped-def]
    keys, before, columns, projected, triangles, corner_texel, offset_k, cosines, planes, made,
    texels, size, lowest_k, step_k, reflected, background, radiance):  # fmt: skip
    """Give edge pixels the mean radiance of their samples; each triangle is shaded once, in the middle of its samples."""
    height, width = radiance.shape
    block, words, places = (
        np.empty(BLOCK_FLOATS, np.float32),
        np.empty(BLOCK_WORDS, np.uint32),
        np.empty(BLOCK, np.uint32),
    )
    pixels, shares = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.float32)
    radiances = radiance.reshape(-1)
    one_share = np.float32(1.0 / SAMPLES)
    count = 0
    for y in range(height):
        for edge in range(before[y, 0], before[y, width]):
            x = columns[edge]
            centre_x, centre_y = np.float32(x) + np.float32(0.5), np.float32(y) + np.float32(0.5)
            pixel = y * width + x
            radiances[pixel] = np.float32(0.0)
            first = edge * SAMPLES
            for s in range(SAMPLES):
                key = keys[first + s]
                if key < 0:  # counted already with an earlier sample
                    continue
                t = ~np.int32(key)
                hits, sum_x, sum_y = 0, np.float32(0.0), np.float32(0.0)
                for other in range(s, SAMPLES):
                    if ~np.int32(keys[first + other]) == t and keys[first + other] >= 0:
                        dx, dy = sample_place(other)
                        hits, sum_x, sum_y = hits + 1, sum_x + dx, sum_y + dy
                        keys[first + other] = -1
                share = np.float32(hits) * one_share
                if t < 0:
                    radiances[pixel] += share * background[y, x]
                    continue
                if not made[t]:
                    make_plane(t, projected, triangles, corner_texel, offset_k, cosines, planes)
                    made[t] = True
                middle = np.float32(1.0) / np.float32(hits)
                put_point(block, count, planes[t], centre_x + sum_x * middle, centre_y + sum_y * middle)
                pixels[count], shares[count] = pixel, share
                count += 1
                if count == BLOCK:
                    shade_block(count, block, words, places, texels, size, lowest_k, step_k, reflected)
                    _blend(count, block, pixels, shares, radiances)
                    count = 0
    shade_block(count, block, words, places, texels, size, lowest_k, step_k, reflected)
    _blend(count, block, pixels, shares, radiances)


@nb.njit(cache=True)
def _blend(count, block, pixels, shares, radiances):  # type: ignore[no-untyped-def]
    for i in range(count):
        radiances[pixels[i]] += shares[i] * block[RADIANCE + i]
