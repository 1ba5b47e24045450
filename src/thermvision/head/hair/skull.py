"""The head under the hair, as seen from a point inside: how far the skin is in each direction, and where hair begins."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from thermvision.head.envelope import SurfaceMap, plane_of, radius_map
from thermvision.head.hair.cover import CAP_FROM_MM, height_above_hairline_mm
from thermvision.head.hair.mesh import AXIS_Z_MM
from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.model import HeadModel

CENTRE_MM = np.array([0.0, -60.0, AXIS_Z_MM])
_UP = np.array([0.0, -1.0, 0.0])
_STEP_RAD, _BLUR_RAD = 0.045, 0.063  # the scalp's triangles are large: their corners must not show in the hair
_BINS = 180
_BROWS = (70, 63, 105, 66, 107, 300, 293, 334, 296, 336)


@dataclass(frozen=True, slots=True)
class Skull:
    """Directions are given by the angle from the top and the azimuth, radians, 0 in front, + on the subject's left."""

    bare: SurfaceMap  # without ears
    with_ears: SurfaceMap
    hairline_rad: Float[np.ndarray, " bins"]  # angle from the top at which the cap ends, by azimuth from -180 degrees
    brow_y_mm: float
    chest_mm: Float[np.ndarray, "n 3"]  # skin below the chin, in front
    back_mm: Float[np.ndarray, "m 3"]

    def radius(self, direction: Float[np.ndarray, "*n 3"], *, ears: bool = False) -> Float[np.ndarray, "*n"]:
        """Distance of the skin from the centre along unit vectors."""
        surface = self.with_ears if ears else self.bare
        return surface.at(plane_of(direction @ surface.frame.T))

    def hairline(self, azimuth: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
        """Angle from the top of the head's edge of hair."""
        place = (azimuth / (2 * np.pi) + 0.5) * _BINS - 0.5
        return np.interp(place, np.arange(_BINS), self.hairline_rad, period=_BINS)


def direction(polar: Float[np.ndarray, "..."], azimuth: Float[np.ndarray, "..."]) -> Float[np.ndarray, "... 3"]:
    """Unit vectors of an angle from the top and an azimuth, radians; shapes that broadcast."""
    polar, azimuth = np.broadcast_arrays(polar, azimuth)
    return np.stack([np.sin(polar) * np.sin(azimuth), -np.cos(polar), -np.sin(polar) * np.cos(azimuth)], axis=-1)


def measure_skull(
    model: HeadModel, neutral_mm: Float32[np.ndarray, "v 3"], hairline_mm: float, over_ears_mm: float
) -> Skull:
    """The skull of one person's neutral mesh.

    hairline_mm: how far it has receded above the average one; over_ears_mm: how far hair hangs over the ears' tops.
    """
    skin = model.triangles[model.triangle_part == 0]
    ear = np.maximum(model.vertex_masks["ear_left"], model.vertex_masks["ear_right"]) > 0.5
    head = skin[(neutral_mm[skin, 1] < 105).all(axis=1)]
    no_ears = head[~ear[head].any(axis=1)]
    height = height_above_hairline_mm(
        model.vertex_masks["scalp_height_mm"], model.base_mm[: model.num_vertices], hairline_mm
    )
    low = np.zeros(len(neutral_mm), bool)
    low[skin] = True
    low &= neutral_mm[:, 1] > 85
    front = neutral_mm[:, 2] < 5
    brows = landmark_positions_mm(model, neutral_mm, "478")[list(_BROWS), 1]
    return Skull(
        _blurred(radius_map(neutral_mm, no_ears, CENTRE_MM, _UP, _STEP_RAD)),
        _blurred(radius_map(neutral_mm, head, CENTRE_MM, _UP, _STEP_RAD)),
        _hairline(neutral_mm, no_ears, np.where(ear, -8.0, height - CAP_FROM_MM), over_ears_mm),
        float(brows.mean()),
        neutral_mm[low & front].astype(float),
        neutral_mm[low & ~front].astype(float),
    )


def _blurred(surface: SurfaceMap) -> SurfaceMap:
    return dataclasses.replace(surface, height_mm=gaussian_filter(surface.height_mm, _BLUR_RAD / _STEP_RAD))


def _hairline(points: np.ndarray, triangles: np.ndarray, height: np.ndarray, over_ears_mm: float) -> np.ndarray:
    """Where the edges of triangles cross height 0, as angle from the top by azimuth."""
    edges = np.concatenate([triangles[:, [k, (k + 1) % 3]] for k in range(3)])
    edges = edges[(height[edges[:, 0]] > 0) != (height[edges[:, 1]] > 0)]
    start, end = height[edges[:, 0]], height[edges[:, 1]]
    share = (start / (start - end))[:, None]
    local = points[edges[:, 0]] * (1 - share) + points[edges[:, 1]] * share - CENTRE_MM
    polar = np.arccos(np.clip(-local[:, 1] / np.linalg.norm(local, axis=1), -1, 1))
    azimuth = np.arctan2(local[:, 0], -local[:, 2])
    bins = np.clip(((azimuth / (2 * np.pi) + 0.5) * _BINS).astype(int), 0, _BINS - 1)
    out = np.full(_BINS, np.inf)
    np.minimum.at(out, bins, polar)
    at = (np.arange(_BINS) + 0.5) * 360.0 / _BINS - 180.0
    known = np.flatnonzero(np.isfinite(out))
    out[known] += over_ears_mm / 85.0 * np.exp(-(((np.abs(at[known]) - 95.0) / 20.0) ** 4))
    # At the temples the skin turns away and would show as a dark band before the cap.
    out[known] += 5.0 / 95.0 * np.exp(-(((np.abs(at[known]) - 60.0) / 20.0) ** 4))
    filled = np.interp(np.arange(_BINS), known, out[known], period=_BINS)
    return gaussian_filter1d(filled, 1.6, mode="wrap")
