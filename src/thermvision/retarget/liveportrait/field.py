"""The motion field of the warping network as places in the picture: where each point of the source goes, and back."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32
from scipy.interpolate import LinearNDInterpolator, NearestNDInterpolator
from scipy.ndimage import gaussian_filter, map_coordinates

# The network's z of a face's points, from their depth about their middle in the units of x: measured against the published
# motion of real frames (reference 6.3), not for our average head.
DEPTH_OFFSET = -0.2
_ROUNDS, _CLOSE = 30, 1e-4
_AROUND_CELLS = 2.0  # how far depth is evened out around the face, where the nearest point's would make rays


def displacement_of(deformation: Float32[np.ndarray, "d h w 3"]) -> Float32[np.ndarray, "d h w 3"]:
    """Source minus driving place, in units of half the picture, for every cell of the driving volume.

    Exactly 0 where nothing moves: what the network returns is the cells' own grid plus a mean of the keypoints' moves.
    """
    z, y, x = (np.linspace(-1, 1, n, dtype=np.float32) for n in deformation.shape[:3])
    grid = np.stack(np.meshgrid(z, y, x, indexing="ij")[::-1], axis=-1)
    moved = deformation - grid
    moved[np.abs(moved) < 1e-6] = 0  # rounding of the grid itself
    return moved


def moves_at(field: Float32[np.ndarray, "d h w 3"], places: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
    """The field at driving places (x, y, z, -1 to 1 from edge to edge), along straight lines, edges going on."""
    sizes = np.array(field.shape[:3])
    at = ((np.asarray(places)[..., ::-1] + 1) / 2 * sizes) - 0.5
    at[..., 0] = (
        (np.asarray(places)[..., 2] + 1) / 2 * (sizes[0] - 1)
    )  # slices lie at -1 ... 1, as keypoints' depths do
    at = np.moveaxis(at, -1, 0)
    moves = [map_coordinates(field[..., axis], at, order=1, mode="nearest") for axis in range(3)]
    return np.stack(moves, axis=-1)


def carried(field: Float32[np.ndarray, "d h w 3"], points: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 3"]:
    """Where points of the source (x, y, z, -1 to 1) are in the driven picture: the field goes back, so it is inverted.

    Fixed-point iteration p <- source - move(p), which converges where neighbours do not pass one another; elsewhere the
    nearest tried place is kept.
    """
    place = points - moves_at(field, points)
    best, least = place, np.full(len(points), np.inf)
    for _ in range(_ROUNDS):
        back = place + moves_at(field, place)
        miss = np.linalg.norm(back - points, axis=1)
        best = np.where((miss < least)[:, None], place, best)
        least = np.minimum(miss, least)
        if float(least.max()) < _CLOSE:
            break
        place = place + 0.8 * (points - back)
    return best


def surface_move(
    field: Float32[np.ndarray, "d h w 3"], driven: Float[np.ndarray, "n 3"], size: int
) -> Float32[np.ndarray, "size size 2"]:
    """The field on the skin as seen: source minus driving place in pixels of a picture of `size`, for each of its pixels.

    driven: points of the face where they are now, with their depth; between them depth goes along straight lines, around
    them the nearest point's goes on.
    """
    h, w = field.shape[1:3]
    columns, rows = (np.arange(w) + 0.5) / w * 2 - 1, (np.arange(h) + 0.5) / h * 2 - 1
    cells = np.stack(np.meshgrid(columns, rows), axis=-1)
    depth = LinearNDInterpolator(driven[:, :2], driven[:, 2])(cells)
    around = np.isnan(depth)
    if around.any():
        depth[around] = NearestNDInterpolator(driven[:, :2], driven[:, 2])(cells[around])
        depth = np.where(around, gaussian_filter(depth, _AROUND_CELLS, mode="nearest"), depth)
    moves = moves_at(field, np.concatenate([cells, depth[..., None]], axis=-1))[..., :2]
    return enlarged((moves * (size / 2)).astype(np.float32), size)


def enlarged(picture: Float32[np.ndarray, "h w *c"], size: int) -> Float32[np.ndarray, "size size *c"]:
    """More pixels along straight lines, edges going on."""
    for axis in (0, 1):
        n = picture.shape[axis]
        at = np.clip((np.arange(size) + 0.5) * n / size - 0.5, 0, n - 1)
        low = np.minimum(at.astype(int), n - 2)
        share = (at - low).astype(np.float32).reshape([-1 if a == axis else 1 for a in range(picture.ndim)])
        picture = picture.take(low, axis) * (1 - share) + picture.take(low + 1, axis) * share
    return np.ascontiguousarray(picture, np.float32)
