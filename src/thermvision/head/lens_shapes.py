"""Outlines of lenses and which frame goes with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, slots=True)
class GlassesStyle:
    """Sizes in millimetres of one lens before it is scaled to the face."""

    half_width_mm: float
    half_height_mm: float
    squareness: float  # exponent of the superellipse: 2 is an ellipse
    materials: tuple[Literal["frame_metal", "frame_plastic"], ...]  # one is drawn
    taper: float = 0.0  # how much narrower the lower half is than the upper
    droop_mm: float = 0.0  # an aviator's outer lower bulge
    drop_mm: float = 1.5  # the lens centre lies this far below the pupil
    upper_rim_only: bool = False


GLASSES_STYLES = {
    "rectangular": GlassesStyle(23.5, 14.5, 4.5, ("frame_metal", "frame_plastic"), taper=0.06),
    "round": GlassesStyle(21.5, 20.5, 2.0, ("frame_metal", "frame_metal", "frame_plastic"), drop_mm=2.0),
    "pantos": GlassesStyle(23.0, 19.5, 2.5, ("frame_plastic", "frame_plastic", "frame_metal"), taper=0.14, drop_mm=2.5),
    "aviator": GlassesStyle(26.0, 22.5, 2.5, ("frame_metal",), taper=0.10, droop_mm=4.0, drop_mm=6.0),
    "sunglasses": GlassesStyle(26.0, 20.5, 3.0, ("frame_plastic",), taper=0.10, droop_mm=1.5, drop_mm=4.0),
    "half_rim": GlassesStyle(23.5, 14.0, 3.8, ("frame_metal", "frame_plastic"), taper=0.08, upper_rim_only=True),
}


def outline(style: GlassesStyle, half_width_mm: float, angle: Float[np.ndarray, " n"]) -> Float[np.ndarray, "n 2"]:
    """Edge of the left lens (image right) around its centre: x outwards from the nose, y down, mm.

    angle: radians from the outer side, turning upwards.
    """
    c, s = np.cos(angle), np.sin(angle)
    scale = half_width_mm / style.half_width_mm
    power = 2 / style.squareness
    x = half_width_mm * np.sign(c) * np.abs(c) ** power
    y = -style.half_height_mm * (0.4 + 0.6 * scale) * np.sign(s) * np.abs(s) ** power
    low = np.clip(y / style.half_height_mm, 0, 1)
    x = x * (1 - style.taper * low)
    # The nose widens downwards: the lower inner corner gives way to it.
    x = x + style.droop_mm * 0.6 * low * (1 - low * 0.4)
    y = y + style.droop_mm * 0.5 * np.clip(x / half_width_mm, -1, 1) * low
    return np.stack([x, y], axis=1)
