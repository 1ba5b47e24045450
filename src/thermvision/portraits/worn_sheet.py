"""Glasses or a mask of a picture as a sheet of its own before the face."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Float32
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates, minimum_filter

from thermvision.portraits.canvas import Canvas
from thermvision.portraits.relief_grid import cut_grid
from thermvision.portraits.smooth_fill import smooth_fill

FINER = 2.5  # times finer than the relief's grid: a frame is thin
_STAND_OFF_MM, _MASK_OFF_MM = 9.0, 4.0
_MASK_BULGE_MM, _BULGE_FROM_EDGE_MM = 9.0, 22.0  # room for lips that open and purse behind a mask
_SMOOTH_MM = 14.0


def worn_sheet(
    canvas: Canvas,
    worn: Bool[np.ndarray, "side side"],
    depth_mm: Float[np.ndarray, "side side"],
    cell_px: float,
    *,
    is_mask: bool,
) -> tuple[Float32[np.ndarray, "v 3"], np.ndarray, Float32[np.ndarray, "v 2"]]:
    """Vertices in the camera frame, triangles (t, 3) and places on the canvas (0-1) of a worn thing.

    depth_mm: of the head's mesh at the canvas' pixels, 0 where it is not seen. cell_px: of the relief's grid.
    """
    inside = gaussian_filter(distance_transform_edt(worn) - distance_transform_edt(~worn) + 0.5 - worn, 0.5)
    rows, columns = np.flatnonzero(worn.any(axis=1)), np.flatnonzero(worn.any(axis=0))
    step = cell_px / FINER
    x, y = np.meshgrid(
        np.arange(columns[0] - 3, columns[-1] + 4 + step, step), np.arange(rows[0] - 3, rows[-1] + 4 + step, step)
    )
    place = np.stack([y, x]) - 0.5
    mesh = map_coordinates(depth_mm, place, order=0, mode="nearest")
    filled = smooth_fill(mesh, mesh > 0)
    reach = max(1.0, _SMOOTH_MM * canvas.view.focal_px / float(np.median(filled)) / step)
    nearest = gaussian_filter(minimum_filter(filled, 2 * round(0.5 * reach) + 1), 0.5 * reach)
    level = map_coordinates(inside, place, order=1, mode="nearest")
    from_edge_mm = np.maximum(level, 0) * filled / canvas.view.focal_px
    bulge = _MASK_BULGE_MM * np.sin(0.5 * np.pi * np.minimum(from_edge_mm / _BULGE_FROM_EDGE_MM, 1))
    depth = np.minimum(nearest, filled) - (_MASK_OFF_MM + bulge if is_mask else _STAND_OFF_MM)
    grid = cut_grid(level)
    points = grid.mix(canvas.ray(x, y)) * grid.mix(depth)[:, None]
    uv = grid.mix(np.stack([x, y], axis=-1)) / canvas.side_px
    return points.astype(np.float32), grid.triangles[:, [0, 2, 1]], uv.astype(np.float32)
