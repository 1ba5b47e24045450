"""Fewer triangles: half-edge collapse by quadric error (Garland and Heckbert, 1997), which keeps a subset of the vertices."""

from __future__ import annotations

import heapq

import numpy as np


def collapse(
    vertices: np.ndarray, triangles: np.ndarray, fixed: np.ndarray, coarseness: np.ndarray, target: int
) -> np.ndarray:
    """Triangles (t, 3) over the same vertices, at most `target` of them if that goes without flipping any.

    fixed: (v,) vertices that stay; coarseness: (v,) divides the cost, so that large values lose vertices first.
    """
    faces = [tuple(t) for t in triangles.tolist()]
    around: list[set[int]] = [set() for _ in vertices]
    for f, face in enumerate(faces):
        for v in face:
            around[v].add(f)
    quadric = _quadrics(vertices, triangles)
    homogeneous = np.concatenate([vertices, np.ones((len(vertices), 1))], axis=1)
    alive, count = np.ones(len(faces), bool), len(faces)
    heap: list[tuple[float, int, int]] = []

    def push(v: int) -> None:
        near = {w for f in around[v] for w in faces[f]} - {v}
        for w in near:
            for gone, kept in ((v, w), (w, v)):
                if not fixed[gone]:
                    q = quadric[gone] + quadric[kept]
                    length = np.linalg.norm(vertices[gone] - vertices[kept])
                    cost = (homogeneous[kept] @ q @ homogeneous[kept] + 0.02 * length**3) / coarseness[gone]
                    heapq.heappush(heap, (float(cost), gone, kept))

    for v in range(len(vertices)):
        if around[v]:
            push(v)
    while heap and count > target:
        _, gone, kept = heapq.heappop(heap)
        shared = around[gone] & around[kept]
        if not shared or len(shared) > 2 or not around[gone] or not around[kept]:
            continue
        rings = [{w for f in around[v] for w in faces[f]} for v in (gone, kept)]
        if len(rings[0] & rings[1]) - 2 != len(shared) or _flips(vertices, faces, around[gone] - shared, gone, kept):
            continue
        for f in shared:
            for v in faces[f]:
                around[v].discard(f)
            alive[f], count = False, count - 1
        for f in list(around[gone]):
            faces[f] = tuple(kept if v == gone else v for v in faces[f])
            around[kept].add(f)
        around[gone] = set()
        quadric[kept] = quadric[kept] + quadric[gone]
        push(kept)
    return np.array([faces[f] for f in np.flatnonzero(alive)], np.int32)


def _quadrics(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    area = np.linalg.norm(normal, axis=1, keepdims=True)
    normal = normal / np.maximum(area, 1e-9)
    plane = np.concatenate([normal, -(normal * a).sum(axis=1, keepdims=True)], axis=1)
    each = plane[:, :, None] * plane[:, None, :] * area[:, :, None] / 6
    total = np.zeros((len(vertices), 4, 4))
    for k in range(3):
        np.add.at(total, triangles[:, k], each)
    return total


def _flips(vertices: np.ndarray, faces: list[tuple[int, ...]], touched: set[int], gone: int, kept: int) -> bool:
    for f in touched:
        before = vertices[list(faces[f])]
        after = vertices[[kept if v == gone else v for v in faces[f]]]
        m, n = (np.cross(p[1] - p[0], p[2] - p[0]) for p in (before, after))
        if m @ n < 0.3 * np.linalg.norm(m) * np.linalg.norm(n) or np.linalg.norm(n) < 1e-6:
            return True
    return False
