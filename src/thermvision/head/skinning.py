"""Moving vertices: by face units, and with the segments of the body."""

from __future__ import annotations

import numba as nb


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
