"""Textures of a person in a session: temperature, emissivity and face share over skin, eyes, mouth, clothes and hair."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from thermvision.head.clothes import Neckline, depth_under_cloth_mm
from thermvision.head.hair import HairStyle
from thermvision.head.model import load_head_model
from thermvision.physiology.skin_map import beard_cover, brow_cover, skin_temperature
from thermvision.physiology.smooth_noise import smooth_field
from thermvision.portraits.hair_layer import root_cover
from thermvision.portraits.skin_points import head_texels
from thermvision.thermal.emissivity import EMISSIVITY

SIZE = 1024
BEARD_SHARE = 0.6  # of the way from skin to hair that a dense beard looks (estimate: 1 to 3 K cooler than skin)
LIMBUS_K = 0.45  # Efron et al. 1989: limbus against the centre of the cornea


def skin_layer(
    region_k: dict[str, float],
    identity: dict[str, float],
    neckline: Neckline,
    hair: HairStyle,
    rng: np.random.Generator,
) -> Float32[np.ndarray, "size size 3"]:
    """Layer 0: the head atlas. region_k as `physiology.region_model` draws it; hair: the style, which says how the roots cover the scalp."""
    texels = head_texels()
    names = load_head_model().part_names
    regions = {**region_k, "torso": region_k["neck_front"] - 0.3}
    temperature = skin_temperature(texels.skin, regions, rng)
    emissivity = np.full(len(temperature), EMISSIVITY["skin"], np.float32)
    face = texels.skin.face.copy()
    position = texels.skin.position_mm

    brows = brow_cover(texels.skin, rng, thickness_mm=2.7 + 1.5 * identity["gender"])
    temperature += 1.6 * brows * (regions["eyebrow"] - regions["forehead_bottom"])
    beard = beard_cover(texels.skin, rng, moustache=identity.get("moustache", 0.0), cheeks=identity.get("beard", 0.0))
    temperature += beard * (BEARD_SHARE * (regions["hair"] - temperature))

    roots = root_cover(texels, identity.get("hairline_mm", 0.0), identity.get("hair_density", 1.0), hair, rng)
    temperature += roots * (regions["hair"] - temperature)
    emissivity = np.where(roots > 0.5, np.float32(EMISSIVITY["hair"]), emissivity)
    face = np.where(roots > 0.5, 0, face)

    cover = np.clip(depth_under_cloth_mm(position, neckline) / 1.5 + 0.5, 0, 1)
    cover *= (position[:, 1] > 60) & (texels.part == 0) & ~texels.mouth
    cloth = _cloth_temperature(regions, position, depth_under_cloth_mm(position, neckline), rng)
    temperature += cover * (cloth - temperature)
    emissivity += cover * (EMISSIVITY["cotton"] - emissivity)
    face = face * (1 - cover)

    for side in ("left", "right"):
        ball = texels.part == names.index(f"eye_{side}")
        temperature[ball] = _eyeball_temperature(position[ball], regions[f"cornea_{side}"])
    lining = texels.socket
    cornea = np.where(position[lining, 0] > 0, regions["cornea_left"], regions["cornea_right"])
    temperature[lining] = cornea + LIMBUS_K + 0.1
    for part, region in (("teeth_upper", "teeth"), ("teeth_lower", "teeth"), ("tongue", "tongue")):
        temperature[texels.part == names.index(part)] = regions[region]
    return texels.atlas.image(np.stack([temperature, emissivity, face], axis=1).astype(np.float32))


def _eyeball_temperature(position: np.ndarray, cornea_k: float) -> np.ndarray:
    """Coolest at the middle of the cornea, warmer by `LIMBUS_K` at its rim and beyond; no iris, no pupil."""
    middle = position[position[:, 2].argmin(), :2]
    distance = np.hypot(*(position[:, :2] - middle).T)
    return cornea_k + LIMBUS_K * np.clip(distance / 7.0, 0, 1) ** 2


def _cloth_temperature(
    regions: dict[str, float], position: np.ndarray, depth: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Cloth is warm where it lies on the skin (neck edge, shoulders) and cooler where folds stand off."""
    folds = smooth_field(position * np.array([1.0, 0.5, 1.0], np.float32), rng, wavelength_mm=62.0)
    contact = 0.35 * np.exp(-np.clip(depth, 0, None) / 22.0) + 0.20 * np.exp(-(((position[:, 1] - 165) / 40) ** 2))
    contact = np.clip(contact + 0.10 * folds + 0.05, 0, 0.8)
    return regions["clothes"] + contact * (regions["neck_front"] - regions["clothes"])
