"""What a person wears and how the hair is arranged in one session."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thermvision.head.face_mask import MASK_STYLES
from thermvision.head.hair import STYLES_BY_GENDER
from thermvision.head.headwear import HEADWEAR_STYLES
from thermvision.head.lens_shapes import GLASSES_STYLES
from thermvision.types import Gender

_NECKLINES = {
    "female": ("crew", "v_neck", "v_neck", "scoop", "turtleneck", "shirt"),
    "male": ("crew", "crew", "shirt", "shirt", "v_neck", "turtleneck"),
}
# Shares of sessions; 38 of 142 people of SpeakingFaces wear glasses (Abdrakhmanova et al. 2021), the others are choices.
WEARS_GLASSES, GLASSES_ON, SUNGLASSES, HEADWEAR, FACE_MASK = 0.27, 0.85, 0.03, 0.10, 0.05
_HEADWEAR_BY_GENDER = {
    "female": tuple(style for style in HEADWEAR_STYLES),
    "male": tuple(style for style in HEADWEAR_STYLES if style != "scarf"),
}


@dataclass(frozen=True, slots=True)
class Outfit:
    """Names of styles; empty where nothing is worn."""

    hair: str
    neckline: str
    glasses: str
    headwear: str
    face_mask: str


def draw_own_glasses(rng: np.random.Generator) -> str:
    """The spectacles a person owns, or none."""
    styles = [style for style in GLASSES_STYLES if style != "sunglasses"]
    style = str(rng.choice(styles))
    return style if rng.random() < WEARS_GLASSES else ""


def draw_outfit(gender: Gender, own_glasses: str, rng: np.random.Generator) -> Outfit:
    """A session's outfit; every draw is made whatever the others give, so one choice does not shift the rest.

    Hair is arranged anew: kept from session to session it would tell people apart without their faces (style names alone
    find the right one of ten people in 54 % of cases).
    """
    headwear, mask = str(rng.choice(_HEADWEAR_BY_GENDER[gender])), str(rng.choice(list(MASK_STYLES)))
    chance = rng.random(4)
    glasses = own_glasses if chance[0] < GLASSES_ON else ""
    if chance[1] < SUNGLASSES:
        glasses = "sunglasses"
    return Outfit(
        hair=str(rng.choice(STYLES_BY_GENDER[gender])),
        neckline=str(rng.choice(_NECKLINES[gender])),
        glasses=glasses,
        headwear=headwear if chance[2] < HEADWEAR else "",
        face_mask=mask if chance[3] < FACE_MASK else "",
    )
