"""The outside of a head, for things that lie on it: its height over a plane, its radius, its convex hull."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates

from thermvision.head.raster import rasterize

_DEPTH_SCALE = 1e-5  # brings millimetres into the range of inverse depths the rasterizer takes
_FAR_MM = 700.0


@dataclass(frozen=True, slots=True)
class SurfaceMap:
    """A height over two plane coordinates: millimetres for `height_map`, radians around a pole for `radius_map`."""

    frame: Float[np.ndarray, "3 3"]  # rows: the two plane axes and the pole
    centre_mm: Float[np.ndarray, " 3"]
    low: Float[np.ndarray, " 2"]
    step: float
    height_mm: Float[np.ndarray, "h w"]

    def at(self, plane: Float[np.ndarray, "*n 2"], blur: float = 0.0) -> Float[np.ndarray, "*n"]:
        """Height at plane coordinates, in mm, optionally blurred by a Gaussian of `blur` plane units."""
        image = gaussian_filter(self.height_mm, blur / self.step) if blur > 0 else self.height_mm
        x, y = np.moveaxis((plane - self.low) / self.step - 0.5, -1, 0)
        return map_coordinates(image, [y, x], order=1, mode="nearest")


def plane_frame(pole: Float[np.ndarray, " 3"]) -> Float[np.ndarray, "3 3"]:
    """Right, down (as far as there is a down) and pole of someone who looks at the pole from outside."""
    pole = pole / np.linalg.norm(pole)
    down = np.array([0.0, 1.0, 0.0]) if abs(pole[1]) < 0.9 else np.array([0.0, 0.0, -1.0])
    down = down - (down @ pole) * pole
    down /= np.linalg.norm(down)
    return np.stack([np.cross(pole, down), down, pole])


def height_map(
    vertices_mm: Float[np.ndarray, "v 3"],
    triangles: Int[np.ndarray, "t 3"],
    pole: Float[np.ndarray, " 3"],
    step_mm: float = 1.0,
) -> SurfaceMap:
    """Height along `pole` of the outermost surface, over the plane across it; holes take the nearest height."""
    frame = plane_frame(pole)
    local = vertices_mm @ frame.T
    return _map(frame, np.zeros(3), local[:, :2], local[:, 2], triangles, step_mm)


def radius_map(
    vertices_mm: Float[np.ndarray, "v 3"],
    triangles: Int[np.ndarray, "t 3"],
    centre_mm: Float[np.ndarray, " 3"],
    pole: Float[np.ndarray, " 3"],
    step_rad: float = 0.012,
) -> SurfaceMap:
    """Distance of the outermost surface from a centre by direction; the plane is angle from the pole, all around it.

    Surfaces within 20 degrees of the direction opposite to the pole are left out: there the plane tears.
    """
    frame = plane_frame(pole)
    local = (vertices_mm - centre_mm) @ frame.T
    plane, radius = plane_of(local), np.linalg.norm(local, axis=1)
    near = (np.linalg.norm(plane, axis=1) < np.radians(160))[triangles].all(axis=1)
    return _map(frame, centre_mm, plane, radius, triangles[near], step_rad)


def plane_of(local: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 2"]:
    """Plane coordinates, in radians, of directions given in a frame's own axes."""
    sideways = np.hypot(local[..., 0], local[..., 1])
    angle = np.arctan2(sideways, local[..., 2])
    return local[..., :2] * (angle / np.maximum(sideways, 1e-9))[..., None]


def direction_of(plane: Float[np.ndarray, "*n 2"], frame: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "*n 3"]:
    """Unit vectors of plane coordinates in radians: the inverse of `plane_of`, out of the frame's axes."""
    angle = np.linalg.norm(plane, axis=-1, keepdims=True)
    local = np.concatenate([plane * np.sinc(angle / np.pi), np.cos(angle)], axis=-1)
    return local @ frame


def hull_radius(
    points_mm: Float[np.ndarray, "n 3"], centre_mm: Float[np.ndarray, " 3"], directions: Float[np.ndarray, "*m 3"]
) -> Float[np.ndarray, "*m"]:
    """Distance from a centre inside to the convex hull of points, by unit direction: where stretched cloth would lie."""
    from scipy.spatial import ConvexHull

    planes = np.unique(ConvexHull(points_mm - centre_mm).equations.round(5), axis=0)
    flat = directions.reshape(-1, 3)
    towards = flat @ planes[:, :3].T
    reach = np.where(towards > 1e-3, -planes[:, 3] / np.maximum(towards, 1e-3), np.inf)
    return reach.min(axis=1).reshape(directions.shape[:-1])


def _map(
    frame: np.ndarray, centre: np.ndarray, plane: np.ndarray, height: np.ndarray, triangles: np.ndarray, step: float
) -> SurfaceMap:
    low = plane[np.unique(triangles)].min(axis=0)
    size = np.ceil((plane[np.unique(triangles)].max(axis=0) - low) / step).astype(int) + 1
    projected = np.column_stack([(plane - low) / step, (height + _FAR_MM) * _DEPTH_SCALE]).astype(np.float32)
    seen, inverse = np.empty((size[1], size[0]), np.int32), np.empty((size[1], size[0]), np.float32)
    rasterize(projected, triangles.astype(np.int32), seen, inverse)
    nearest = distance_transform_edt(seen < 0, return_distances=False, return_indices=True)
    return SurfaceMap(frame, np.asarray(centre, float), low, step, inverse[tuple(nearest)] / _DEPTH_SCALE - _FAR_MM)
