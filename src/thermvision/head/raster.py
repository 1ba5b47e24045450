"""Which triangle is seen in which pixel: a z-buffer over pixel centres."""

from __future__ import annotations

import numba as nb
import numpy as np

NEAR_INVERSE_DEPTH = 1.0 / 50.0  # 1/mm: nothing is closer to the camera than 5 cm


@nb.njit(cache=True, fastmath=True, error_model="numpy")
def rasterize(projected, triangles, triangle_id, inverse_depth):  # type: ignore[no-untyped-def]
    """Fill `triangle_id` (h, w) int32, -1 = background, and `inverse_depth` (h, w) float32 with the nearest surface.

    projected: (v, 3) float32 of x px, y px, 1/depth; triangles: (t, 3) int32, counter-clockwise seen from outside (their
    cross product points outwards). Back faces are culled. Pixel centres at +0.5. 1/depth is linear on the screen, so it is stepped.
    """
    height, width = triangle_id.shape
    triangle_id[:] = -1
    inverse_depth[:] = 0.0
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 2], triangles[t, 1]
        ax, ay, az = projected[a, 0], projected[a, 1], projected[a, 2]
        bx, by, bz = projected[b, 0], projected[b, 1], projected[b, 2]
        cx, cy, cz = projected[c, 0], projected[c, 1], projected[c, 2]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area <= 1e-12:
            continue
        if min(az, bz, cz) <= 0.0 or max(az, bz, cz) > NEAR_INVERSE_DEPTH:
            continue
        x0 = max(0, int(np.ceil(min(ax, bx, cx) - 0.5)))
        x1 = min(width - 1, int(np.floor(max(ax, bx, cx) - 0.5)))
        y0 = max(0, int(np.ceil(min(ay, by, cy) - 0.5)))
        y1 = min(height - 1, int(np.floor(max(ay, by, cy) - 0.5)))
        if x0 > x1 or y0 > y1:
            continue
        scale = 1.0 / area
        # Weights of b and c and their steps; the weight of a is the rest.
        wb_dx, wb_dy = (cy - ay) * scale, -(cx - ax) * scale
        wc_dx, wc_dy = -(by - ay) * scale, (bx - ax) * scale
        for y in range(y0, y1 + 1):
            py = y + 0.5 - ay
            px = x0 + 0.5 - ax
            wb = px * wb_dx + py * wb_dy
            wc = px * wc_dx + py * wc_dy
            for x in range(x0, x1 + 1):
                if wb >= 0.0 and wc >= 0.0 and wb + wc <= 1.0:
                    z = az + wb * (bz - az) + wc * (cz - az)
                    if z > inverse_depth[y, x]:
                        inverse_depth[y, x] = z
                        triangle_id[y, x] = t
                wb += wb_dx
                wc += wc_dx


@nb.njit(cache=True)
def on_front_surface(projected, inverse_depth, tolerance):  # type: ignore[no-untyped-def]
    """Whether each point (x px, y px, 1/depth) lies in the image, at most the share `tolerance` of its depth behind the front."""
    height, width = inverse_depth.shape
    seen = np.zeros(len(projected), np.bool_)
    for i in range(len(projected)):
        x, y, near = projected[i, 0], projected[i, 1], projected[i, 2]
        if not (x >= 0 and x < width and y >= 0 and y < height):  # NaN as well
            continue
        for dx in (-0.5, 0.5):
            for dy in (-0.5, 0.5):
                column = min(max(int(np.floor(x + dx)), 0), width - 1)
                row = min(max(int(np.floor(y + dy)), 0), height - 1)
                front = inverse_depth[row, column]
                if front > 0 and near >= front * (1 - tolerance):
                    seen[i] = True
    return seen
