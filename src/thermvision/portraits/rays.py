"""Lines of sight of a frame into a room: what plane or box each meets first, and its temperature."""

from __future__ import annotations

from collections.abc import Callable

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
        y, x = np.meshgrid(np.arange(rows) + 0.5 - rows / 2, np.arange(columns) + 0.5 - columns / 2, indexing="ij")
        camera = np.stack([x / focal, y / focal, np.ones_like(x)], axis=-1).reshape(-1, 3)
        self.direction = (camera @ stand.camera_from_room).astype(np.float32)
        self.depth = np.full(len(camera), np.inf, np.float32)  # along the camera's axis
        self.temperature_k = np.zeros(len(camera), np.float32)
        self.focal_px = focal
        self._owner = np.full(len(camera), -1, np.int16)  # which of the paints
        self._paints: list[Paint] = []
        self._shape = (rows, columns)

    def plane(self, axis: int, at_mm: float, paint: Paint) -> None:
        """What lies in the whole plane where coordinate `axis` is `at_mm`."""
        depth = self._to_plane(axis, at_mm)
        self._own((depth > 1) & (depth < self.depth), depth, paint)

    def cutout(self, axis: int, at_mm: float, middle_mm: float, half_mm: float, paint: Paint) -> None:
        """Something flat in that plane, within `half_mm` of `middle_mm` along x; paint gives NaN where it is not."""
        depth = self._to_plane(axis, at_mm)
        across = np.abs(self.direction[:, 0] * depth - np.float32(middle_mm)) < half_mm
        members = np.flatnonzero(across & (depth > 1) & (depth < self.depth))
        if len(members):
            value = paint(self.direction[members] * depth[members, None], depth[members])
            there = members[np.isfinite(value)]
            self.depth[there], self._owner[there] = depth[there], -1
            self.temperature_k[there] = value[np.isfinite(value)]

    def _to_plane(self, axis: int, at_mm: float) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.asarray(np.float32(at_mm) / self.direction[:, axis])

    def box(self, low_mm: tuple[float, float, float], high_mm: tuple[float, float, float], paint: Paint) -> None:
        """An upright box."""
        with np.errstate(divide="ignore", invalid="ignore"):
            first, second = (np.array(side, np.float32) / self.direction for side in (low_mm, high_mm))
        near, far = np.minimum(first, second).max(axis=1), np.maximum(first, second).min(axis=1)
        self._own((near < far) & (near > 1) & (near < self.depth), near, paint)

    def sky(self, paint: Callable[[np.ndarray], np.ndarray]) -> None:
        """What is seen where nothing else is; paint takes directions (n, 3)."""
        free = np.flatnonzero(~np.isfinite(self.depth))
        self.temperature_k[free] = paint(self.direction[free])

    def _own(self, where: np.ndarray, depth: np.ndarray, paint: Paint) -> None:
        """Painting waits until all is there: what is hidden need not be painted."""
        self.depth[where], self._owner[where] = depth[where], len(self._paints)
        self._paints.append(paint)

    def paint(self) -> None:
        """Temperatures of all that has been put in, once."""
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


def band(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """Whether values lie between two limits."""
    return (value > low) & (value < high)
