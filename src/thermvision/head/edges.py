"""Where one surface ends before another, and which triangles are seen at several places of each such pixel."""

from __future__ import annotations

import numba as nb
import numpy as np

from thermvision.head.raster import NEAR_INVERSE_DEPTH

# Places within a pixel, one in each of 8 rows and in each of 8 columns.
SAMPLES = 8
TILE = 8  # pixels a side of a tile
_DEPTH_STEP = 0.006  # relative depth jump (5 mm at 0.8 m) that makes two neighbours different surfaces
_RADIANCE_STEP = 0.08  # smaller steps, 0.1 K at 30 C, are not smoothed
_BEHIND = 0.99  # depth margin: what lies further behind all that is seen around a pixel is not seen in it
_NO_EDGE = 1e9  # 1/depth of a tile without edges: no triangle is as near
_SLACK = 1e-5  # of a triangle's weights: no place falls between two triangles for rounding


@nb.njit(cache=True, fastmath=True, error_model="numpy", inline="always")
def sample_place(s):  # type: ignore[no-untyped-def]
    """Place number `s` (row s, column 3 s + 1 modulo 8) from the pixel's centre."""
    step, first = np.float32(1.0 / SAMPLES), np.float32(0.5 / SAMPLES - 0.5)
    row = np.int32(s)
    column = (np.int32(3) * row + np.int32(1)) & np.int32(SAMPLES - 1)
    return np.float32(column) * step + first, np.float32(row) * step + first


@nb.njit(cache=True)
def find_edges(inverse_depth, layer, radiance, before, columns, farthest, tiles):  # type: ignore[no-untyped-def]
    """List the pixels on either side of a visible step from one surface to another; returns how many.

    layer: (h, w) uint8, whose surface a pixel shows. columns: filled with the listed pixels' columns, row by row; before:
    (h, w + 1), filled with how many are listed before each pixel. farthest: filled with the least 1/depth that can be
    seen in each listed pixel; tiles: with the least of a tile.
    """
    height, width = inverse_depth.shape
    above, below, across = np.zeros(width, np.uint8), np.zeros(width, np.uint8), np.zeros(width + 1, np.uint8)
    tiles[:] = _NO_EDGE
    count = np.int32(0)
    for y in range(height):
        depths, layers, looks = inverse_depth[y], layer[y], radiance[y]
        if y + 1 < height:
            _steps(depths, inverse_depth[y + 1], layers, layer[y + 1], looks, radiance[y + 1], below)
        else:
            below[:] = 0
        _steps(depths[:-1], depths[1:], layers[:-1], layers[1:], looks[:-1], looks[1:], across[1:width])
        counts = before[y]
        for x in range(width):
            counts[x] = count
            columns[count] = x
            count += np.int32(above[x] | below[x] | across[x] | across[x + 1])
        counts[width] = count
        upper, lower = inverse_depth[max(y - 1, 0)], inverse_depth[min(y + 1, height - 1)]
        for edge in range(counts[0], count):
            x = columns[edge]
            left, right = max(x - 1, 0), min(x + 1, width - 1)
            least = min(upper[left], upper[x], upper[right], depths[left], depths[x], depths[right])
            least = np.float32(_BEHIND) * min(least, lower[left], lower[x], lower[right])
            farthest[edge] = least
            tiles[y // TILE, x // TILE] = min(tiles[y // TILE, x // TILE], least)
        above, below = below, above
    return count


@nb.njit(cache=True, fastmath=True, error_model="numpy")
def _steps(depth, depth_2, layer, layer_2, look, look_2, steps):  # type: ignore[no-untyped-def]
    """Mark where two rows show different surfaces that look different."""
    for x in range(len(steps)):
        apart = abs(depth[x] - depth_2[x]) > np.float32(_DEPTH_STEP) * depth[x]
        other = layer[x] != layer_2[x]
        seen = abs(look[x] - look_2[x]) > np.float32(_RADIANCE_STEP)
        steps[x] = np.uint8((apart | other) & seen)


@nb.njit(cache=True, fastmath=True, error_model="numpy")
def sample_edges(projected, triangles, before, columns, farthest, tiles, keys):  # type: ignore[no-untyped-def]
    """Fill `keys` (edge pixels * SAMPLES) as `raster.rasterize` does, at the places within the listed pixels."""
    height, width = before.shape[0], before.shape[1] - 1
    zero, one, half = np.float32(0.0), np.float32(1.0), np.float32(0.5)
    keys[:] = 0
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 2], triangles[t, 1]
        ax, ay = projected[a, 0], projected[a, 1]
        bx, by = projected[b, 0] - ax, projected[b, 1] - ay
        cx, cy = projected[c, 0] - ax, projected[c, 1] - ay
        area = bx * cy - by * cx
        if area <= np.float32(1e-12):
            continue
        az, bz, cz = projected[a, 2], projected[b, 2], projected[c, 2]
        nearest = max(az, bz, cz)
        if min(az, bz, cz) <= zero or nearest > np.float32(NEAR_INVERSE_DEPTH):
            continue
        x0 = max(0, int(np.floor(ax + min(zero, bx, cx))))
        x1 = min(width - 1, int(np.floor(ax + max(zero, bx, cx))))
        y0 = max(0, int(np.floor(ay + min(zero, by, cy))))
        y1 = min(height - 1, int(np.floor(ay + max(zero, by, cy))))
        if x0 > x1 or y0 > y1 or not _in_front(tiles, x0, x1, y0, y1, nearest):
            continue
        scale = one / area
        wb_dx, wb_dy, wc_dx, wc_dy = cy * scale, -cx * scale, -by * scale, bx * scale
        zb, zc = bz - az, cz - az
        z_dx, z_dy = zb * wb_dx + zc * wc_dx, zb * wb_dy + zc * wc_dy
        # How far within the pixel a weight can rise above what it is in the middle.
        b_reach, c_reach = half * (abs(wb_dx) + abs(wb_dy)), half * (abs(wc_dx) + abs(wc_dy))
        a_reach = half * (abs(wb_dx + wc_dx) + abs(wb_dy + wc_dy))
        name = np.int64(t) ^ np.int64(0xFFFFFFFF)
        for y in range(y0, y1 + 1):
            for edge in range(before[y, x0], before[y, x1 + 1]):
                px, py = np.float32(columns[edge]) + half - ax, np.float32(y) + half - ay
                wb, wc = px * wb_dx + py * wb_dy, px * wc_dx + py * wc_dy
                touched = (wb + b_reach >= zero) & (wc + c_reach >= zero) & (wb + wc - a_reach <= one)
                if touched & (nearest >= farthest[edge]):
                    z = az + wb * zb + wc * zc
                    _sample(keys, edge * SAMPLES, SAMPLES, wb, wb_dx, wb_dy, wc, wc_dx, wc_dy, z, z_dx, z_dy, name)


@nb.njit(cache=True, inline="always")
def _in_front(tiles, x0, x1, y0, y1, nearest):  # type: ignore[no-untyped-def]
    """Whether something as near may be seen in an edge pixel of these columns and rows."""
    for row in range(y0 // TILE, y1 // TILE + 1):
        for column in range(x0 // TILE, x1 // TILE + 1):
            if nearest >= tiles[row, column]:
                return True
    return False


@nb.njit(cache=True, fastmath=True, error_model="numpy")
def _sample(keys, first, count, wb, wb_dx, wb_dy, wc, wc_dx, wc_dy, z, z_dx, z_dy, name):  # type: ignore[no-untyped-def]
    """`count` is handed over so that the compiler does not know it: a loop of known length it unrolls, others it vectorises."""
    low, high = np.float32(-_SLACK), np.float32(1.0 + _SLACK)
    for s in range(count):
        dx, dy = sample_place(s)
        b, c = wb + dx * wb_dx + dy * wb_dy, wc + dx * wc_dx + dy * wc_dy
        depth_bits = np.int64(np.float32(z + dx * z_dx + dy * z_dy).view(np.int32))
        inside = (b >= low) & (c >= low) & (b + c <= high)
        key = (depth_bits << np.int64(32)) | name if inside else np.int64(0)
        place = np.uint64(first + s)
        keys[place] = max(keys[place], key)
