"""The closest point of a triangle mesh."""

from __future__ import annotations

import numpy as np


def closest_on_surface(
    points: np.ndarray, vertices: np.ndarray, triangles: np.ndarray, choice: np.ndarray, allowed: tuple[np.ndarray, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Triangle (n,) int32 and weights (n, 3) float32 of the nearest surface point; point i may use `allowed[choice[i]]`.

    Brute force over all triangles (Ericson, Real-Time Collision Detection, 5.1.5, by clamped weights on plane and edges).
    """
    best_triangle, best_weights = np.empty(len(points), np.int32), np.empty((len(points), 3), np.float32)
    for i, point in enumerate(points):
        candidates = allowed[choice[i]]
        a, b, c = (vertices[triangles[candidates, k]].astype(float) for k in range(3))
        options = [_plane(point, a, b, c)]
        for start, end, order in ((a, b, (0, 1)), (b, c, (1, 2)), (c, a, (2, 0))):
            along = np.clip(
                np.einsum("nd,nd->n", point - start, end - start) / np.einsum("nd,nd->n", end - start, end - start),
                0,
                1,
            )
            weights = np.zeros((len(candidates), 3))
            weights[:, order[0]], weights[:, order[1]] = 1 - along, along
            options.append(weights)
        weights = np.concatenate(options)
        spots = (
            weights[:, :1] * np.tile(a, (4, 1))
            + weights[:, 1:2] * np.tile(b, (4, 1))
            + weights[:, 2:] * np.tile(c, (4, 1))
        )
        distance = np.linalg.norm(spots - point, axis=1)
        distance[(weights < -1e-9).any(axis=1)] = np.inf
        nearest = int(np.argmin(distance))
        best_triangle[i], best_weights[i] = candidates[nearest % len(candidates)], weights[nearest]
    return best_triangle, best_weights


def _plane(point: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    normal = np.cross(b - a, c - a)
    squared = np.einsum("nd,nd->n", normal, normal) + 1e-20
    wc = np.einsum("nd,nd->n", np.cross(b - a, point - a), normal) / squared
    wb = np.einsum("nd,nd->n", np.cross(point - a, c - a), normal) / squared
    return np.stack([1 - wb - wc, wb, wc], axis=1)
