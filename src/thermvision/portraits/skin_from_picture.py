"""The skin's texture from a picture: what it shows as it shows it, the rest from physiology fitted to what it shows.

The difference between picture and physiology is carried, not the picture: where the skin is not seen, the difference of
the mirrored place counts, else it runs out smoothly over the mesh. No seam can be seen, as both sides meet in one membrane.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, Float32
from scipy.ndimage import binary_erosion, gaussian_filter, map_coordinates

from thermvision.head.atlas import SIZE, head_atlas
from thermvision.head.model import load_head_model
from thermvision.head.normals import view_cosines
from thermvision.head.openness import head_openness
from thermvision.head.projection import View
from thermvision.head.raster import rasterize
from thermvision.portraits.skin_membrane import ALIKE_K, membrane
from thermvision.portraits.skin_points import head_texels

FACING = (0.2, 0.45)  # cosine to the camera between which the picture fades in
FINEST_PX = 768  # the longer side at which visibility is looked at: lids are thin
_TOLERANCE_MM = 1.2
_EYE_MARGIN_PX = 0.8  # of the picture: so near to a lid an eyeball shows half of it
_FEATHER_TEXELS = 2.5


@dataclass(frozen=True, slots=True)
class SeenSkin:
    """Texels of the face and around it, and what the picture shows there."""

    texel: np.ndarray  # (n,) index into the atlas' list
    weight: Float32[np.ndarray, " n"]  # 0 not seen, 1 seen
    seen_k: Float32[np.ndarray, " n"]  # apparent temperature; of what is not seen it means nothing
    cosine: Float32[np.ndarray, " n"]  # between the skin's normal and the way to the camera; nearer to 1 in folds


def seen_skin(
    temperature_k: Float32[np.ndarray, "h w"],
    person: Bool[np.ndarray, "h w"],
    vertices_mm: Float32[np.ndarray, "v 3"],
    view: View,
    triangles: Bool[np.ndarray, " t"],
) -> SeenSkin:
    """Read the picture at the texels of the marked `triangles` of the head model, posed as the picture shows it.

    person: pixels that belong to the person; texels that fall elsewhere count as not seen.
    """
    model, atlas = load_head_model(), head_atlas()
    texel = np.flatnonzero(triangles[atlas.triangle])
    triangle = atlas.triangle[texel]
    cosines, normals = np.zeros(len(vertices_mm), np.float32), np.empty_like(vertices_mm)
    view_cosines(vertices_mm, model.triangles[triangles], normals, cosines)  # as the renderer will
    points, cosine = atlas.interpolate(vertices_mm)[texel], atlas.interpolate(cosines)[texel]
    steepness = atlas.interpolate(np.power(head_openness(), np.float32(0.2)))[texel]
    scale = max(1, round(FINEST_PX / max(view.width_px, view.height_px)))
    fine = View(view.width_px * scale, view.height_px * scale, view.focal_px * scale)
    number, inverse_depth = _buffer(vertices_mm, fine)
    place = fine.project(np.ascontiguousarray(points))
    column, row = np.floor(place[:, 0]).astype(int), np.floor(place[:, 1]).astype(int)
    framed = (column >= 0) & (row >= 0) & (column < fine.width_px) & (row < fine.height_px)
    column, row = column.clip(0, fine.width_px - 1), row.clip(0, fine.height_px - 1)
    slope = np.sqrt(1 - np.minimum(cosine, 1) ** 2) / np.maximum(cosine, 0.05)
    slack = _TOLERANCE_MM + 0.8 * slope * points[:, 2] / fine.focal_px
    behind = points[:, 2] - 1 / np.maximum(inverse_depth[row, column], 1e-6)
    low, high = FACING
    weight = np.clip((cosine - low) / (high - low), 0, 1) * (behind < slack) * framed
    weight *= person[row // scale, column // scale]
    for name in ("eye_left", "eye_right"):
        part = model.part_names.index(name)
        shown = (number >= 0) & (model.triangle_part[number] == part)
        sure = binary_erosion(shown, iterations=max(1, round(_EYE_MARGIN_PX * scale)))
        weight = np.where(model.triangle_part[triangle] == part, weight * sure[row, column], weight)
    at = np.stack([place[:, 1], place[:, 0]]) / scale - 0.5
    seen_k = map_coordinates(temperature_k, at, order=1, mode="nearest")
    fading = 1 - (1 - cosine) * steepness  # as `head.render` has it
    return SeenSkin(texel, weight.astype(np.float32), seen_k.astype(np.float32), fading.astype(np.float32))


def _buffer(vertices_mm: np.ndarray, view: View) -> tuple[np.ndarray, np.ndarray]:
    number = np.empty((view.height_px, view.width_px), np.int32)
    inverse_depth = np.empty(number.shape, np.float32)
    rasterize(view.project(vertices_mm), load_head_model().triangles, number, inverse_depth)
    return number, inverse_depth


def at_vertices(
    seen: SeenSkin, values: Float[np.ndarray, " n"]
) -> tuple[Float[np.ndarray, " v"], Float[np.ndarray, " v"]]:
    """Mean of a field over each vertex' seen texels, and the share of its texels that is seen."""
    atlas, model = head_atlas(), load_head_model()
    corner = model.triangles[atlas.triangle[seen.texel]].ravel()
    share = atlas.barycentric[seen.texel].astype(np.float64)
    count = model.num_vertices
    total = np.bincount(corner, share.ravel(), count)
    weight = np.bincount(corner, (share * seen.weight[:, None]).ravel(), count)
    value = np.bincount(corner, (share * (seen.weight * values)[:, None]).ravel(), count)
    return value / np.maximum(weight, 1e-9), weight / np.maximum(total, 1e-9)


def completed(seen: SeenSkin, physiology_k: Float32[np.ndarray, " n"]) -> Float32[np.ndarray, " n"]:
    """Temperature of every texel of `seen`: the picture's where it is seen, physiology with the carried difference elsewhere."""
    atlas = head_atlas()
    weight = _feathered(seen)
    difference = seen.seen_k - physiology_k
    model, own = load_head_model(), head_texels().skin.face[seen.texel] > 0.5
    hairy = np.ones(model.num_vertices, bool)
    hairy[np.unique(model.triangles[atlas.triangle[seen.texel[own]]])] = False
    smooth = membrane(*at_vertices(seen, difference), hairy)
    wide = atlas.interpolate(smooth.astype(np.float32))[seen.texel]
    detail = np.where(seen.weight > 0.9, difference - wide, 0) * weight
    detail *= np.where(own, np.exp(-((np.maximum(np.abs(difference) - ALIKE_K, 0) / 1.0) ** 2)), 1.0)
    twin = _twins(seen)
    mirrored = np.where(twin >= 0, detail[twin], 0.0)
    return (physiology_k + weight * difference + (1 - weight) * (wide + mirrored)).astype(np.float32)


def _feathered(seen: SeenSkin) -> np.ndarray:
    """Weights that run out softly towards what is not seen."""
    atlas = head_atlas()
    full = np.zeros(len(atlas.row), np.float32)
    full[seen.texel] = seen.weight
    near = gaussian_filter(atlas.image(full), _FEATHER_TEXELS)[atlas.row[seen.texel], atlas.column[seen.texel]]
    return np.asarray(seen.weight * np.clip(2.2 * near - 1.1, 0, 1))


@lru_cache(maxsize=1)
def _texel_twins() -> np.ndarray:
    """For each texel of the atlas the mirrored one, -1 where the atlas does not mirror."""
    atlas, texels = head_atlas(), head_texels()
    listed = np.full((SIZE, SIZE), -1, np.int64)
    listed[atlas.row, atlas.column] = np.arange(len(atlas.row))
    twin = listed[atlas.row, SIZE - 1 - atlas.column]
    position = texels.skin.position_mm
    apart = np.abs(position[twin] * np.array([-1, 1, 1], np.float32) - position).max(axis=1)
    return np.where((twin >= 0) & (apart < 2.0), twin, -1)


def _twins(seen: SeenSkin) -> np.ndarray:
    """Mirrored places within `seen`, -1 where there is none."""
    place = np.full(len(head_atlas().row) + 1, -1, np.int64)
    place[seen.texel] = np.arange(len(seen.texel))
    return place[_texel_twins()[seen.texel]]
