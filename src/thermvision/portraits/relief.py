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
    binary_erosion,
    binary_fill_holes,
    binary_opening,
    distance_transform_edt,
    gaussian_filter,
    map_coordinates,
)
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from thermvision.head.model import HeadModel
from thermvision.head.normals import view_cosines
from thermvision.head.pose import Rig
from thermvision.head.raster import rasterize
from thermvision.portraits.canvas import Canvas
from thermvision.portraits.face_part import ear_triangles
from thermvision.portraits.relief_depth import COOL_K, relief_depths
from thermvision.portraits.relief_grid import CutGrid, cut_grid
from thermvision.portraits.relief_pictures import back_picture, front_picture
from thermvision.portraits.smooth_fill import smooth_fill
from thermvision.portraits.worn_sheet import worn_sheet

CELLS = 150  # of the grid, along a side of the canvas
_LEAST_PIECE = 40  # triangles
_SURELY_PX = 3  # from the person's outline, where pixels show a bit of the wall
_SAME_OUTLINE_MM = 6.0
_PLATE_MM, _BACK_MM = 48.0, 50.0  # how far the front goes on behind the face, and the back from the outline
_SKIN_BESIDE_MM, _UPPER_SHARE = 28.0, 0.62  # of the skin beside the face whose normals the mesh knows
_BODY_SHARE, _OVERLAP_PX = 0.24, 0.25  # of the face's height: the disc that ears are too small for


@dataclass(frozen=True, slots=True)
class Relief:
    """Front and back in the camera frame as the picture shows them; pictures over the canvas in the picture's temperatures."""

    points_mm: Float32[np.ndarray, "v 3"]
    below_joint_mm: np.ndarray  # (v,)
    triangles: Int32[np.ndarray, "t 3"]
    is_back: Bool[np.ndarray, " t"]
    is_worn: Bool[np.ndarray, " v"]  # on the face, moved by the head alone
    uv: Float32[np.ndarray, "v 2"]  # over the canvas
    front_k: Float32[np.ndarray, "side side"]
    back_k: Float32[np.ndarray, "side side"]
    is_skin: Bool[np.ndarray, " v"]  # beside the face and as warm
    cosine: Float32[np.ndarray, "side side"]  # of the front's normal with the way to the camera, 1 where it is not skin


def build_relief(
    temperature_k: Float32[np.ndarray, "h w"],
    person: Float32[np.ndarray, "h w"],
    behind_k: Float32[np.ndarray, "h w"],
    canvas: Canvas,
    model: HeadModel,
    rig: Rig,
    vertices_mm: Float32[np.ndarray, "v 3"],
    face_triangles: Bool[np.ndarray, " t"],
    worn: tuple[Bool[np.ndarray, "h w"], Bool[np.ndarray, "h w"]],
    turned: bool,
    camera_from_head: np.ndarray,
    head_position_mm: np.ndarray,
) -> Relief:
    """The relief of a person whose fitted head is posed as `vertices_mm`; face_triangles: which of the model are the face.

    person: chance that a pixel shows the person, 0.5 at the outline. behind_k: the background alone. worn: pixels of
    glasses and of a mask. turned: the mesh shows the side of the head that is hidden: nothing of the relief lies behind where
    the face itself is the outline.
    """
    side = canvas.side_px
    surely = binary_erosion(person > 0.5, iterations=_SURELY_PX, border_value=1)
    picture, chance = canvas.continued(temperature_k, surely), canvas.padded(person)
    number, depth = _depth_map(canvas, vertices_mm, model.triangles)
    _, bare_depth = _depth_map(canvas, vertices_mm, model.triangles[~ear_triangles(model)])
    mesh = number >= 0
    face = binary_fill_holes(binary_opening(mesh & face_triangles[number], iterations=2))
    _close_above(chance, mesh, canvas)
    inside = gaussian_filter(_signed_distance(chance > 0.5), 0.7)
    in_face = _signed_distance(face)
    face_px = float(np.ptp(np.flatnonzero(face.any(axis=1))))
    body = np.where(inside > _BODY_SHARE * face_px, inside, _body(inside, _BODY_SHARE * face_px))
    at = np.linspace(0, side, CELLS + 1)
    x, y = np.meshgrid(at, at)
    place = np.stack([y, x]) - 0.5

    def sampled(image: np.ndarray, order: int = 1) -> np.ndarray:
        return np.asarray(map_coordinates(image, place, order=order, mode="nearest"))

    coolness = float(np.median(picture[face & (chance > 0.5)])) - gaussian_filter(picture, 0.008 * side)
    depth = np.where(coolness > COOL_K[0], bare_depth, depth)  # under hair there are no ears
    level, face_level, body_level = sampled(inside), sampled(in_face), sampled(body)
    depths = relief_depths(
        canvas, x, y, level, body_level, face_level, sampled(depth, 0), sampled(coolness), rig, camera_from_head, head_position_mm
    )  # fmt: skip
    px_per_mm = canvas.view.focal_px / float(np.median(depths.front_mm))
    ray, on_grid = canvas.ray(x, y), np.stack([x, y], axis=-1) / side
    front_grid, back_grid = cut_grid(level), cut_grid(body_level + _OVERLAP_PX)
    hidden = (ray * depths.front_mm[..., None] - head_position_mm) @ (
        np.sign(camera_from_head[2, 0]) * camera_from_head[:, 0]
    ) > 0
    needed = ~(hidden & (face_level > 0) & (level < face_level + _SAME_OUTLINE_MM * px_per_mm) & turned)
    front = _kept(front_grid, (face_level < _PLATE_MM * px_per_mm) & needed)[:, [0, 2, 1]]
    back = _kept(back_grid, (body_level < _BACK_MM * px_per_mm) & needed)
    outline = back_grid.first != back_grid.second  # where front and back meet
    behind = np.where(outline, back_grid.mix(depths.front_mm) + 0.2, back_grid.mix(depths.back_mm))
    points = [
        front_grid.mix(ray) * front_grid.mix(depths.front_mm)[:, None],  # straight on the screen: outlines stay there
        back_grid.mix(ray) * behind[:, None],
    ]
    triangles, uv = [front, back + len(front_grid.first)], [grid.mix(on_grid) for grid in (front_grid, back_grid)]
    below = [grid.mix(depths.below_joint_mm) for grid in (front_grid, back_grid)]
    things = np.zeros_like(face)
    for one, is_mask in zip(worn, (False, True), strict=True):
        if one.any():
            thing = canvas.padded(one)
            place_mm, corners, on_canvas = worn_sheet(canvas, thing, depth, side / CELLS, is_mask=is_mask)
            triangles.append(corners + sum(map(len, points)))
            points.append(place_mm)
            uv.append(on_canvas)
            below.append(np.zeros(len(place_mm)))
            things |= binary_dilation(thing, iterations=2)
    count = sum(map(len, triangles))
    bare = (coolness < COOL_K[1]) & ~things & (in_face > -_SKIN_BESIDE_MM * px_per_mm) & _above_jaw(face)
    column, row = (np.concatenate(uv) * side).astype(int).clip(0, side - 1).T
    is_skin = bare[row, column] & (np.arange(len(row)) < len(points[0]))
    return _compact(
        Relief(
            np.concatenate(points).astype(np.float32),
            np.concatenate(below),
            np.concatenate(triangles).astype(np.int32),
            (np.arange(count) >= len(front)) & (np.arange(count) < len(front) + len(back)),
            np.arange(sum(map(len, points))) >= len(points[0]) + len(points[1]),
            np.concatenate(uv).astype(np.float32),
            np.where(things, picture, front_picture(picture, canvas.padded(behind_k), inside, face, face_px)).astype(
                np.float32
            ),
            back_picture(picture, body, face_px),
            is_skin,
            _cosine_map(canvas, points[0].astype(np.float32), front.astype(np.int32), is_skin[: len(points[0])]),
        )
    )


def _kept(grid: CutGrid, wanted: np.ndarray) -> np.ndarray:
    """Triangles all of whose corners lie mostly where the grid is wanted, without small pieces."""
    chosen = grid.triangles[(grid.mix(wanted.astype(float))[grid.triangles] > 0.5).all(axis=1)]
    pairs = np.concatenate([chosen[:, [0, 1]], chosen[:, [1, 2]]])
    links = coo_matrix((np.ones(len(pairs)), tuple(pairs.T)), (len(grid.first), len(grid.first)))
    piece = connected_components(links, directed=False)[1][chosen[:, 0]]
    return np.asarray(chosen[np.bincount(piece)[piece] > _LEAST_PIECE])


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


def _body(inside: np.ndarray, radius_px: float) -> np.ndarray:
    """Signed distance from the outline that a disc of this radius can follow: no ears, no wisps."""
    core = inside > radius_px
    if not core.any():
        return inside
    return np.asarray(np.minimum(inside, radius_px - distance_transform_edt(~core)))


def _cosine_map(canvas: Canvas, points_mm: np.ndarray, triangles: np.ndarray, is_skin: np.ndarray) -> np.ndarray:
    """Cosines at the canvas' pixels as the renderer will find them for these triangles alone."""
    normals, cosines = np.empty_like(points_mm), np.zeros(len(points_mm), np.float32)
    view_cosines(points_mm, triangles, normals, cosines)
    cosines[~is_skin] = 1
    number, _ = _depth_map(canvas, points_mm, triangles)
    row, column = np.nonzero(number >= 0)
    corners = triangles[number[row, column]]
    a, b, c = np.moveaxis(canvas.project(points_mm)[corners], 1, 0)
    x, y = column + 0.5 - a[:, 0], row + 0.5 - a[:, 1]
    b, c = b[:, :2] - a[:, :2], c[:, :2] - a[:, :2]
    area = b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0]
    second, third = (x * c[:, 1] - y * c[:, 0]) / area, (b[:, 0] * y - b[:, 1] * x) / area
    at = cosines[corners]
    out = np.zeros(number.shape, np.float32)
    out[row, column] = at[:, 0] + second * (at[:, 1] - at[:, 0]) + third * (at[:, 2] - at[:, 0])
    return smooth_fill(out, number >= 0)


def _above_jaw(face: np.ndarray) -> np.ndarray:
    """Rows of the upper part of the face, where the skin beside it belongs to the head: temples and ears."""
    rows = np.flatnonzero(face.any(axis=1))
    return (np.arange(len(face)) < rows[0] + _UPPER_SHARE * (rows[-1] - rows[0]))[:, None]


def _close_above(chance: np.ndarray, mesh: np.ndarray, canvas: Canvas) -> None:
    """A head that the upper border cuts ends a little above what the fitted skull shows, not in a column."""
    top = canvas.top_px
    near = binary_dilation(mesh[: top + 1], iterations=max(2, round(0.02 * canvas.side_px)))
    chance[:top] = np.where(near[:top], chance[:top], 0)


def _compact(relief: Relief) -> Relief:
    """Without vertices that no triangle uses."""
    used, place = np.unique(relief.triangles, return_inverse=True)
    return Relief(
        relief.points_mm[used], relief.below_joint_mm[used], place.reshape(-1, 3).astype(np.int32), relief.is_back,
        relief.is_worn[used], relief.uv[used], relief.front_k, relief.back_k, relief.is_skin[used], relief.cosine,
    )  # fmt: skip
