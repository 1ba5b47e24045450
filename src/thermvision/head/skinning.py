"""Kernels of posing: face units added up, then three rigid segments blended."""

from __future__ import annotations

import numba as nb
import numpy as np


@nb.njit(cache=True, fastmath=True)
def add_units(flat_mm, coefficients, unit_mm):  # type: ignore[no-untyped-def]
    """Add coefficients (k,) times displacements (k, n) to flat coordinates (n,) in place."""
    for k in range(len(coefficients)):
        weight = coefficients[k]
        if weight != 0:
            for i in range(len(flat_mm)):
                flat_mm[i] += weight * unit_mm[k, i]


@nb.njit(cache=True, fastmath=True)
def blend_segments(vertices_mm, weights, matrices, offsets_mm):  # type: ignore[no-untyped-def]
    """Vertices (v, 3) carried by segments: weights (v, s), matrices (s, 3, 3), offsets (s, 3), all float32."""
    moved = np.empty_like(vertices_mm)
    for i in range(len(vertices_mm)):
        x, y, z = vertices_mm[i, 0], vertices_mm[i, 1], vertices_mm[i, 2]
        for row in range(3):
            total = np.float32(0.0)
            for s in range(len(matrices)):
                total += weights[i, s] * (
                    matrices[s, row, 0] * x + matrices[s, row, 1] * y + matrices[s, row, 2] * z + offsets_mm[s, row]
                )
            moved[i, row] = total
    return moved


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
