"""Where clothing begins: necklines as height over the turn around the neck."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32


@dataclass(frozen=True, slots=True)
class Neckline:
    """Heights of the edge, mm below the head joint; `notch_*` deepens it at the front."""

    front_mm: float
    side_mm: float
    back_mm: float
    notch_mm: float = 0.0
    notch_width_deg: float = 20.0
    thickness_mm: float = 5.0


NECKLINES = {
    "crew": Neckline(134.0, 114.0, 94.0),
    "v_neck": Neckline(128.0, 116.0, 92.0, notch_mm=85.0, notch_width_deg=22.0),
    "shirt": Neckline(112.0, 98.0, 82.0, notch_mm=55.0, notch_width_deg=13.0, thickness_mm=7.0),
    "turtleneck": Neckline(98.0, 88.0, 78.0, thickness_mm=5.0),
    "scoop": Neckline(150.0, 116.0, 98.0, thickness_mm=3.0),
}
_AXIS_Z_MM = 22.0  # the neck's axis lies behind the head joint


def depth_under_cloth_mm(points_mm: Float32[np.ndarray, "n 3"], neckline: Neckline) -> Float32[np.ndarray, " n"]:
    """Signed distance below the cloth's edge along the body, mm: positive where cloth covers; base-mesh coordinates."""
    x, y, z = points_mm.T
    turn = np.arctan2(np.abs(x), -(z - _AXIS_Z_MM))
    front, side, back = neckline.front_mm, neckline.side_mm, neckline.back_mm
    edge = np.where(
        turn < np.pi / 2, side + (front - side) * np.cos(turn) ** 2, side + (back - side) * np.cos(turn) ** 2
    )
    edge = edge + neckline.notch_mm * np.exp(-((np.degrees(turn) / neckline.notch_width_deg) ** 2))
    return (y - edge).astype(np.float32)
