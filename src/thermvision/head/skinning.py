"""Moving vertices: by face units, and with the segments of the body."""

from __future__ import annotations

import numba as nb
import numpy as np


@nb.njit(cache=True, fastmath=True)
def add_units(vertices, coefficients, start, vertex, moved):  # type: ignore[no-untyped-def]
    """Add each unit's displacements times its coefficient; entries start[k] to start[k + 1] belong to unit k."""
    for k in range(len(coefficients)):
        share = coefficients[k]
        if share != 0:
            for i in range(start[k], start[k + 1]):
                for axis in range(3):
                    vertices[vertex[i], axis] += share * moved[i, axis]


@nb.njit(cache=True, fastmath=True)
def blend_segments(vertices, weights, matrices, offsets):  # type: ignore[no-untyped-def]
    """Linear blend skinning in place: each segment has a matrix and an offset."""
    for i in range(len(vertices)):
        x, y, z = vertices[i, 0], vertices[i, 1], vertices[i, 2]
        wa, wb, wc = weights[i, 0], weights[i, 1], weights[i, 2]
        for axis in range(3):
            mx = wa * matrices[0, axis, 0] + wb * matrices[1, axis, 0] + wc * matrices[2, axis, 0]
            my = wa * matrices[0, axis, 1] + wb * matrices[1, axis, 1] + wc * matrices[2, axis, 1]
            mz = wa * matrices[0, axis, 2] + wb * matrices[1, axis, 2] + wc * matrices[2, axis, 2]
            shift = wa * offsets[0, axis] + wb * offsets[1, axis] + wc * offsets[2, axis]
            vertices[i, axis] = mx * x + my * y + mz * z + shift


@nb.njit(cache=True, fastmath=True)
def sway_and_place(vertices_mm, rooted_mm, sway_mm, turn, position_mm):  # type: ignore[no-untyped-def]
    """Torso frame to camera frame in place: heads sway, what is `rooted_mm` below the head joint does not."""
    for i in range(len(vertices_mm)):
        share = np.float32(1.0) - vertices_mm[i, 1] / rooted_mm
        share = min(max(share, np.float32(0.0)), np.float32(1.3))
        x = vertices_mm[i, 0] + share * sway_mm[0]
        y = vertices_mm[i, 1] + share * sway_mm[1]
        z = vertices_mm[i, 2] + share * sway_mm[2]
        for row in range(3):
            vertices_mm[i, row] = turn[row, 0] * x + turn[row, 1] * y + turn[row, 2] * z + position_mm[row]
