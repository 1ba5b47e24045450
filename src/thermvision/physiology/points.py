"""Where points of the skin lie: within a box, how far from a line. Positions in Fortran's order are faster."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int

REACH_MM = 40.0  # beyond this distance nothing on the skin depends on a line


def box(
    points: Float32[np.ndarray, "n 3"], low: np.ndarray | list[float], high: np.ndarray | list[float]
) -> Int[np.ndarray, " m"]:
    """Which points lie between two corners."""
    inside = np.ones(len(points), bool)
    for axis in range(points.shape[1]):
        # One single-precision number in place of a double, so that no copy of the coordinate is made.
        inside &= (points[:, axis] >= np.float32(low[axis])) & (points[:, axis] <= np.float32(high[axis]))
    return np.flatnonzero(inside)


def squared_distance(points: Float32[np.ndarray, "n 3"], place: np.ndarray) -> Float32[np.ndarray, " n"]:
    """Of points from a place."""
    x, y, z = np.asarray(place, np.float32)
    return (points[:, 0] - x) ** 2 + (points[:, 1] - y) ** 2 + (points[:, 2] - z) ** 2


def distance_to_line(
    points: Float32[np.ndarray, "n 3"], line: Float32[np.ndarray, "k 3"]
) -> tuple[np.ndarray, np.ndarray]:
    """Distance (n,) of points to a polyline and the share of its length at which it is nearest.

    Points outside the line's bounding box grown by `REACH_MM` are not looked at: their distance is infinite, their share 0.
    """
    best, along = np.full(len(points), np.inf, np.float32), np.zeros(len(points), np.float32)
    near = box(points, line.min(axis=0) - REACH_MM, line.max(axis=0) + REACH_MM)
    best[near], along[near] = _distance_to_line(points[near], line)
    return best, along


def _distance_to_line(points: np.ndarray, line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    best, along = np.full(len(points), np.inf, np.float32), np.zeros(len(points), np.float32)
    x, y, z = (np.ascontiguousarray(points[:, axis]) for axis in range(3))
    for i, (start, end) in enumerate(zip(line[:-1].astype(np.float32), line[1:].astype(np.float32), strict=True)):
        step = end - start
        share = (x - start[0]) * step[0] + (y - start[1]) * step[1] + (z - start[2]) * step[2]
        share = np.clip(share / np.float32(max(float(step @ step), 1e-9)), 0, 1)
        squared = (x - (start[0] + share * step[0])) ** 2
        squared += (y - (start[1] + share * step[1])) ** 2
        squared += (z - (start[2] + share * step[2])) ** 2
        nearer = squared < best
        np.copyto(best, squared, where=nearer)
        np.copyto(along, (np.float32(i) + share) / np.float32(len(line) - 1), where=nearer)
    return np.sqrt(best), along
