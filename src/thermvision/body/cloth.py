"""How warm clothes and bare limbs are: contact with the skin warms cloth, folds and hems stand off and are cooler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from thermvision.body.measures import Measures
from thermvision.body.outfit import Outfit
from thermvision.head.sheets import smooth_step
from thermvision.physiology.smooth_noise import smooth_field
from thermvision.rng import rng

CLOTH, SKIN = 0.88, 0.98  # emissivity
Field = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class Folds:
    """Random fields over the average body at rest, the same wherever they are asked for: bust and body join."""

    seed: int

    def __call__(self, points_mm: np.ndarray, number: int, wavelength_mm: float) -> np.ndarray:
        """Field `number`, unit variance, at points (n, 3)."""
        stream = rng(self.seed, "folds", number)
        return smooth_field(np.ascontiguousarray(points_mm, np.float32), stream, wavelength_mm=wavelength_mm)


def draw_folds(stream: np.random.Generator) -> Folds:
    """The folds of one outfit."""
    return Folds(int(stream.integers(2**31)))


def covered(m: Measures, outfit: Outfit) -> tuple[np.ndarray, np.ndarray]:
    """Share covered by the upper and by the lower garment, (n,), edges a few millimetres soft; the neckline is not asked."""
    y = m.position_mm[:, 1]
    sleeve = smooth_step(m.arm, outfit.sleeve + 0.006, outfit.sleeve - 0.006) * (1 - m.on_hand)
    upper = np.where(m.on_arm > 0.5, sleeve, smooth_step(y, outfit.hem_mm + 4, outfit.hem_mm - 4))
    lower = smooth_step(m.leg, outfit.leg + 0.006, outfit.leg - 0.006) * (m.on_arm < 0.5) * (1 - upper)
    if outfit.lower in ("skirt", "dress"):
        lower = lower * smooth_step(m.leg, 0.15, 0.1)  # what is under the skirt's own mesh
    return upper.astype(np.float32), lower.astype(np.float32)


def upper_k(m: Measures, outfit: Outfit, region_k: dict[str, float], folds: Folds) -> Float32[np.ndarray, " n"]:
    """Temperature of the upper garment, K."""
    y, z = m.position_mm[:, 1], m.position_mm[:, 2]
    warm = 0.30 * np.exp(-(((y - 125) / 55) ** 2))  # on the shoulders
    warm = warm + 0.16 * np.exp(-(((y - 260) / 90) ** 2)) * smooth_step(z, -60, -120)  # chest
    warm = warm + 0.12 * np.exp(-(((y - 300) / 110) ** 2)) * smooth_step(z, 40, 110)  # shoulder blades
    warm = warm + 0.10 * np.exp(-(((y - 560) / 60) ** 2)) * smooth_step(z, -60, -110)  # belly
    sleeve = 0.12 + 0.16 * np.exp(-(((m.arm - 0.5) / 0.08) ** 2))  # warm at the elbow
    warm = warm + smooth_step(m.on_arm, 0.15, 0.95) * (sleeve - warm)
    loose = smooth_step(y, outfit.hem_mm - 130, outfit.hem_mm - 10) * (m.on_arm < 0.5)
    hang = m.position_mm * np.array([1.0, 0.38, 1.0], np.float32)
    soft = folds(hang, 1, 150.0)
    crease = _crease(folds, hang + 18.0 * soft[:, None], 2, 105.0)
    near_bend = 0.35 + 0.8 * np.exp(-(((y - 590) / 70) ** 2)) * (m.on_arm < 0.5)
    near_bend = near_bend + 0.8 * np.exp(-(((m.arm - 0.5) / 0.13) ** 2)) * (m.on_arm > 0.5)
    share = np.clip(0.10 + warm - 0.10 * loose + 0.075 * soft - 0.14 * near_bend * crease, 0, 0.8)
    level = region_k["clothes"] + outfit.upper_k
    temperature = level + share * (region_k["neck_front"] - level)
    return (temperature + _details(m, outfit)).astype(np.float32)


def _details(m: Measures, outfit: Outfit) -> np.ndarray:
    """Seams, hems, a front edge and a stripe: double cloth is cooler, dye and print change little but visibly."""
    x, y, z = m.position_mm.T
    trunk = m.on_arm < 0.5
    hem = np.exp(-(((outfit.hem_mm - y - 14) / 9) ** 2)) * trunk
    cuff = np.exp(-((np.minimum(abs(outfit.sleeve - m.arm - 0.03), 1) / 0.016) ** 2)) * (m.on_arm > 0.5)
    total = -0.35 * hem - 0.4 * cuff
    if outfit.open_front:
        edge = np.where(z < -20, np.abs(x - 6), 1e3)
        total = total - 0.8 * np.exp(-((edge / 3.5) ** 2)) - 0.25 * (edge < 22)
    if outfit.stripe_mm:
        band = np.abs(np.where(trunk, y - outfit.stripe_mm, 800 * (m.arm - 0.3)))
        total = total - 0.7 * smooth_step(band, 13, 9)
    return np.asarray(total)


def lower_k(m: Measures, outfit: Outfit, region_k: dict[str, float], folds: Folds) -> Float32[np.ndarray, " n"]:
    """Temperature of trousers, K."""
    x, y, z = m.position_mm.T
    knee = np.exp(-(((m.leg - 0.5) / 0.06) ** 2)) * smooth_step(z, 0, -50)
    thigh = np.exp(-(((m.leg - 0.27) / 0.13) ** 2))
    seat = np.exp(-(((y - 690) / 70) ** 2)) * smooth_step(z, 30, 90)
    hang = m.position_mm * np.array([1.0, 0.35, 1.0], np.float32)
    soft = folds(hang, 3, 140.0)
    crease = _crease(folds, hang + 16.0 * soft[:, None], 4, 95.0)
    bends = np.exp(-(((m.leg - 0.52) / 0.1) ** 2)) + np.exp(-(((m.leg - 0.03) / 0.1) ** 2))
    bends = bends + smooth_step(m.leg, 0.8, 1.0)
    share = 0.08 + 0.22 * knee + 0.16 * thigh + 0.2 * seat + 0.07 * soft - 0.13 * (0.3 + bends) * crease
    level = region_k["clothes"] + outfit.lower_k
    temperature = level + np.clip(share, 0, 0.7) * (region_k["neck_front"] - 0.5 - level)
    belt = np.exp(-(((y - 612) / 14) ** 2)) * (m.leg < 0.2)
    pocket = (
        np.exp(-((((np.abs(x) - 105) * 0.8 + (y - 690)) / 5) ** 2)) * (z < 0) * (np.abs(x) > 75) * (np.abs(x) < 150)
    )
    seam = np.exp(-((x / 3.0) ** 2)) * (m.leg < 0.12)
    return np.asarray(temperature - 0.8 * belt - 0.35 * pocket - 0.3 * seam, np.float32)


def _crease(folds: Folds, points_mm: np.ndarray, number: int, wavelength_mm: float) -> np.ndarray:
    """Soft lines, 0-1, that begin and end: where a smooth field crosses zero cloth is folded double."""
    line = np.exp(-((folds(points_mm, number, wavelength_mm) / 0.4) ** 2))
    return np.asarray(line * np.clip(0.25 + folds(points_mm, number + 20, 1.4 * wavelength_mm), 0, 1.3))


def bare_k(
    m: Measures, outfit: Outfit, region_k: dict[str, float], room_k: float, folds: Folds
) -> Float32[np.ndarray, " n"]:
    """Temperature of bare arms, hands and legs, K: cooler the further from the trunk, hands by their own blood flow."""
    neck = region_k["neck_front"]
    calm = 1 - 0.85 * m.on_hand  # fingers lie over each other in the picture: detail would break up
    patches = calm * (0.35 * folds(m.position_mm, 5, 75.0) + 0.15 * folds(m.position_mm, 6, 24.0))
    upper_arm = neck - 0.5 * outfit.forearm_k
    forearm = neck - outfit.forearm_k
    hand = min(room_k + outfit.hand_k, forearm + 1.0)
    arm = np.where(m.arm < 0.5, upper_arm + (forearm - upper_arm) * np.clip(m.arm / 0.5, 0, 1), forearm)
    arm = arm + (hand - arm) * smooth_step(m.arm, 0.72, 1.08)
    cold = max(0.0, forearm - hand)
    arm = arm - (0.3 + 0.35 * cold) * m.on_hand * smooth_step(m.finger, 0.35, 1.0)
    leg = neck - 1.0 - 2.2 * np.clip(m.leg, 0, 1) - 0.7 * np.exp(-(((m.leg - 0.5) / 0.05) ** 2))
    return np.asarray(np.where(m.on_arm > 0.5, arm, np.where(m.on_leg > 0.3, leg, neck - 0.6)) + patches, np.float32)
