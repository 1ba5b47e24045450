"""Whether a moved portrait keeps its temperatures: drift of forehead and canthi, flicker, difference between warped frames."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Float32
from scipy.ndimage import binary_erosion, map_coordinates
from scipy.spatial import Delaunay

from thermvision.animate.metrics_shape import OUTER_CORNERS
from thermvision.head.raster import rasterize

# Around which landmarks (of the 478) a region is read, how far as a share of the inter-ocular distance, and from which
# quantile of its pixels on they count: canthi are read at their hottest, as Wang et al. 2023 did.
REGIONS: dict[str, tuple[tuple[int, ...], float, float]] = {
    "forehead": ((151, 108, 337), 0.07, 0.0),
    "canthus_right": ((133, 243), 0.045, 0.75),
    "canthus_left": ((362, 463), 0.045, 0.75),
    "cheek_right": ((50, 205), 0.06, 0.0),
    "cheek_left": ((280, 425), 0.06, 0.0),
    "nose": ((4, 5), 0.05, 0.0),
    "chin": ((199, 200), 0.05, 0.0),
}
MOST_TURNED_DEG = 30.0  # beyond it a region is seen at an angle at which its temperature looks lower
_FEWEST_PIXELS = 4
_FLAT_PX2 = 1e-6  # twice the area
_EDGE_PX = 3  # of the skin, which a warp of pixels cannot keep


def region_reading_k(
    temperature_k: Float32[np.ndarray, "h w"], points_px: Float[np.ndarray, "478 2"], region: str
) -> float:
    """Mean temperature of a region's counted pixels; NaN where too little of it is in the frame."""
    places, reach, quantile = REGIONS[region]
    eyes_px = float(np.linalg.norm(points_px[OUTER_CORNERS[1]] - points_px[OUTER_CORNERS[0]]))
    rows, columns = np.mgrid[: temperature_k.shape[0], : temperature_k.shape[1]] + 0.5
    near = np.zeros(temperature_k.shape, bool)
    for x, y in points_px[list(places)]:
        near |= (columns - x) ** 2 + (rows - y) ** 2 <= max(reach * eyes_px, 1.0) ** 2
    values = np.sort(temperature_k[near])
    if len(values) < _FEWEST_PIXELS:
        return float("nan")
    return float(values[int(quantile * len(values)) :].mean(dtype=np.float64))


def drifts_k(
    readings_k: Float[np.ndarray, " f"], yaw_deg: Float[np.ndarray, " f"], pitch_deg: Float[np.ndarray, " f"]
) -> Float[np.ndarray, " f"]:
    """Change of a region's reading against the first frame that has one, NaN where the face is turned by more than 30 degrees.

    Readings may be NaN where the region is hidden.
    """
    towards = (np.abs(yaw_deg) <= MOST_TURNED_DEG) & (np.abs(pitch_deg) <= MOST_TURNED_DEG)
    readable = np.flatnonzero(towards & np.isfinite(readings_k))
    if not len(readable):
        return np.full(len(readings_k), np.nan)
    return np.where(towards, readings_k - readings_k[readable[0]], np.nan)


def region_distance_k(one_k: dict[str, float], other_k: dict[str, float]) -> float:
    """How unlike two faces' patterns of warmth are: root mean square difference of regions, each face's own mean removed."""
    both = [name for name in one_k if np.isfinite(one_k[name]) and np.isfinite(other_k.get(name, np.nan))]
    if not both:
        return float("nan")
    a, b = (np.array([face[name] for name in both]) for face in (one_k, other_k))
    return float(np.sqrt((((a - a.mean()) - (b - b.mean())) ** 2).mean()))


def flicker_k(frames_k: Float32[np.ndarray, "f h w"], skin: Bool[np.ndarray, "f h w"]) -> float:
    """Standard deviation over time of a skin pixel while nothing moves, median over the pixels that are skin in all frames."""
    steady = skin.all(axis=0)
    return float(np.median(frames_k[:, steady].std(axis=0, dtype=np.float64))) if steady.any() else float("nan")


def warped_difference_k(
    before_k: Float32[np.ndarray, "h w"],
    after_k: Float32[np.ndarray, "h w"],
    before_px: Float[np.ndarray, "478 2"],
    after_px: Float[np.ndarray, "478 2"],
    skin: Bool[np.ndarray, "h w"],
) -> float:
    """Mean absolute difference of skin between a frame and the next one warped back onto it, triangle by triangle of the landmarks.

    skin: of the frame before; its border of 3 px is left out. NaN without skin inside the landmarks.
    """
    inside = binary_erosion(skin, iterations=_EDGE_PX)
    rows, columns = np.nonzero(inside)
    if not len(rows):
        return float("nan")
    triangles = _triangles(before_px)
    triangle = _triangle_of_pixels(before_px, triangles, skin.shape)[rows, columns]
    places, triangle = np.column_stack([columns, rows])[triangle >= 0] + 0.5, triangle[triangle >= 0]
    if not len(places):
        return float("nan")
    first, second, third = before_px[triangles[triangle]].transpose(1, 0, 2)
    sides = np.stack([second - first, third - first], axis=-1)
    shares = np.linalg.solve(sides, (places - first)[..., None])[..., 0]
    weights = np.column_stack([1 - shares.sum(axis=1), shares])
    there = np.einsum("nk,nkd->nd", weights, after_px[triangles[triangle]])
    was, now = (map_coordinates(picture, [at[:, 1] - 0.5, at[:, 0] - 0.5], order=1, mode="nearest") for picture, at in ((before_k, places), (after_k, there)))  # fmt: skip
    return float(np.abs(was.astype(np.float64) - now).mean())


def _triangles(points_px: np.ndarray) -> np.ndarray:
    """Delaunay triangles (t, 3) of the points, turned as the rasteriser wants them, without flat ones."""
    corners = Delaunay(points_px).simplices.astype(np.int32)
    first, second, third = (points_px[corners[:, k]] for k in range(3))
    one, other = second - first, third - first
    area = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    corners[area > 0] = corners[area > 0][:, [0, 2, 1]]
    return corners[np.abs(area) > _FLAT_PX2]


def _triangle_of_pixels(points_px: np.ndarray, triangles: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Number of the triangle that covers each pixel's centre, -1 outside."""
    number, depth = np.empty(shape, np.int32), np.empty(shape, np.float32)
    flat = np.column_stack([points_px, np.full(len(points_px), 0.001)]).astype(np.float32)
    rasterize(flat, triangles, number, depth)
    return number
