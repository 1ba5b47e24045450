"""Which vertex of the face a piece of cloth goes along with, so that the cloth stays smooth when the face moves."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int, Int32
from scipy.ndimage import gaussian_filter

from thermvision.head.model import HeadModel

_MM_PER_POSITION_MM = 0.05  # how little the place of a vertex counts against how it moves


def followed_vertices(
    model: HeadModel,
    neutral_mm: Float[np.ndarray, "v 3"],
    grid_mm: Float[np.ndarray, "rows columns 3"],
    skin: Int[np.ndarray, " n"],
    blur_cells: float,
) -> Int32[np.ndarray, "rows columns"]:
    """For each point of a grid of cloth the skin vertex to follow.

    The nearest vertices' displacements in all face units are blurred over the grid (`skin` are the vertices that are
    asked), since cloth spans lips and creases; each point then takes the vertex of the skin that moves most like that.
    """
    from scipy.spatial import cKDTree

    shape = grid_mm.shape[:2]
    nearest = skin[cKDTree(neutral_mm[skin]).query(grid_mm.reshape(-1, 3))[1]]
    used = np.unique(model.triangles[model.triangle_part == 0])
    used = used[np.abs(neutral_mm[used] - neutral_mm[nearest].mean(axis=0)).max(axis=1) < 130]
    wanted = np.moveaxis(model.unit_mm[:, nearest], 0, 1).reshape(*shape, -1)
    wanted = gaussian_filter(wanted, (blur_cells, blur_cells, 0), mode="nearest").reshape(len(nearest), -1)
    offered = np.moveaxis(model.unit_mm[:, used], 0, 1).reshape(len(used), -1)
    wanted = np.concatenate([wanted, _MM_PER_POSITION_MM * neutral_mm[nearest]], axis=1)
    offered = np.concatenate([offered, _MM_PER_POSITION_MM * neutral_mm[used]], axis=1)
    misfit = (offered**2).sum(axis=1)[None] - 2 * wanted @ offered.T
    return used[misfit.argmin(axis=1)].reshape(shape).astype(np.int32)
