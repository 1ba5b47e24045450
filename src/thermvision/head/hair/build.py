"""The hair of one person in one session, from its parts."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from thermvision.head.hair.cap import build_cap
from thermvision.head.hair.drape import build_drape
from thermvision.head.hair.fringe import build_fringe, build_overhang
from thermvision.head.hair.gathered import build_bun, build_tail, build_wisps
from thermvision.head.hair.mesh import HairMesh, join
from thermvision.head.hair.skull import measure_skull
from thermvision.head.hair.strays import build_strays
from thermvision.head.hair.styles import Flow, HairStyle
from thermvision.head.model import HeadModel


def build_hair(
    style: HairStyle,
    model: HeadModel,
    neutral_mm: Float32[np.ndarray, "v 3"],
    hairline_mm: float,
    rng: np.random.Generator,
) -> HairMesh | None:
    """The hair of one person in one session on their neutral mesh; None for a shaved head.

    hairline_mm: how far the hairline has receded above the average one.
    """
    if style.thickness_mm <= 0:
        return None
    skull = measure_skull(model, neutral_mm, hairline_mm + style.receded_mm, min(0.9 * style.sides_mm, 8.0))
    parts = [build_cap(style, skull, rng)]
    if style.drape is not None:
        parts += build_drape(style, style.drape, skull, rng)
    if style.fringe > 0:
        parts += build_fringe(style, skull, rng)
    if style.bun_mm > 0:
        parts.append(build_bun(style, skull, rng))
    if style.tail_below_joint_mm > 0:
        parts += build_tail(style, skull, rng)
    if style.wisps > 0:
        parts.append(build_wisps(style, skull, rng))
    if style.strays > 0:
        parts.append(build_strays(style, skull, rng))
    if style.strays > 0 and style.flow is Flow.WHORL:
        parts.append(build_overhang(style, skull, rng))
    return join(parts)
