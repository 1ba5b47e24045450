"""The relief of a picture: everything of the person but the face, as a closed body that shows the picture itself.

Its front is the picture's person, cut at the outline, bulging as `relief_depth` says; its back closes it behind the outline.
At the picture's pose it looks exactly like the picture; turned, it moves like a head with that hair.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int32
from scipy.ndimage import (
    binary_dilation,
    binary_fill_holes,
    binary_opening,
    distance_transform_edt,
    gaussian_filter,
    map_coordinates,
    median_filter,
)

from thermvision.head.pose import Rig
from thermvision.head.raster import rasterize
from thermvision.head.model import HeadModel
from thermvision.portraits.canvas import Canvas
from thermvision.portraits.relief_depth import COOL_K, relief_depths
from thermvision.portraits.relief_grid import CutGrid, cut_grid
from thermvision.portraits.smooth_fill import smooth_fill

CELLS = 150  # of the grid, along a side of the canvas
_PLATE_MM, _BACK_MM = 48.0, 50.0  # how far the front goes on behind the face, and the back from the outline
_BLEED_PX, _RIM_SHARE, _UNLIKE_K = 1.0, 0.035, 0.5
_JAW_SHARE = 0.02  # of the face's height: so far from the face's outline its own pixels may still be seen


@dataclass(frozen=True, slots=True)
class Relief:
    """Front and back in the camera frame as the picture shows them; pictures over the canvas in the picture's temperatures."""

    points_mm: Float32[np.ndarray, "v 3"]
    below_joint_mm: np.ndarray  # (v,)
    triangles: Int32[np.ndarray, "t 3"]
    is_back: Bool[np.ndarray, " t"]
    uv: Float32[np.ndarray, "v 2"]  # over the canvas
    front_k: Float32[np.ndarray, "side side"]
    back_k: Float32[np.ndarray, "side side"]


def build_relief(
    temperature_k: Float32[np.ndarray, "h w"],
    person: Float32[np.ndarray, "h w"],
    canvas: Canvas,
    model: HeadModel,
    rig: Rig,
    vertices_mm: Float32[np.ndarray, "v 3"],
    face_triangles: Bool[np.ndarray, " t"],
    camera_from_head: np.ndarray,
    head_position_mm: np.ndarray,
) -> Relief:
    """The relief of a person whose fitted head is posed as `vertices_mm`; face_triangles: which of the model are the face.

    person: chance that a pixel shows the person, 0.5 at the outline.
    """
    side = canvas.side_px
    picture, chance = canvas.padded(temperature_k), canvas.padded(person)
    number, depth = _depth_map(canvas, vertices_mm, model.triangles)
    _, bare_depth = _depth_map(canvas, vertices_mm, model.triangles[~ear_triangles(model)])
    mesh = number >= 0
    face = binary_fill_holes(binary_opening(mesh & face_triangles[number], iterations=2))
    _close_above(chance, mesh, canvas)
    inside = gaussian_filter(_signed_distance(chance > 0.5), 0.7)
    in_face = _signed_distance(face)
    face_px = float(np.ptp(np.flatnonzero(face.any(axis=1))))
    at = np.linspace(0, side, CELLS + 1)
    x, y = np.meshgrid(at, at)
    place = np.stack([y, x]) - 0.5

    def sampled(image: np.ndarray, order: int = 1) -> np.ndarray:
        return np.asarray(map_coordinates(image, place, order=order, mode="nearest"))

    coolness = float(np.median(picture[face & (chance > 0.5)])) - gaussian_filter(picture, 0.008 * side)
    depth = np.where(coolness > COOL_K[0], bare_depth, depth)  # under hair there are no ears
    level, face_level = sampled(inside), sampled(in_face)
    depths = relief_depths(
        canvas, x, y, level, face_level, sampled(depth, 0), sampled(coolness), rig, camera_from_head, head_position_mm
    )  # fmt: skip
    px_per_mm = canvas.view.focal_px / float(np.median(depths.front_mm))
    grid = cut_grid(level)
    ray = canvas.ray(x, y)
    on_grid = np.stack([x, y], axis=-1) / side
    front = grid.triangles[(grid.mix(face_level)[grid.triangles] < _PLATE_MM * px_per_mm).all(axis=1)][:, [0, 2, 1]]
    back = grid.triangles[(grid.mix(level)[grid.triangles] < _BACK_MM * px_per_mm).all(axis=1)]
    outline = (grid.first != grid.second)[:, None]  # where front and back meet
    ahead, behind = (_points(grid, ray, depth) for depth in (depths.front_mm, depths.back_mm))
    points = np.concatenate([ahead, np.where(outline, ahead, behind)])
    count = len(grid.first)
    return _compact(
        Relief(
            points.astype(np.float32),
            np.tile(grid.mix(depths.below_joint_mm), 2),
            np.concatenate([front, back + count]).astype(np.int32),
            np.arange(len(front) + len(back)) >= len(front),
            np.tile(grid.mix(on_grid), (2, 1)).astype(np.float32),
            _front_picture(picture, inside, face, face_px),
            _back_picture(picture, inside, in_face, face_px),
        )
    )


def ear_triangles(model: HeadModel) -> Bool[np.ndarray, " t"]:
    """Which triangles of the head model are the ears."""
    ear = np.maximum(model.vertex_masks["ear_left"], model.vertex_masks["ear_right"])
    return np.asarray((ear[model.triangles] > 0.3).any(axis=1))


def _depth_map(canvas: Canvas, vertices_mm: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Triangle (-1: none) and depth in mm (0: none) at the canvas' pixels."""
    number = np.empty((canvas.side_px, canvas.side_px), np.int32)
    inverse_depth = np.empty(number.shape, np.float32)
    rasterize(canvas.project(vertices_mm), triangles, number, inverse_depth)
    return number, np.where(number >= 0, 1 / np.maximum(inverse_depth, 1e-6), 0.0)


def _signed_distance(inside: np.ndarray) -> np.ndarray:
    """In pixels to where the mask changes, positive inside."""
    if inside.all() or not inside.any():
        return np.where(inside, float(len(inside)), -float(len(inside))) * np.ones(inside.shape)
    return np.asarray(distance_transform_edt(inside) - distance_transform_edt(~inside) + 0.5 - inside)


def _points(grid: CutGrid, ray: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Straight on the screen between grid points, so that outlines stay where the picture has them."""
    return grid.mix(ray) * grid.mix(depth)[:, None]


def _close_above(chance: np.ndarray, mesh: np.ndarray, canvas: Canvas) -> None:
    """A head that the upper border cuts ends a little above what the fitted skull shows, not in a column."""
    top = canvas.top_px
    near = binary_dilation(mesh[: top + 1], iterations=max(2, round(0.02 * canvas.side_px)))
    chance[:top] = np.where(near[:top], chance[:top], 0)


def _front_picture(picture: np.ndarray, inside: np.ndarray, face: np.ndarray, face_px: float) -> np.ndarray:
    """The picture beside the face; the face and what lies outside the person filled from there."""
    margin = max(1, round(_JAW_SHARE * face_px))
    shown = (inside > _BLEED_PX) & ~binary_dilation(face, iterations=margin)
    filled = smooth_fill(picture, shown)
    # At the face's border the picture itself counts: it is what the border shows at rest.
    return np.where((inside > _BLEED_PX) & ~face, picture, filled)


def _back_picture(picture: np.ndarray, inside: np.ndarray, in_face: np.ndarray, face_px: float) -> np.ndarray:
    """What lies along the outline, spread over the back: hair behind hair, cloth behind cloth."""
    deep = max(4.0, _RIM_SHARE * face_px)
    rim = (inside > 1.5 * _BLEED_PX) & (inside < deep) & (in_face < 0)
    even = smooth_fill(picture, rim)
    # Gaps between strands show the wall: the middle of what lies around counts.
    rim &= np.abs(even - median_filter(even, 2 * round(deep / 2) + 5)) < _UNLIKE_K
    return gaussian_filter(smooth_fill(picture, rim), 0.5 * deep)


def _compact(relief: Relief) -> Relief:
    """Without vertices that no triangle uses."""
    used, place = np.unique(relief.triangles, return_inverse=True)
    return Relief(
        relief.points_mm[used], relief.below_joint_mm[used], place.reshape(-1, 3).astype(np.int32), relief.is_back,
        relief.uv[used], relief.front_k, relief.back_k,
    )  # fmt: skip
