"""What a person wears below the neck in one session: kinds of garment, where they end, how loose and how warm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thermvision.types import Gender

LOWER = {"female": ("trousers", "trousers", "trousers", "skirt", "dress"), "male": ("trousers",)}
_WARM_ROOM_C = 24.0


@dataclass(frozen=True, slots=True)
class Outfit:
    """Lengths are shares along arm and leg as in `measures`."""

    sleeve: float
    lower: str  # trousers, shorts, skirt, dress
    leg: float  # where trousers end, or a skirt
    hem_mm: float  # of the upper garment, below the head joint
    ease_mm: float  # how far cloth hangs off the body
    lower_ease_mm: float
    open_front: bool  # jacket or cardigan with a front edge
    stripe_mm: float  # a chest stripe's height below the head joint, 0 for none
    upper_k: float  # against the session's clothes
    lower_k: float
    shoes_k: float  # above the room
    hand_k: float  # above the room
    forearm_k: float  # below the neck's skin


def draw_outfit(gender: Gender, neckline: str, room_c: float, rng: np.random.Generator) -> Outfit:
    """An outfit that goes with the neckline and the weather."""
    warm = 1 / (1 + np.exp(-(room_c - _WARM_ROOM_C) / 2.5))
    short = rng.random() < (0.0 if neckline == "turtleneck" else 0.2 + 0.5 * warm)
    lower = str(rng.choice(LOWER[gender]))
    if lower == "trousers" and rng.random() < 0.35 * warm:
        lower = "shorts"
    ends = {"trousers": (1.02, 1.06), "shorts": (0.36, 0.5), "skirt": (0.38, 0.75), "dress": (0.38, 0.8)}[lower]
    return Outfit(
        sleeve=float(rng.uniform(0.3, 0.5) if short else rng.choice([rng.uniform(0.7, 0.85), 1.0, 1.0, 1.0, 1.02])),
        lower=lower,
        leg=float(rng.uniform(*ends)),
        hem_mm=float(rng.uniform(505, 545) if lower in ("skirt", "dress") else rng.uniform(640, 745)),
        ease_mm=float(rng.uniform(8, 20)),
        lower_ease_mm=-6.0 if lower in ("skirt", "dress") else float(rng.uniform(6, 17)),
        open_front=not short and bool(rng.random() < 0.35),
        stripe_mm=float(rng.uniform(280, 420)) if rng.random() < 0.2 else 0.0,
        upper_k=float(rng.normal(0, 0.4)),
        lower_k=float(rng.normal(-0.6, 0.7)),
        shoes_k=float(rng.uniform(0.5, 4.0)),
        hand_k=float(rng.uniform(3.5, 10.5)),
        forearm_k=float(rng.uniform(0.8, 2.6)),
    )
