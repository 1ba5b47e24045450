"""What the finder's maps should say of boxes: heat about each middle, the box in the cells near it, and cells that do not count."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32

CELL_PX = 4
LEAST_PX, LEAST_SHARE = (
    9.0,
    0.25,
)  # faces that are smaller or less seen are neither asked for nor held against the network
_LEAST_INSIDE = 0.1


def finder_targets(
    boxes_xyxy_px: Float[np.ndarray, "b m 4"],
    shares: Float[np.ndarray, "b m"],
    size_px: int,
    *,
    least_px: float = LEAST_PX,
    least_share: float = LEAST_SHARE,
) -> tuple[Float32[np.ndarray, "b c c"], Float32[np.ndarray, "b 4 c c"], Float32[np.ndarray, "b c c"]]:
    """Heat (0-1, -1 where nothing counts), boxes as the maps have them, and how much these count, on cells of square pictures.

    shares: how much of each face is seen, 0-1; boxes that lie outside the picture are left out.
    """
    count, cells = len(boxes_xyxy_px), size_px // CELL_PX
    axis = ((np.arange(cells) + 0.5) * CELL_PX).astype(np.float32)
    y, x = np.meshgrid(axis, axis, indexing="ij")
    heat, values = np.zeros((count, cells, cells), np.float32), np.zeros((count, 4, cells, cells), np.float32)
    near = np.zeros((count, cells, cells), np.float32)
    sides = boxes_xyxy_px[..., 2:] - boxes_xyxy_px[..., :2]
    clipped = np.clip(boxes_xyxy_px, 0, size_px)
    inside = (clipped[..., 2:] - clipped[..., :2]).prod(-1) / np.maximum(sides.prod(-1), 1e-3)
    middle = 0.5 * (boxes_xyxy_px[..., :2] + boxes_xyxy_px[..., 2:])
    order = np.argsort(-sides.prod(-1), axis=1, kind="stable")  # small faces are written over large ones
    for k in range(count):
        for j in order[k]:
            long, side, place = float(sides[k, j].max()), sides[k, j], middle[k, j]
            if long <= 0 or inside[k, j] < _LEAST_INSIDE:
                continue
            away_x, away_y = (x - place[0]) / side[0], (y - place[1]) / side[1]
            column, row = (place / CELL_PX).astype(int)
            asked = long >= least_px and shares[k, j] * inside[k, j] >= least_share
            if not asked or not (0 <= column < cells and 0 <= row < cells):
                heat[k][(np.abs(away_x) < 0.5) & (np.abs(away_y) < 0.5) & (heat[k] < 0.5)] = -1
                continue
            sd = max(0.10, 0.9 * CELL_PX / long)  # of the face's own size
            bump = np.exp(-0.5 * (away_x**2 + away_y**2) / sd**2)
            heat[k] = np.where(bump > 0.05, np.maximum(heat[k], bump), heat[k])
            heat[k, row, column] = 1.0
            here = bump > 0.5
            here[row, column] = True
            near[k][here] = np.maximum(bump[here], 0.5)
            log_w, log_h = (np.full_like(x, np.log(side[axis_number] / 16)) for axis_number in (0, 1))
            box = np.stack([(place[0] - x) / 8, (place[1] - y) / 8, log_w, log_h])
            values[k][:, here] = box[:, here]
    return heat, values, near
