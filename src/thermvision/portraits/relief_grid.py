"""Triangles of a flat shape that is given by a level on a grid, with its outline cut exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from thermvision.head.sheets import grid_triangles


@dataclass(frozen=True, slots=True)
class CutGrid:
    """Vertices as mixtures of two grid points, and triangles wound clockwise on the screen as the grid's are."""

    first: Int[np.ndarray, " v"]  # flat index of a grid point
    second: Int[np.ndarray, " v"]
    share: Float[np.ndarray, " v"]  # of the second
    triangles: Int[np.ndarray, "t 3"]

    def mix(self, field: Float[np.ndarray, "rows columns *c"]) -> Float[np.ndarray, "v *c"]:
        """A field over the grid at the vertices."""
        flat = field.reshape(-1, *field.shape[2:])
        share = self.share.reshape(-1, *[1] * (flat.ndim - 1))
        return flat[self.first] * (1 - share) + flat[self.second] * share


def cut_grid(level: Float[np.ndarray, "rows columns"]) -> CutGrid:
    """The part of a grid where `level` is positive; outline vertices lie on the grid's edges where it is zero (marching triangles)."""
    rows, columns = level.shape
    flat = level.ravel()
    triangles = grid_triangles(rows, columns)
    inside = flat[triangles] > 0
    count = inside.sum(axis=1)
    whole = triangles[count == 3]
    one = _first_alone(triangles[count == 1], inside[count == 1])
    two = _first_alone(triangles[count == 2], ~inside[count == 2])
    # One corner inside: a, and cuts on ab and ac. One outside: a; cuts on ab and ac, corners b and c.
    a, b, c = one.T
    d, e, f = two.T
    corner = np.concatenate(
        [
            np.stack([whole, whole], axis=-1),
            np.stack([_pair(a, a), _pair(a, b), _pair(a, c)], axis=1),
            np.stack([_pair(d, e), _pair(e, e), _pair(f, f)], axis=1),
            np.stack([_pair(d, e), _pair(f, f), _pair(d, f)], axis=1),
        ]
    )
    pairs, place = np.unique(corner.reshape(-1, 2), axis=0, return_inverse=True)
    start, end = flat[pairs[:, 0]], flat[pairs[:, 1]]
    same = pairs[:, 0] == pairs[:, 1]
    share = np.where(same, 0.0, np.clip(start / np.where(same, 1.0, start - end), 0.0, 1.0))
    return CutGrid(pairs[:, 0], pairs[:, 1], share, place.reshape(-1, 3))


def _first_alone(triangles: np.ndarray, alone: np.ndarray) -> np.ndarray:
    """Corners turned so that the marked one comes first."""
    turn = (alone.argmax(axis=1)[:, None] + np.arange(3)) % 3
    return np.take_along_axis(triangles, turn, axis=1)


def _pair(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.stack([np.minimum(one, other), np.maximum(one, other)], axis=-1)
