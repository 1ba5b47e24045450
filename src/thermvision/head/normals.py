"""Which way a mesh faces at its vertices, and how obliquely the camera sees it there."""

from __future__ import annotations

import numba as nb
import numpy as np


@nb.njit(cache=True, fastmath=True)
def vertex_normals(vertices, triangles, normals):  # type: ignore[no-untyped-def]
    """Area-weighted unit normals (v, 3) of a mesh, outwards, written into `normals`."""
    _sum_normals(vertices, triangles, normals)
    for i in range(len(normals)):
        length = np.sqrt(normals[i, 0] ** 2 + normals[i, 1] ** 2 + normals[i, 2] ** 2) + np.float32(1e-9)
        normals[i, 0] /= length
        normals[i, 1] /= length
        normals[i, 2] /= length


@nb.njit(cache=True, fastmath=True)
def view_cosines(vertices, triangles, normals, cosines):  # type: ignore[no-untyped-def]
    """Fill `cosines` (v,): of the angle between a vertex's normal and the ray to the camera at the origin.

    `normals` (v, 3) is room to work in.
    """
    _sum_normals(vertices, triangles, normals)
    for i in range(len(cosines)):
        x, y, z = vertices[i, 0], vertices[i, 1], vertices[i, 2]
        nx, ny, nz = normals[i, 0], normals[i, 1], normals[i, 2]
        length = np.sqrt((nx * nx + ny * ny + nz * nz) * (x * x + y * y + z * z)) + np.float32(1e-9)
        cosines[i] = -(nx * x + ny * y + nz * z) / length


@nb.njit(cache=True, fastmath=True)
def _sum_normals(vertices, triangles, normals):  # type: ignore[no-untyped-def]
    """Sums of the triangles' cross products at their corners, so that large triangles count more."""
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
