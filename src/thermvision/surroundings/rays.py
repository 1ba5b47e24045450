"""Lines of sight of a frame into a room: what plane or box each meets first, and its temperature."""

from __future__ import annotations

from collections.abc import Callable

import numba as nb
import numpy as np
from jaxtyping import Float32

from thermvision.head.projection import View
from thermvision.motion.placing import Stand

Paint = Callable[[np.ndarray, np.ndarray], np.ndarray]  # points (n, 3) mm and depth (n,) mm to temperature K
SUPERSAMPLING = 2


class Rays:
    """Directions of all sub-pixels in the room's frame, the nearest hit so far and its temperature."""

    def __init__(self, view: View, stand: Stand) -> None:
        rows, columns = SUPERSAMPLING * view.height_px, SUPERSAMPLING * view.width_px
        focal = SUPERSAMPLING * view.focal_px
        y = ((np.arange(rows) + 0.5 - rows / 2) / focal).astype(np.float32)[:, None, None]
        x = ((np.arange(columns) + 0.5 - columns / 2) / focal).astype(np.float32)[None, :, None]
        turn = stand.camera_from_room.astype(np.float32)
        self.direction = (x * turn[0] + y * turn[1] + turn[2]).reshape(-1, 3)
        count = rows * columns
        self.depth = np.full(count, np.inf, np.float32)  # along the camera's axis
        self.temperature_k = np.zeros(count, np.float32)
        self.focal_px = focal
        self._owner = np.full(count, -1, np.int16)  # which of the paints
        self._paints: list[Paint] = []
        self._shape = (rows, columns)

    def plane(self, axis: int, at_mm: float, paint: Paint) -> None:
        """What lies in the whole plane where coordinate `axis` is `at_mm`."""
        _hit_plane(self.direction, axis, np.float32(at_mm), len(self._paints), self.depth, self._owner)
        self._paints.append(paint)

    def cutout(self, axis: int, at_mm: float, middle_mm: float, half_mm: float, paint: Paint) -> None:
        """Something flat in that plane, within `half_mm` of `middle_mm` along x; paint gives NaN where it is not."""
        with np.errstate(divide="ignore"):
            depth = np.float32(at_mm) / self.direction[:, axis]
        across = np.abs(self.direction[:, 0] * depth - np.float32(middle_mm)) < half_mm
        members = np.flatnonzero(across & (depth > 1) & (depth < self.depth))
        if len(members):
            value = paint(self.direction[members] * depth[members, None], depth[members])
            there = members[np.isfinite(value)]
            self.depth[there], self._owner[there] = depth[there], -1
            self.temperature_k[there] = value[np.isfinite(value)]

    def box(self, low_mm: tuple[float, float, float], high_mm: tuple[float, float, float], paint: Paint) -> None:
        """An upright box."""
        low, high = np.array(low_mm, np.float32), np.array(high_mm, np.float32)
        _hit_box(self.direction, low, high, len(self._paints), self.depth, self._owner)
        self._paints.append(paint)

    def sky(self, paint: Callable[[np.ndarray], np.ndarray]) -> None:
        """What is seen where nothing else is; paint takes directions (n, 3)."""
        free = np.flatnonzero(~np.isfinite(self.depth))
        if len(free):
            self.temperature_k[free] = paint(self.direction[free])

    def paint(self) -> None:
        """Temperatures of all planes and boxes, once: what is hidden need not be painted."""
        for number, paint in enumerate(self._paints):
            members = np.flatnonzero(self._owner == number)
            if len(members):
                depth = self.depth[members]
                self.temperature_k[members] = paint(self.direction[members] * depth[:, None], depth)

    def image_k(self) -> Float32[np.ndarray, "h w"]:
        """The mean of each pixel's sub-pixels."""
        return self._mean(self.temperature_k)

    def inverse_depth(self) -> Float32[np.ndarray, "h w"]:
        """1 / depth by pixel, 0 for the sky."""
        return self._mean(1 / self.depth)

    def _mean(self, values: np.ndarray) -> np.ndarray:
        s = SUPERSAMPLING
        cut = values.reshape(self._shape[0] // s, s, self._shape[1] // s, s)
        return np.asarray(cut.mean(axis=(1, 3), dtype=np.float32))


@nb.njit(cache=True)
def _hit_plane(direction, axis, at, number, depth, owner):  # type: ignore[no-untyped-def]
    for i in range(len(direction)):
        along = direction[i, axis]
        if along * at > 0:
            here = at / along
            if here > 1 and here < depth[i]:
                depth[i], owner[i] = here, number


@nb.njit(cache=True, error_model="numpy")
def _hit_box(direction, low, high, number, depth, owner):  # type: ignore[no-untyped-def]
    for i in range(len(direction)):
        near, far = np.float32(1.0), depth[i]
        for axis in range(3):
            first, second = low[axis] / direction[i, axis], high[axis] / direction[i, axis]
            near, far = max(near, min(first, second)), min(far, max(first, second))
        if near < far and near > 1:
            depth[i], owner[i] = near, number


def band(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """Whether values lie between two limits."""
    return (value > low) & (value < high)
