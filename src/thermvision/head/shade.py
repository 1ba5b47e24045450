"""Radiance of surface points: what the surface emits at its temperature and reflects of the room.

Points are worked on in blocks. What depends on the triangle is a plane over the screen (attributes divided by depth are
affine there), so a point costs five multiply-adds, four looks into the texture and arithmetic that vectorises.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from thermvision.thermal.radiometry import B_K, R_W, F

BLOCK = 512  # points at once: all arrays of a block stay in the first-level cache
# Parts of a block's float array; constant places in one array spare the compiler all doubts about overlap, and it vectorises.
_W, _U, _V, _OFFSET, _COSINE = 0, BLOCK, 2 * BLOCK, 3 * BLOCK, 4 * BLOCK
BLOCK_FLOATS, BLOCK_WORDS = 5 * BLOCK, 4 * BLOCK
RADIANCE, FACE = 0, BLOCK  # where the results lie in the float array
PLANE = 17  # numbers a triangle: five attributes, their slopes along x, along y, and the place they belong to

_R, _F = np.float32(R_W), np.float32(F)
_B2 = np.float32(B_K / np.log(2.0))
# Taylor series of 2 ** f for |f| <= 1/2; error 1.2e-7
_C1, _C2, _C3 = np.float32(0.693147181), np.float32(0.240226507), np.float32(0.0555041087)
_C4, _C5, _C6 = np.float32(0.00961812911), np.float32(0.00133335581), np.float32(0.000154035304)


@nb.njit(cache=True, fastmath=True, error_model="numpy")
def make_plane(t, projected, triangles, corner_texel, offset_k, cosines, planes):  # type: ignore[no-untyped-def]
    """Fill planes[t]: 1/depth, and texel column, texel row, temperature offset and cosine over depth, as planes over the screen."""
    a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    ax, ay, aw = projected[a, 0], projected[a, 1], projected[a, 2]
    bx, by, bw = projected[b, 0] - ax, projected[b, 1] - ay, projected[b, 2]
    cx, cy, cw = projected[c, 0] - ax, projected[c, 1] - ay, projected[c, 2]
    scale = np.float32(1.0) / (bx * cy - by * cx)
    b_x, b_y, c_x, c_y = cy * scale, -cx * scale, -by * scale, bx * scale  # slopes of the weights of b and c
    plane = planes[t]
    plane[0], db, dc = aw, bw - aw, cw - aw
    plane[5], plane[10] = db * b_x + dc * c_x, db * b_y + dc * c_y
    for k in range(2):
        first = aw * corner_texel[t, 0, k]
        db, dc = bw * corner_texel[t, 1, k] - first, cw * corner_texel[t, 2, k] - first
        plane[1 + k], plane[6 + k], plane[11 + k] = first, db * b_x + dc * c_x, db * b_y + dc * c_y
    first = aw * offset_k[a]
    db, dc = bw * offset_k[b] - first, cw * offset_k[c] - first
    plane[3], plane[8], plane[13] = first, db * b_x + dc * c_x, db * b_y + dc * c_y
    first = aw * cosines[a]
    db, dc = bw * cosines[b] - first, cw * cosines[c] - first
    plane[4], plane[9], plane[14] = first, db * b_x + dc * c_x, db * b_y + dc * c_y
    plane[15], plane[16] = ax, ay


@nb.njit(cache=True, fastmath=True, error_model="numpy", inline="always")
def put_point(block, i, plane, x, y):  # type: ignore[no-untyped-def]
    """Point number `i` of the block: where screen position (x, y) lies on a triangle's planes."""
    dx, dy = x - plane[15], y - plane[16]
    block[_W + i] = plane[0] + dx * plane[5] + dy * plane[10]
    block[_U + i] = plane[1] + dx * plane[6] + dy * plane[11]
    block[_V + i] = plane[2] + dx * plane[7] + dy * plane[12]
    block[_OFFSET + i] = plane[3] + dx * plane[8] + dy * plane[13]
    block[_COSINE + i] = plane[4] + dx * plane[9] + dy * plane[14]


@nb.njit(cache=True, fastmath=True, error_model="numpy")
def shade_block(count, block, words, places, texels, size, lowest_k, step_k, reflected):  # type: ignore[no-untyped-def]
    """Turn the first `count` points of a block into radiance (from `RADIANCE` on) and face, 0 or 1 (from `FACE` on)."""
    one, half = np.float32(1.0), np.float32(0.5)
    rightmost, lowest_row = np.float32(size - 1.001), np.float32(len(texels) // size - 1.01)
    for i in range(count):
        depth = one / block[_W + i]
        u = min(max(block[_U + i] * depth, np.float32(0.0)), rightmost)
        v = min(max(block[_V + i] * depth, np.float32(0.0)), lowest_row)
        column, row = np.int32(u), np.int32(v)
        block[_U + i] = u - np.float32(column)
        block[_V + i] = v - np.float32(row)
        block[_OFFSET + i] *= depth
        block[_COSINE + i] *= depth
        places[i] = np.uint32(row * np.int32(size) + column)
    width = np.uint32(size)
    for i in range(count):
        place = places[i]
        words[i] = texels[place]
        words[BLOCK + i] = texels[place + np.uint32(1)]
        words[2 * BLOCK + i] = texels[place + width]
        words[3 * BLOCK + i] = texels[place + width + np.uint32(1)]
    for i in range(count):
        fu, fv = block[_U + i], block[_V + i]
        upper_left, upper_right = words[i], words[BLOCK + i]
        lower_left, lower_right = words[2 * BLOCK + i], words[3 * BLOCK + i]
        a, b = np.float32(np.int32(upper_left >> np.uint32(16))), np.float32(np.int32(upper_right >> np.uint32(16)))
        c, d = np.float32(np.int32(lower_left >> np.uint32(16))), np.float32(np.int32(lower_right >> np.uint32(16)))
        upper, lower = a + fu * (b - a), c + fu * (d - c)
        temperature = lowest_k + step_k * (upper + fv * (lower - upper)) + block[_OFFSET + i]
        # Material is read at the nearest texel: texels are finer than pixels.
        near_upper = upper_right if fu >= half else upper_left
        near_lower = lower_right if fu >= half else lower_left
        near = near_lower if fv >= half else near_upper
        emissivity = np.float32(np.int32((near >> np.uint32(8)) & np.uint32(255))) * np.float32(1.0 / 255.0)
        # Fall-off towards grazing, thermal.emissivity.directional_emissivity, held beyond 75 degrees.
        grazing = one - max(block[_COSINE + i], np.float32(0.2588))
        squared = grazing * grazing
        emissivity *= one - np.float32(0.8959) * squared * squared * grazing
        # radiometry.band_radiance, with the exponential written out: a call would keep the loop from vectorising.
        power = _B2 / temperature
        whole = np.int32(power + half)
        f = power - np.float32(whole)
        series = one + f * (_C1 + f * (_C2 + f * (_C3 + f * (_C4 + f * (_C5 + f * _C6)))))
        growth = series * np.int32((whole + np.int32(127)) << np.int32(23)).view(np.float32)
        block[RADIANCE + i] = reflected + emissivity * (_R / (growth - _F) - reflected)
        block[FACE + i] = np.float32(np.int32(near & np.uint32(1)))
