"""Hair as geometry: a smooth cap on the scalp, sheets that hang from it, and fine strands that break their outline."""

from thermvision.head.hair.build import build_hair
from thermvision.head.hair.cover import cover_at_height, height_above_hairline_mm
from thermvision.head.hair.mesh import HairMesh
from thermvision.head.hair.styles import HAIR_STYLES, STYLES_BY_GENDER, Flow, HairStyle, pressed_down

__all__ = [
    "HAIR_STYLES",
    "STYLES_BY_GENDER",
    "Flow",
    "HairMesh",
    "HairStyle",
    "build_hair",
    "cover_at_height",
    "height_above_hairline_mm",
    "pressed_down",
]
