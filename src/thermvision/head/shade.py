"""Radiance of every pixel: what the surface seen there emits at its temperature and reflects of the room."""

from __future__ import annotations

import numba as nb
import numpy as np

from thermvision.thermal.radiometry import radiance_scalar

# Sub-pixel positions (x, y) of edge pixels, a rotated grid: no two share a row or a column. Four are enough before the
# optics' blur: against 16 positions the blurred outline differs by 0.10 K RMS
# in edge pixels, with eight by 0.08 K.
SUBSAMPLES = np.array([[-0.125, -0.375], [0.375, -0.125], [-0.375, 0.125], [0.125, 0.375]], np.float32)
LAYERS = 3  # of each person's texture: skin, hair, what is worn
_DEPTH_STEP = 0.006  # relative depth jump (5 mm at 0.8 m) that makes two neighbours different surfaces


@nb.njit(cache=True, fastmath=True)
def vertex_normals(vertices, triangles, normals):  # type: ignore[no-untyped-def]
    """Area-weighted unit normals (v, 3) of a mesh, outwards, written into `normals`."""
    normals[:] = 0.0
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
        vx, vy, vz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for corner in (a, b, c):
            normals[corner, 0] += nx
            normals[corner, 1] += ny
            normals[corner, 2] += nz
    for i in range(len(normals)):
        length = np.sqrt(normals[i, 0] ** 2 + normals[i, 1] ** 2 + normals[i, 2] ** 2) + np.float32(1e-9)
        normals[i, 0] /= length
        normals[i, 1] /= length
        normals[i, 2] /= length


@nb.njit(cache=True, fastmath=True, error_model="numpy", inline="always")
def _weights(projected, a, b, c, x, y):  # type: ignore[no-untyped-def]
    """Screen-space barycentric weights of the point (x, y)."""
    ax, ay = projected[a, 0], projected[a, 1]
    bx, by = projected[b, 0] - ax, projected[b, 1] - ay
    cx, cy = projected[c, 0] - ax, projected[c, 1] - ay
    px, py = x - ax, y - ay
    scale = np.float32(1.0) / (bx * cy - by * cx)
    wb = (px * cy - py * cx) * scale
    wc = (bx * py - by * px) * scale
    return np.float32(1.0) - wb - wc, wb, wc


@nb.njit(cache=True, fastmath=True, error_model="numpy", inline="always")
def _surface(  # type: ignore[no-untyped-def]
    t, x, y, centre_x, centre_y, inverse_focal, projected, normals, offset_k, triangles, triangle_uv, triangle_layer,
             uv, texture, material, reflected):  # fmt: skip
    """Radiance leaving triangle `t` towards pixel position (x, y), and whether it belongs to the face."""
    a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    wa, wb, wc = _weights(projected, a, b, c, x, y)
    wa *= projected[a, 2]
    wb *= projected[b, 2]
    wc *= projected[c, 2]
    whole = np.float32(1.0) / (wa + wb + wc)
    wa *= whole
    wb *= whole
    wc *= whole
    one = np.float32(1.0)
    layer, size = triangle_layer[t], np.float32(texture.shape[1])
    ua, ub, uc = triangle_uv[t, 0], triangle_uv[t, 1], triangle_uv[t, 2]
    u = (wa * uv[ua, 0] + wb * uv[ub, 0] + wc * uv[uc, 0]) * size - np.float32(0.5)
    v = (wa * uv[ua, 1] + wb * uv[ub, 1] + wc * uv[uc, 1]) * size - np.float32(0.5)
    u = min(max(u, np.float32(0.0)), size - np.float32(1.001))
    v = min(max(v, np.float32(0.0)), size - np.float32(1.001))
    column, row = int(u), int(v)
    fu, fv = u - np.float32(column), v - np.float32(row)  # numba makes float64 of float32 - int
    temperature = (texture[layer, row, column] * (one - fu) + texture[layer, row, column + 1] * fu) * (one - fv) + (
        texture[layer, row + 1, column] * (one - fu) + texture[layer, row + 1, column + 1] * fu
    ) * fv
    # Material is read at the nearest texel: texels are finer than pixels.
    near_row, near_column = row + int(fv + np.float32(0.5)), column + int(fu + np.float32(0.5))
    emissivity = np.float32(material[layer, near_row, near_column, 0]) * np.float32(1.0 / 255.0)
    face = material[layer, near_row, near_column, 1] > 127
    temperature += wa * offset_k[a] + wb * offset_k[b] + wc * offset_k[c]
    nx = wa * normals[a, 0] + wb * normals[b, 0] + wc * normals[c, 0]
    ny = wa * normals[a, 1] + wb * normals[b, 1] + wc * normals[c, 1]
    nz = wa * normals[a, 2] + wb * normals[b, 2] + wc * normals[c, 2]
    rx, ry = (x - centre_x) * inverse_focal, (y - centre_y) * inverse_focal
    cosine = -(nx * rx + ny * ry + nz) / np.sqrt((nx * nx + ny * ny + nz * nz) * (rx * rx + ry * ry + one))
    # Fall-off towards grazing, thermal.emissivity.directional_emissivity, held beyond 75 degrees.
    grazing = np.float32(1.0) - max(cosine, np.float32(0.2588))
    emissivity *= np.float32(1.0) - np.float32(0.8959) * grazing * grazing * grazing * grazing * grazing
    return emissivity * radiance_scalar(temperature) + (np.float32(1.0) - emissivity) * reflected, face


@nb.njit(cache=True, inline="always")
def _within_hair(triangle_id, triangle_layer, y, x):  # type: ignore[no-untyped-def]
    """Whether a pixel and its four neighbours show one layer other than skin: lock over lock needs no smoothing."""
    own = triangle_id[y, x]
    if own < 0:
        return False
    layer = triangle_layer[own]
    if layer % LAYERS == 0:
        return False
    for other in (triangle_id[y, x + 1], triangle_id[y, x - 1], triangle_id[y + 1, x], triangle_id[y - 1, x]):
        if other < 0 or triangle_layer[other] != layer:
            return False
    return True


@nb.njit(cache=True, inline="always")
def _add(candidates, count, t):  # type: ignore[no-untyped-def]
    """Put `t` behind the first `count` candidates unless it is among them; the new count."""
    for k in range(count):
        if candidates[k] == t:
            return count
    candidates[count] = t
    return count + 1


@nb.njit(cache=True, inline="always")
def _touches(projected, triangles, t, x, y):  # type: ignore[no-untyped-def]
    """Whether triangle `t` faces the camera and its bounding box meets the pixel at column x, row y."""
    a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    ax, bx, cx = projected[a, 0], projected[b, 0], projected[c, 0]
    if max(ax, bx, cx) < x or min(ax, bx, cx) > x + 1:
        return False
    ay, by, cy = projected[a, 1], projected[b, 1], projected[c, 1]
    if max(ay, by, cy) < y or min(ay, by, cy) > y + 1:
        return False
    return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax) < 0


@nb.njit(cache=True, fastmath=True, error_model="numpy")
def shade(  # type: ignore[no-untyped-def]
    triangle_id, inverse_depth, projected, normals, offset_k, triangles, neighbours, triangle_uv, triangle_layer, uv,
          texture, material, focal_px, reflected, background, subsamples, radiance, face_mask):  # fmt: skip
    """Fill `radiance` (h, w) and `face_mask` (h, w): the surface in front at each pixel centre.

    The radiance of pixels on edges is the mean over `subsamples` positions. neighbours: (t, 3) triangles across each edge,
    -1 for none; texture: (layer, size, size) temperature K; material: the same with uint8
    normal emissivity (255 = 1) and share of face (255 = all); offset_k: (v,) added
    to the texture's temperature; reflected: band radiance of the surroundings; background: (h, w) band radiance behind the person.
    """
    height, width = triangle_id.shape
    centre_x, centre_y = np.float32(0.5 * width), np.float32(0.5 * height)
    inverse_focal = np.float32(1.0 / focal_px)
    for y in range(height):
        for x in range(width):
            t = triangle_id[y, x]
            if t < 0:
                radiance[y, x] = background[y, x]
                face_mask[y, x] = False
            else:
                value, face = _surface(
                    t, np.float32(x + 0.5), np.float32(y + 0.5), centre_x, centre_y, inverse_focal, projected, normals,
                    offset_k, triangles, triangle_uv, triangle_layer, uv, texture, material, reflected,
                )  # fmt: skip
                radiance[y, x] = value
                face_mask[y, x] = face
    nearby, candidates, hits, middle = (
        np.empty(9, np.int32),
        np.empty(36, np.int32),
        np.empty(36, np.int32),
        np.empty((36, 2), np.float32),
    )
    plane = np.empty(
        (36, 9), np.float32
    )  # weights of b and c at the pixel's centre and their slopes; depth and its slopes
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            z = inverse_depth[y, x]
            step = _DEPTH_STEP * z
            if (abs(inverse_depth[y, x + 1] - z) <= step and abs(inverse_depth[y, x - 1] - z) <= step
                    and abs(inverse_depth[y + 1, x] - z) <= step and abs(inverse_depth[y - 1, x] - z) <= step):  # fmt: skip
                continue
            if _within_hair(triangle_id, triangle_layer, y, x):
                continue
            around, open_sky = 0, False
            for dy in range(-1, 2):
                for dx in range(-1, 2):
                    t = triangle_id[y + dy, x + dx]
                    if t < 0:
                        open_sky = True
                    else:
                        around = _add(nearby, around, t)
            # Near an outline triangles are seen edge-on and may slip between all pixel centres: ask the neighbours too.
            count = 0
            for k in range(around):
                if _touches(projected, triangles, nearby[k], x, y):
                    count = _add(candidates, count, nearby[k])
                if triangle_layer[nearby[k]] % LAYERS != 0:
                    continue  # locks and frames are narrow: their neighbours are among the nearby
                for side in range(3):
                    t = neighbours[nearby[k], side]
                    if t >= 0 and _touches(projected, triangles, t, x, y):
                        count = _add(candidates, count, t)
            for k in range(count):
                hits[k] = 0
                middle[k, 0] = middle[k, 1] = np.float32(0.0)
                t = candidates[k]
                a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
                bx, by = projected[b, 0] - projected[a, 0], projected[b, 1] - projected[a, 1]
                cx, cy = projected[c, 0] - projected[a, 0], projected[c, 1] - projected[a, 1]
                px, py = np.float32(x + 0.5) - projected[a, 0], np.float32(y + 0.5) - projected[a, 1]
                scale = np.float32(1.0) / (bx * cy - by * cx)
                plane[k, 0], plane[k, 1], plane[k, 2] = (px * cy - py * cx) * scale, cy * scale, -cx * scale
                plane[k, 3], plane[k, 4], plane[k, 5] = (bx * py - by * px) * scale, -by * scale, bx * scale
                plane[k, 6] = projected[a, 2]
                plane[k, 7], plane[k, 8] = projected[b, 2] - projected[a, 2], projected[c, 2] - projected[a, 2]
            missed = 0
            for s in range(len(subsamples)):
                dx, dy = subsamples[s, 0], subsamples[s, 1]
                front, nearest = -1, np.float32(0.0)
                for k in range(count):
                    wb = plane[k, 0] + dx * plane[k, 1] + dy * plane[k, 2]
                    wc = plane[k, 3] + dx * plane[k, 4] + dy * plane[k, 5]
                    if wb >= 0 and wc >= 0 and wb + wc <= 1:
                        depth = plane[k, 6] + wb * plane[k, 7] + wc * plane[k, 8]
                        if depth > nearest:
                            front, nearest = k, depth
                if front >= 0:
                    hits[front] += 1
                    middle[front, 0] += dx
                    middle[front, 1] += dy
                else:
                    missed += 1
            # What no triangle covers is the sky if there is any near, else a sliver of the same surface.
            total = np.float32(missed) * (background[y, x] if open_sky else radiance[y, x])
            for k in range(count):
                if hits[k] > 0:  # one look for all positions that hit a triangle, at their middle
                    share = np.float32(hits[k])
                    value, _ = _surface(
                        candidates[k], np.float32(x + 0.5) + middle[k, 0] / share, np.float32(y + 0.5) + middle[k, 1] / share, centre_x, centre_y, inverse_focal, projected,
                        normals, offset_k, triangles, triangle_uv, triangle_layer, uv, texture, material, reflected,
                    )  # fmt: skip
                    total += share * value
            radiance[y, x] = total / np.float32(len(subsamples))
