"""Hair over the forehead: a soft curtain of overlapping narrow strips, and the short tips that hang over any hairline."""

from __future__ import annotations

import dataclasses

import numpy as np

from thermvision.head.hair.cap import cap_lift_mm, cap_warmth, strand_at
from thermvision.head.hair.mesh import HairMesh, sheet, strips
from thermvision.head.hair.skull import CENTRE_MM, Skull, direction
from thermvision.head.hair.styles import Flow, HairStyle
from thermvision.head.sheets import smooth_step

_HALF_WIDTH_DEG = 58.0
_STEPS = 7
_INSIDE_RAD = 0.45  # where it leaves the cap, above the hairline
_STRIPS, _TIPS = 210, 110


def build_fringe(style: HairStyle, skull: Skull, rng: np.random.Generator) -> list[HairMesh]:
    """A sheet that ends above the tips, and strips over it that end in points."""
    phase = rng.uniform(0, 2 * np.pi, 5)
    azimuth = np.radians(np.linspace(-_HALF_WIDTH_DEG, _HALF_WIDTH_DEG, 41))
    points, strand, warmth = _fall(style, skull, azimuth, 0.66 * _reach(style, azimuth, phase), 0.0)
    single = np.sort(np.radians(rng.uniform(-_HALF_WIDTH_DEG, _HALF_WIDTH_DEG, _STRIPS)))
    reach = _reach(style, single, phase) * _lengths(rng)
    path, along, warm = _fall(style, skull, single, reach, rng.uniform(0.2, 1.6, _STRIPS))
    taper = np.array([1, 1, 1, 0.9, 0.8, 0.65, 0.4])
    width = rng.uniform(1.3, 3.0, (_STRIPS, 1)) * taper
    return [sheet(points, strand, warmth), strips(path, width, along, warm)]


def _lengths(rng: np.random.Generator) -> np.ndarray:
    """Shares of the fringe's length: fewer and fewer strands reach down, so that it thins out instead of ending."""
    return np.where(rng.random(_STRIPS) < 0.25, rng.uniform(0.95, 1.12, _STRIPS), rng.uniform(0.72, 1.0, _STRIPS))


def _reach(style: HairStyle, azimuth: np.ndarray, phase: np.ndarray) -> np.ndarray:
    """How far down the fringe comes, 1: the brows; shorter towards the temples, uneven."""
    order = np.array([3.0, 7.0, 12.0, 19.0, 29.0])
    uneven = np.cos(azimuth[:, None] * order + phase) @ [0.14, 0.09, 0.06, 0.05, 0.04]
    return style.fringe * (1 - 0.35 * (np.abs(azimuth) / np.radians(_HALF_WIDTH_DEG)) ** 4) * (1 + uneven)


def _fall(
    style: HairStyle, skull: Skull, azimuth: np.ndarray, reach: np.ndarray, raised_mm: np.ndarray | float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Paths (n, steps, 3) from inside the cap down the forehead, their texture coordinates and warmth."""
    t = np.linspace(0, 1, _STEPS)[None]
    edge = skull.hairline(azimuth)
    brow = np.arccos(np.clip(-(skull.brow_y_mm - CENTRE_MM[1]) / 100.0, -1, 1))
    end = edge + reach * np.maximum(brow - edge, 0.12)
    lowest = edge + style.fringe * np.maximum(brow - edge, 0.12)
    polar = (edge - _INSIDE_RAD)[:, None] + t * (end - edge + _INSIDE_RAD)[:, None]
    turned = azimuth[:, None] * (0.86 + 0.14 * t) + np.radians(style.sweep_deg) * (t - 0.45)
    towards = direction(polar, turned)
    radius = skull.radius(towards)
    inside_mm = (skull.hairline(turned) - polar) * radius
    on_cap = cap_lift_mm(style, towards, inside_mm) + 0.6
    volume = max(style.thickness_mm, style.drape.volume_mm if style.drape else 0.0)
    middle = 1 - smooth_step(np.abs(azimuth), np.radians(28), np.radians(_HALF_WIDTH_DEG))[:, None]
    off_skin = (2.6 + 0.42 * volume * (1 - smooth_step(t, 0.35, 1.0))) * (0.15 + 0.85 * middle)
    lift = np.maximum(on_cap, off_skin) + np.reshape(raised_mm, (-1, 1)) * np.ones_like(t)
    lift[:, 0] -= 2.5  # it comes out from under the cap
    forward = dataclasses.replace(style, flow=Flow.WHORL)
    strand = strand_at(forward, towards)
    strand[..., 0] = strand[:, :1, 0]  # strands stay whole where the fringe is swept aside
    beyond = smooth_step(inside_mm, 5.0, -18.0)
    off_mm = 95.0 * (lowest[:, None] - polar)
    # Towards the temples it is as thin as the hairline there; single tips let the skin's warmth through.
    warmth = 0.11 + (1 - 0.8 * middle) * (cap_warmth(forward, np.maximum(inside_mm, 0.0), strand) - 0.06)
    warmth = np.maximum(warmth, 0.22 * beyond) + 0.36 * smooth_step(off_mm, 9.0, -1.0) * beyond
    return CENTRE_MM + towards * (radius + lift)[..., None], strand, warmth


def build_overhang(style: HairStyle, skull: Skull, rng: np.random.Generator) -> HairMesh:
    """Fine tips over the hairline all around, so that it is no line."""
    azimuth = rng.uniform(-np.pi, np.pi, _TIPS)
    front = np.abs(azimuth) < np.radians(70)
    length = style.overhang_mm * rng.uniform(0.1, 1.0, _TIPS) * np.where(front, 1.0, 0.4)
    t = np.linspace(0, 1, 5)[None]
    edge = skull.hairline(azimuth)
    polar = edge[:, None] + (t * (16.0 + length)[:, None] - 16.0) / 95.0
    towards = direction(polar, azimuth[:, None] + rng.normal(0.02, 0.05, (_TIPS, 1)) * t)
    radius = skull.radius(towards)
    lift = cap_lift_mm(style, towards, (edge[:, None] - polar) * radius) + 0.4 + 0.8 * t
    width = rng.uniform(1.0, 2.6, (_TIPS, 1)) * np.array([1, 1, 0.8, 0.55, 0.2])
    strand = strand_at(style, towards)
    inside_mm = (edge[:, None] - polar) * radius
    warmth = 0.95 * cap_warmth(style, np.maximum(inside_mm, 0.0), strand) + 0.03 * smooth_step(inside_mm, 0.0, -6.0)
    return strips(CENTRE_MM + towards * (radius + lift)[..., None], width, strand, warmth)
