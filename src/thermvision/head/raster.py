"""Which triangle is seen in which pixel: a z-buffer over pixel centres."""

from __future__ import annotations

import numba as nb
import numpy as np

NEAR_INVERSE_DEPTH = 1.0 / 50.0  # 1/mm: nothing is closer to the camera than 5 cm


@nb.njit(cache=True, fastmath=True, error_model="numpy")
def rasterize(projected, triangles, triangle_id, inverse_depth):  # type: ignore[no-untyped-def]
    """Fill `triangle_id` (h, w) int32, -1 = background, and `inverse_depth` (h, w) float32 with the nearest surface.

    projected: (v, 3) float32 of x px, y px, 1/depth; triangles: (t, 3) int32, counter-clockwise seen from outside (their
    cross product points outwards). Back faces are culled. Pixel centres at +0.5. 1/depth is linear on the screen.
    """
    height, width = triangle_id.shape
    zero, one, half = np.float32(0.0), np.float32(1.0), np.float32(0.5)
    # One number a pixel, 1/depth above and the triangle (inverted: of equals the first wins) below: the greater one wins,
    # without a branch. Triangles are a few pixels wide, and what a branch costs is guessing it wrong.
    keys = np.zeros(height * width, np.int64)
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 2], triangles[t, 1]
        ax, ay = projected[a, 0], projected[a, 1]
        bx, by = projected[b, 0] - ax, projected[b, 1] - ay
        cx, cy = projected[c, 0] - ax, projected[c, 1] - ay
        area = bx * cy - by * cx
        if area <= np.float32(1e-12):
            continue
        az, bz, cz = projected[a, 2], projected[b, 2], projected[c, 2]
        if min(az, bz, cz) <= zero or max(az, bz, cz) > np.float32(NEAR_INVERSE_DEPTH):
            continue
        x0 = max(0, int(np.ceil(ax + min(zero, bx, cx) - half)))
        x1 = min(width - 1, int(np.floor(ax + max(zero, bx, cx) - half)))
        y0 = max(0, int(np.ceil(ay + min(zero, by, cy) - half)))
        y1 = min(height - 1, int(np.floor(ay + max(zero, by, cy) - half)))
        if x0 > x1 or y0 > y1:
            continue
        scale = one / area
        # Weights of b and c and their steps; the weight of a is the rest.
        wb_dx, wb_dy, wc_dx, wc_dy = cy * scale, -cx * scale, -by * scale, bx * scale
        zb, zc = bz - az, cz - az
        z_dx = zb * wb_dx + zc * wc_dx
        px = np.float32(x0) + half - ax
        name = np.int64(t) ^ np.int64(0xFFFFFFFF)
        for y in range(y0, y1 + 1):
            py = np.float32(y) + half - ay
            wb, wc = px * wb_dx + py * wb_dy, px * wc_dx + py * wc_dy
            z = az + wb * zb + wc * zc
            _draw_row(keys, y * width + x0, x1 - x0 + 1, wb, wc, wb_dx, wc_dx, z, z_dx, name)
    _unpack(keys, triangle_id.reshape(-1), inverse_depth.reshape(-1))


@nb.njit(cache=True, fastmath=True, error_model="numpy")
def _draw_row(keys, start, count, wb, wc, wb_dx, wc_dx, z, z_dx, name):  # type: ignore[no-untyped-def]
    zero, one = np.float32(0.0), np.float32(1.0)
    for k in range(count):
        step = np.float32(k)
        b, c = wb + step * wb_dx, wc + step * wc_dx
        depth_bits = np.int64(np.float32(z + step * z_dx).view(np.int32))
        inside = (b >= zero) & (c >= zero) & (b + c <= one)
        key = (depth_bits << np.int64(32)) | name if inside else np.int64(0)
        place = np.uint64(start + k)
        keys[place] = max(keys[place], key)


@nb.njit(cache=True)
def _unpack(keys, triangle_id, inverse_depth):  # type: ignore[no-untyped-def]
    for i in range(len(keys)):
        triangle_id[i] = ~np.int32(keys[i])
        inverse_depth[i] = np.int32(keys[i] >> np.int64(32)).view(np.float32)


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
