"""The cap: hair that lies on the scalp, from the crown down to the hairline."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from thermvision.head.hair.cover import CAP_FROM_MM, cover_at_height
from thermvision.head.hair.mesh import HairMesh, sheet
from thermvision.head.hair.skull import CENTRE_MM, Skull, direction
from thermvision.head.hair.styles import Flow, HairStyle
from thermvision.head.sheets import smooth_step, soft_noise

LENGTH_MM = 1150.0  # along the strands, over the hair's texture
_RADIUS_MM = 100.0  # of the skull, about
_ROWS, _COLUMNS = 34, 88
_ROWS_DRAPED, _COLUMNS_DRAPED = 24, 64
_ROWS_CURLY, _COLUMNS_CURLY = 40, 104  # a curl is 8-15 mm across


def flow_pole(style: HairStyle) -> Float[np.ndarray, " 3"]:
    """The direction in which the cap's strands meet."""
    back = np.radians(style.gathered_deg if style.flow is Flow.GATHERED else 24.0)
    return np.array([0.0, -np.cos(back), np.sin(back)])


def strand_at(style: HairStyle, towards: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 2"]:
    """Place in the hair's texture of directions from the skull's centre: strands are lines of equal first coordinate."""
    x, y, z = np.moveaxis(towards, -1, 0)
    if style.flow is Flow.PARTED:
        # Strands lie in planes through an axis from side to side below the ears.
        fan = np.arctan2(-z, 0.55 - y)
        aside = _RADIUS_MM * (np.arcsin(np.clip(x, -1, 1)) - 0.45 * style.parting)
        return np.stack([0.5 + fan / (2 * np.pi), 0.5 + aside / LENGTH_MM], axis=-1)
    pole = flow_pole(style)
    forward = np.array([0.0, -pole[2], pole[1]])  # across the pole, towards the face
    around = np.arctan2(x, towards @ forward)
    along = _RADIUS_MM * np.arccos(np.clip(towards @ pole, -1, 1))
    # Clear of the middle, where a parting is painted.
    return np.stack([0.5 + 0.98 * around / (2 * np.pi), 0.6 + along / LENGTH_MM], axis=-1)


def cap_lift_mm(
    style: HairStyle, towards: Float[np.ndarray, "*n 3"], inside_mm: Float[np.ndarray, "*n"]
) -> Float[np.ndarray, "*n"]:
    """Height of the hair's surface over the scalp, without its unevenness; inside_mm: distance from the cap's edge."""
    top = smooth_step(-towards[..., 1], 0.0, 0.75)
    thickness = style.sides_mm + (style.thickness_mm - style.sides_mm) * top
    return thickness * smooth_step(inside_mm, -2.0, style.rise_mm) ** 0.8 + 0.4


def cap_warmth(
    style: HairStyle, inside_mm: Float[np.ndarray, "*n"], strand: Float[np.ndarray, "*n 2"]
) -> Float[np.ndarray, "*n"]:
    """Warmth of the cap by the distance from its edge, where it meets the painted roots, and from the parting."""
    warmth = np.asarray(1 - 0.94 * cover_at_height(inside_mm + CAP_FROM_MM))
    if style.flow is Flow.PARTED:
        warmth = np.maximum(warmth, 0.5 * np.exp(-np.abs(strand[..., 1] - 0.5) * LENGTH_MM / 16.0))
    return warmth


def build_cap(style: HairStyle, skull: Skull, rng: np.random.Generator) -> HairMesh:
    """The cap of one person's hair."""
    curly = style.curl_mm > 0 and style.drape is None
    rows, columns = (_ROWS_CURLY, _COLUMNS_CURLY) if curly else (_ROWS, _COLUMNS)
    if style.drape is not None:
        rows, columns = _ROWS_DRAPED, _COLUMNS_DRAPED  # little of it is seen
    azimuth = np.radians(np.linspace(-179.99, 179.99, columns + 1))
    share = np.linspace(1e-4, 1, rows)[:, None]
    edge = skull.hairline(azimuth)
    edge = edge + 0.013 * _around(azimuth, rng, 3, 9) + 0.005 * _around(azimuth, rng, 10, 26)
    polar = share * edge[None]
    towards = direction(polar, np.broadcast_to(azimuth, polar.shape))
    radius = skull.radius(towards)
    by_ears = smooth_step(polar, 0.9, 1.15) * smooth_step(np.abs(azimuth), 1.15, 1.35)
    radius = radius + by_ears * (skull.radius(towards, ears=True) - radius)
    inside_mm = (edge[None] - polar) * radius
    lift = cap_lift_mm(style, towards, inside_mm) * (1 - 0.5 * by_ears)  # it does not stand off over the ears
    strand = strand_at(style, towards)
    points = (CENTRE_MM + towards * radius[..., None]).reshape(-1, 3)
    uneven = 0.07 * soft_noise(points, rng, 60.0).reshape(lift.shape)
    combed = np.stack([strand[..., 0] * 560, strand[..., 1] * 90], axis=-1).reshape(-1, 2)
    uneven += 0.05 * soft_noise(combed, rng, 26.0).reshape(lift.shape)
    if style.curl_mm > 0:
        grown = np.clip(lift / style.thickness_mm, 0, 1)
        lumps = np.abs(soft_noise(points, rng, 30.0)) + 0.8 * np.abs(soft_noise(points, rng, 19.0)) - 1.1
        lift = lift + style.curl_mm * grown * lumps.reshape(lift.shape)
    lift = lift * (1 + uneven)
    lift[-1] = -2.0  # the edge is tucked into the skin: nobody looks under it
    warmth = cap_warmth(style, inside_mm, strand)
    return sheet(CENTRE_MM + towards * (radius + lift)[..., None], strand, warmth)


def _around(azimuth: np.ndarray, rng: np.random.Generator, low: int, high: int) -> np.ndarray:
    """A random periodic function of azimuth with unit variance."""
    order = np.arange(low, high)
    phase = rng.uniform(0, 2 * np.pi, len(order))
    return np.cos(azimuth[:, None] * order + phase).sum(axis=1) * np.sqrt(2 / len(order))
