"""Ways to wear hair, as numbers the builders read."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import Enum


class Flow(Enum):
    """Where the strands of the cap come from or go to."""

    WHORL = "whorl"  # radiate from the crown, forward over the forehead
    PARTED = "parted"  # fall to both sides of a parting
    GATHERED = "gathered"  # run to a point at the back of the head


@dataclass(frozen=True, slots=True)
class Drape:
    """Hair that hangs from a parting down both sides of the face and behind it."""

    tips_below_joint_mm: float  # of the longest hair; the chin lies at about 75, the shoulders at about 125
    opening_deg: float  # angle from straight ahead at which its front edge hangs
    volume_mm: float  # how far it stands off the skull
    layers_mm: float = 0.0  # how much shorter it is in front
    wave_mm: float = 0.0
    turned_in: float = 0.0  # share of its radius the tips come in by
    pressed: bool = False  # flat on the skull, under a hat


@dataclass(frozen=True, slots=True)
class HairStyle:
    """Lengths in millimetres; a part of size 0 is not there."""

    thickness_mm: float  # of the cap over the crown; 0: shaved
    sides_mm: float = 0.0  # of the cap over the ears and at the nape
    flow: Flow = Flow.WHORL
    rise_mm: float = 26.0  # distance from the hairline at which the cap has its full thickness
    parting: float = 0.0  # where it divides, as a share of the head's half width, + on the subject's left
    receded_mm: float = 0.0  # of the hairline, beyond the person's own
    fringe: float = 0.0  # how far it comes down the forehead: 1 reaches the brows
    sweep_deg: float = 0.0  # sideways, of the fringe
    overhang_mm: float = 3.0  # of single tips over the hairline
    curl_mm: float = 0.0  # height of the lumps that curls make
    drape: Drape | None = None
    bun_mm: float = 0.0  # radius
    gathered_deg: float = 70.0  # where hair is tied, from the top of the head backwards
    tail_below_joint_mm: float = 0.0
    wisps: int = 0  # loose thin strands before the ears, a side
    strays: int = 60  # single strands that leave the outline
    roots: float = 1.0  # share of the scalp's warmth that hair at the roots hides


_PARTED, _GATHERED = Flow.PARTED, Flow.GATHERED
HAIR_STYLES = {
    "shaved": HairStyle(0.0, roots=0.3),
    "cropped": HairStyle(4.5, 3.0, rise_mm=18.0, overhang_mm=1.5, strays=60),
    "receding": HairStyle(8.0, 5.0, receded_mm=24.0, rise_mm=30.0, roots=0.8),
    "short": HairStyle(15.0, 6.0, fringe=0.22, overhang_mm=6.0, strays=160),
    "side_parted": HairStyle(19.0, 7.0, _PARTED, parting=0.38, rise_mm=18.0, strays=140),
    "swept_back": HairStyle(18.0, 7.0, _GATHERED, rise_mm=20.0, gathered_deg=105.0, strays=140),
    "fringe": HairStyle(17.0, 9.0, fringe=0.62, sweep_deg=7.0, strays=140),
    "curly": HairStyle(26.0, 15.0, curl_mm=2.6, rise_mm=20.0, overhang_mm=7.0, strays=150),
    "pixie": HairStyle(21.0, 11.0, fringe=0.6, sweep_deg=26.0, overhang_mm=5.0, wisps=4, strays=160),
    "bob": HairStyle(1.6, 1.6, _PARTED, parting=0.22, drape=Drape(88.0, 61.0, 17.0, turned_in=0.10)),
    "bob_fringe": HairStyle(1.6, 1.6, _PARTED, fringe=0.82, drape=Drape(84.0, 60.0, 17.0, turned_in=0.12)),
    "long": HairStyle(1.6, 1.6, _PARTED, parting=0.12, drape=Drape(240.0, 62.0, 15.0, layers_mm=30.0)),
    "long_wavy": HairStyle(
        1.6, 1.6, _PARTED, parting=-0.2, drape=Drape(215.0, 60.0, 20.0, layers_mm=40.0, wave_mm=6.0)
    ),
    "curly_long": HairStyle(
        2.0, 2.0, _PARTED, parting=0.1, curl_mm=1.2, strays=110, drape=Drape(150.0, 60.0, 26.0, 20.0, wave_mm=5.0)
    ),
    "tied": HairStyle(8.0, 6.0, _GATHERED, bun_mm=31.0, gathered_deg=42.0, wisps=4, overhang_mm=1.5, strays=70),
    "ponytail": HairStyle(
        9.0, 6.0, _GATHERED, gathered_deg=62.0, tail_below_joint_mm=185.0, wisps=4, overhang_mm=1.5, strays=70
    ),
}
STYLES_BY_GENDER = {
    "female": ("pixie", "bob", "bob_fringe", "long", "long", "long_wavy", "tied", "ponytail", "curly_long", "long_wavy"),
    "male": (
        "shaved", "cropped", "cropped", "receding", "short", "short", "side_parted", "swept_back", "fringe", "curly",
    ),
}  # fmt: skip


def pressed_down(style: HairStyle, thickness_mm: float) -> HairStyle:
    """The style as a hat leaves it: no thicker than given, without fringe, bun and lumps; what hangs stays."""
    drape = style.drape
    if drape is not None:  # it lies under the hat with the cap, which is as thick as others' hair there
        drape = dataclasses.replace(drape, volume_mm=min(drape.volume_mm, thickness_mm), pressed=True)
    return dataclasses.replace(
        style,
        thickness_mm=thickness_mm if drape else min(style.thickness_mm, thickness_mm),
        sides_mm=min(style.sides_mm, thickness_mm),
        fringe=0.0,
        curl_mm=0.0,
        bun_mm=0.0,
        strays=0,
        drape=drape,
    )
