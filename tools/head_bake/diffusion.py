"""Spread values from a few places over a surface as smoothly as conduction would: no seams, no blobs."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix, diags, identity
from scipy.sparse.linalg import splu

TENSION_LENGTH_MM = 22.0  # below it the spread bends like a plate, above it stretches like a membrane
ANCHOR_STIFFNESS = 50.0


def cotangent_laplacian(vertices: np.ndarray, triangles: np.ndarray) -> tuple[coo_matrix, np.ndarray]:
    """Positive semi-definite cotangent Laplacian (v, v), weights clamped at a small positive value, and vertex areas in mm^2."""
    count = len(vertices)
    rows, columns, weights = [], [], []
    areas = np.zeros(count)
    for k in range(3):
        i, j, opposite = triangles[:, k], triangles[:, (k + 1) % 3], triangles[:, (k + 2) % 3]
        u, v = vertices[i] - vertices[opposite], vertices[j] - vertices[opposite]
        cross = np.linalg.norm(np.cross(u, v), axis=1) + 1e-9
        weight = np.clip(0.5 * (u * v).sum(axis=1) / cross, 0.02, 5.0)
        rows += [i, j]
        columns += [j, i]
        weights += [weight, weight]
        np.add.at(areas, opposite, cross / 6)
    adjacency = coo_matrix(
        (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns))), shape=(count, count)
    ).tocsr()
    return diags(np.asarray(adjacency.sum(axis=1)).ravel()) - adjacency, np.maximum(areas, 0.05)


def spread(vertices: np.ndarray, triangles: np.ndarray, anchors: list[np.ndarray]) -> np.ndarray:
    """Basis (v, r): the field that is 1 at the vertices of anchor r and 0 at all other anchors; rows sum to 1.

    Minimises bending + stretching / length^2 + stiff springs at the anchors: a spline in tension on the surface.
    """
    laplacian, areas = cotangent_laplacian(vertices, triangles)
    bending = laplacian @ diags(1 / areas) @ laplacian
    system = bending + laplacian / TENSION_LENGTH_MM**2 + 1e-9 * identity(len(vertices))
    held = np.zeros(len(vertices))
    right = np.zeros((len(vertices), len(anchors)))
    for r, members in enumerate(anchors):
        held[members] += ANCHOR_STIFFNESS / len(members)
        right[members, r] += ANCHOR_STIFFNESS / len(members)
    basis = splu((system + diags(held)).tocsc()).solve(right)
    return basis / basis.sum(axis=1, keepdims=True)
