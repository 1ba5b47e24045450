"""The part of a hat that covers the skull: a dome over the convex hull of head and hair, down to a brim line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter

from thermvision.head.envelope import hull_radius
from thermvision.head.head_measures import HeadMeasures
from thermvision.head.sheets import grid_uv, sheet_triangles, turned_away_from
from thermvision.head.worn import WornMesh, worn_mesh

Lift = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class BrimLine:
    """Heights y of a hat's lower edge, mm, in the head frame."""

    front_mm: float
    side_mm: float
    back_mm: float

    def at(self, azimuth: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
        """Height at angles around the head, radians, 0 in front."""
        front = np.cos(azimuth) > 0
        end = np.where(front, self.front_mm, self.back_mm)
        return self.side_mm + (end - self.side_mm) * np.cos(azimuth) ** 2


@dataclass(frozen=True, slots=True)
class Crown:
    """A hat's dome and the loop of its brim, which peaks and brims grow from."""

    mesh: WornMesh
    azimuth: Float[np.ndarray, " n"]  # radians, 0 in front, from the back around
    brim_mm: Float[np.ndarray, "n 3"]
    centre_mm: Float[np.ndarray, " 3"]


def build_crown(
    head: HeadMeasures,
    line: BrimLine,
    lift_mm: Lift,
    surface: str,
    *,
    rows: int = 22,
    columns: int = 64,
    over_ears: bool = False,
) -> Crown:
    """A dome of (rows + 2) x (columns + 1) vertices around the hull of what lies above the brim line.

    lift_mm(azimuth, share, points) gives the distance of the cloth from that hull, mm; share runs from the top (0) to the
    brim (1). The last two rows roll the edge in to the skin, so that nobody looks under the dome.
    """
    skin = np.unique(head.triangles)
    points = head.skin_mm[skin]
    above = points[:, 1] < line.at(np.arctan2(points[:, 0], head.middle_z_mm - points[:, 2])) + 14.0
    covered = points[above & (over_ears | ~head.is_ear[skin])]
    centre = np.array([0.0, max(line.front_mm, line.side_mm) + 5.0, head.middle_z_mm])
    azimuth = np.linspace(-np.pi, np.pi, columns + 1)
    polar = np.linspace(0, np.radians(125), 180)
    direction = _direction(polar[:, None], azimuth[None])
    radius = hull_radius(covered, centre, direction)
    # The hull is a polyhedron: its facets would show as flat spots in the cloth.
    blurred = gaussian_filter(np.concatenate([radius[:, :-1]] * 3, axis=1), (5.0, 1.2))[:, columns : 2 * columns]
    radius = np.maximum(np.concatenate([blurred, blurred[:, :1]], axis=1), radius - 0.5)
    radius[0] = radius[0].mean()
    height = centre[1] + radius * direction[..., 1]
    # Below the hull's lowest points its underside runs inwards and may never reach the line: the brim stops there.
    wanted = np.minimum(line.at(azimuth), height.max(axis=0) - 1.0)
    end = polar[np.argmax(height >= wanted[None], axis=0)]
    end = gaussian_filter(np.concatenate([end[:-1]] * 3), 1.0)[columns : 2 * columns + 1]
    share = np.linspace(0, 1, rows)[:, None]
    turned = share * end[None]
    radius = np.stack([np.interp(turned[:, k], polar, radius[:, k]) for k in range(columns + 1)], axis=1)
    direction = _direction(turned, azimuth[None])
    lift = lift_mm(
        np.broadcast_to(azimuth[None], turned.shape),
        np.broadcast_to(share, turned.shape),
        centre + radius[..., None] * direction,
    )
    lift[:, -1] = lift[:, 0]
    lift[0] = lift[0].mean()
    points = centre + (radius + lift)[..., None] * direction
    under = centre + (radius[-1] - 4.0)[:, None] * direction[-1]
    rim = points[-1] + 0.45 * (under - points[-1]) + [0, 1.0, 0]
    grid = np.concatenate([points, rim[None], under[None]])
    vertices = grid.reshape(-1, 3)
    triangles = turned_away_from(centre, vertices, sheet_triangles(grid))
    contact = np.concatenate([np.exp(-lift / 6.0), np.full((2, columns + 1), 1.0)])
    mesh = worn_mesh(vertices, triangles, grid_uv(rows + 2, columns + 1), surface, contact=contact.ravel())
    return Crown(mesh, azimuth, points[-1], centre)


def _direction(polar: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
    x, y, z = np.broadcast_arrays(np.sin(polar) * np.sin(azimuth), -np.cos(polar), -np.sin(polar) * np.cos(azimuth))
    return np.stack([x, y, z], axis=-1)
