"""Temperature over the skin: regions spread smoothly, then what lies between the regions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from thermvision.physiology.points import box, distance_to_line, squared_distance
from thermvision.physiology.smooth_noise import smooth_field

CANTHUS_SIGMA_MM = 3.6  # size of the hot spot at the inner corner of the eye
# Estimates from real pictures, in which lashes and lid edges are thin dark lines.
CHEEK_READING_MM = 9.0  # size of the spot whose mean is a cheek's temperature
LASH_K, LASH_WIDTH_MM = 2.2, 2.0
LID_CREASE_K, LID_CREASE_WIDTH_MM = 0.35, 1.2
NOSTRIL_K = 1.4
LIP_SEAM_K, LIP_SEAM_WIDTH_MM = 0.5, 1.5
_RIM_MM = (3.0, 8.0)  # from where the lips meet: all lip, all mouth


@dataclass(frozen=True, slots=True)
class SkinPoints:
    """Points of the skin at which the temperature is wanted, base-mesh coordinates in mm, and what is known of them.

    Shares of regions are known at the mesh's vertices: those of each point would be a hundred megabytes.
    """

    position_mm: Float32[np.ndarray, "n 3"]  # in Fortran's order: work is done coordinate by coordinate
    region_basis: Float32[np.ndarray, "v r"]  # shares of the regions at the vertices, rows sum to 1
    region_names: tuple[str, ...]
    from_vertices: Callable[[np.ndarray], np.ndarray]  # a field at the vertices (v,) -> at the points (n,)
    inner_canthus_mm: dict[str, np.ndarray]  # right, left -> (3,)
    cheek_mm: dict[str, np.ndarray]
    to_brow: dict[
        str, tuple[np.ndarray, np.ndarray]
    ]  # right, left -> distance in mm, share of the way from temple to nose
    to_nose: tuple[np.ndarray, np.ndarray]  # distance in mm to the nose's ridge, share of the way from bridge to base
    to_lashes_mm: dict[str, Float32[np.ndarray, " n"]]  # upper, lower -> distance to the lids' edges
    to_lid_crease_mm: Float32[np.ndarray, " n"]  # distance to the folds of the upper lids
    to_lip_seam_mm: Float32[np.ndarray, " n"]  # distance to where the lips meet
    nostril_mm: dict[str, np.ndarray]
    mouth_corner_mm: dict[str, np.ndarray]
    lip_share: dict[str, np.ndarray]  # lip_upper, lip_lower -> (n,) 0-1: red of the lips
    face: Float32[np.ndarray, " n"]


def skin_temperature(
    points: SkinPoints, region_k: dict[str, float], rng: np.random.Generator
) -> Float32[np.ndarray, " n"]:
    """Skin temperature in kelvin: anchored at the regions, with hot canthi, irregular cool cheek patches and mottling.

    region_k needs a value for each of `points.region_names`, `inner_canthus_max` and `eyebrow`. No detail is finer than
    conduction allows (about 2 mm). Amplitudes of patches and mottling are estimates from real pictures, not measurements.
    """
    even_k, nose_drop_k = _without_cold_nose(region_k)
    anchors_k = np.array([even_k[name] for name in points.region_names], np.float32)
    temperature = points.from_vertices(points.region_basis @ anchors_k)
    temperature -= nose_drop_k * nose_cover(points)
    mottling = 0.6 * smooth_field(points.position_mm, rng, wavelength_mm=34.0) + 0.4 * smooth_field(
        points.position_mm, rng, wavelength_mm=15.0
    )
    temperature += np.float32(0.10) * mottling * (0.4 + 0.6 * points.face)
    temperature += _cheek_patches(points, rng)
    for lip, share in points.lip_share.items():
        temperature += share * (region_k[lip] - temperature)
    # The wet inner rim of the lips is as cool as the lips: a closed mouth shows no glowing slit.
    rim = np.clip((_RIM_MM[1] - points.to_lip_seam_mm) / (_RIM_MM[1] - _RIM_MM[0]), 0, 1)
    rim *= np.clip(1.6 * _share(points, "mouth_interior"), 0, 1)
    temperature += rim * (0.5 * (region_k["lip_upper"] + region_k["lip_lower"]) - temperature)
    temperature += _small_features(points, region_k, rng)
    temperature += _vessels(points, rng)
    for side, place in points.inner_canthus_mm.items():
        peak = region_k["inner_canthus_max"] - region_k[f"inner_canthus_{side}"]
        _add_bump(temperature, max(peak, 0.0), points.position_mm, place, CANTHUS_SIGMA_MM)
    return temperature.astype(np.float32)


# A cold nose is dark from the tip upwards and ends sharply at its sides: arteries of the face cross just there.
_NOSE_RADIUS_MM = (6.0, 17.0)  # of the cold part, at the bridge and at the base
_NOSE_EDGE_MM = 6.0


def _without_cold_nose(region_k: dict[str, float]) -> tuple[dict[str, float], float]:
    """Regions with the nose as warm as its surroundings allow, and by how much the tip is colder than that."""
    around = 0.5 * (region_k["cheek_right"] + region_k["cheek_left"]) + 0.4
    drop = max(around - region_k["nose_tip"], 0.0)
    even = dict(region_k)
    for name in ("nose_tip", "nostril_right", "nostril_left", "nose_bridge"):
        even[name] = max(region_k[name], around)
    return even, drop


def nose_cover(points: SkinPoints) -> Float32[np.ndarray, " n"]:
    """How much of a cold nose's drop reaches each point, 0-1: all of it at tip and wings, next to none at the bridge."""
    distance, along = points.to_nose
    radius = _NOSE_RADIUS_MM[0] + (_NOSE_RADIUS_MM[1] - _NOSE_RADIUS_MM[0]) * along
    edge = np.clip(0.5 + (radius - distance) / _NOSE_EDGE_MM, 0, 1)
    return (edge * edge * (3 - 2 * edge) * np.interp(along, (0, 0.35, 0.75, 1), (0.05, 0.3, 0.9, 1.0))).astype(
        np.float32
    )


def _small_features(points: SkinPoints, region_k: dict[str, float], rng: np.random.Generator) -> np.ndarray:
    """Lash lines (cool hair at the lids' edges), nostrils (cooled by what is breathed in), warm corners of the mouth."""
    change = np.zeros(len(points.position_mm), np.float32)
    lids = np.flatnonzero(np.minimum(*points.to_lashes_mm.values()) < _FAR * LASH_WIDTH_MM)
    uneven = smooth_field(points.position_mm[lids], rng, wavelength_mm=7.0)
    for name, distance in points.to_lashes_mm.items():
        strength = LASH_K if name == "upper" else 0.25 * LASH_K
        change[lids] -= (
            strength * np.exp(-((distance[lids] / LASH_WIDTH_MM) ** 2)) * np.clip(0.85 + 0.2 * uneven, 0.3, 1.4)
        )
    _add_line(change, -LID_CREASE_K * rng.uniform(0.3, 1.5), points.to_lid_crease_mm, LID_CREASE_WIDTH_MM)
    for place in points.nostril_mm.values():
        _add_bump(change, -NOSTRIL_K, points.position_mm, place, 2.6)
    hotter_k = max(region_k["mouth_closed_max"] - max(region_k["lip_upper"], region_k["lip_lower"]), 0.0)
    _add_line(change, -LIP_SEAM_K, points.to_lip_seam_mm, LIP_SEAM_WIDTH_MM)
    for place in points.mouth_corner_mm.values():  # the labial commissure is a hot spot: Haddad et al. 2016
        _add_bump(change, hotter_k, points.position_mm, place, 2.6)
    return change


# Where superficial vessels surface (base mesh, mm, the subject's left), the way they run and how far: temporal artery's front
# branch, supratrochlear vein, temporal vein.
_VESSELS = ((np.array([58.0, -58.0, -70.0]), np.array([-0.25, -1.0, 0.1]), 48.0), (np.array([22.0, -50.0, -112.0]), np.array([0.15, -1.0, 0.25]), 42.0),
            (np.array([66.0, -30.0, -52.0]), np.array([0.0, -1.0, 0.25]), 40.0))  # fmt: skip


def _vessels(points: SkinPoints, rng: np.random.Generator) -> np.ndarray:
    """One to three faint sinuous warm lines on forehead and temples, 2-4 mm wide before the skin blurs them."""
    warm = np.zeros(len(points.position_mm), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        start, direction, length = _VESSELS[int(rng.integers(len(_VESSELS)))]
        side = np.array([rng.choice([-1.0, 1.0]), 1.0, 1.0])
        start = (start + rng.normal(0, 5, 3)) * side
        share = np.linspace(0, 1, 14)[:, None]
        sway = 3.5 * np.sin(share * rng.uniform(6, 11) + rng.uniform(0, 6)) + 2 * np.sin(share * 17 + rng.uniform(0, 6))
        line = start + share * length * (direction * side) + sway * np.array([1.0, 0.0, 0.0])
        middle, reach = line.mean(axis=0), np.array([30, 45, 40])
        near = box(points.position_mm, middle - reach, middle + reach)
        position = points.position_mm[near]
        nearest = np.array([squared_distance(position, place).argmin() for place in line])
        on_skin = position[nearest[np.diff(nearest, prepend=-1) != 0]]  # the drawn line laid onto the skin
        distance, along = distance_to_line(position, on_skin)
        fade = np.clip(4 * along * (1 - along), 0, 1) ** 0.5
        warm[near] += np.float32(rng.uniform(0.12, 0.4)) * fade * np.exp(-((distance / rng.uniform(1.8, 2.8)) ** 2))
    return warm


def _cheek_patches(points: SkinPoints, rng: np.random.Generator) -> np.ndarray:
    """Irregular cool patches of 1-3 cm with soft edges, different left and right; where a cheek is read it keeps its temperature."""
    patches = np.zeros(len(points.position_mm), np.float32)
    for side, place in points.cheek_mm.items():
        strength = rng.uniform(0.3, 1.5)
        threshold = rng.uniform(-0.6, 0.5)
        shape = smooth_field(points.position_mm, rng, wavelength_mm=float(rng.uniform(38, 60)))
        shape += 0.45 * smooth_field(points.position_mm, rng, wavelength_mm=16.0)  # ragged, not round
        shape = 1 / (1 + np.exp(-(shape - threshold) / 0.3))
        centre = place + rng.normal(0, 6, 3)
        cooling = np.float32(strength) * shape * _bump(points.position_mm, centre, 26.0)
        here = _bump(points.position_mm, place, CHEEK_READING_MM)
        patches += _share(points, f"cheek_{side}") * (here @ cooling / here.sum()) - cooling
    return patches


def brow_cover(points: SkinPoints, rng: np.random.Generator, *, thickness_mm: float) -> Float32[np.ndarray, " n"]:
    """How much brow hair covers each point, 0-1: strokes along a band that narrows towards the temple."""
    cover = np.zeros(len(points.position_mm), np.float32)
    for to_line, share in points.to_brow.values():
        near = np.flatnonzero(to_line < 2.5 * thickness_mm)  # beyond, the band has less than a millionth
        distance, along = to_line[near], share[near]
        width = thickness_mm * (0.55 + 0.45 * np.clip(along * 1.6, 0, 1))
        band = np.exp(-((distance / (1.1 * width)) ** 4)) * np.interp(along, (0, 0.15, 0.75, 1), (0.35, 0.9, 1, 0.6))
        slanted = points.position_mm[near] @ np.array([[1.0, 0.25, 0], [0.45, 0.25, 0], [0.2, 0.1, 0.1]], np.float32)
        strokes = smooth_field(slanted, rng, wavelength_mm=2.4) + 0.6 * smooth_field(slanted, rng, wavelength_mm=4.5)
        cover[near] = np.maximum(cover[near], band * np.clip(1.05 + 0.5 * strokes, 0, 1.8))
    return cover


def beard_cover(
    points: SkinPoints, rng: np.random.Generator, *, moustache: float, cheeks: float
) -> Float32[np.ndarray, " n"]:
    """How much beard hair covers each point, 0-1, from the densities on lip, chin and jaw (moustache) and on the cheeks."""
    lip_and_chin = np.clip(1.5 * _share(points, "upper_lip", "chin") - 0.15, 0, 1)
    jaw = np.clip(1.6 * _share(points, "jaw_right", "jaw_left", "chin") - 0.25, 0, 1)
    lips = np.clip(sum(points.lip_share.values()) + 2.2 * _share(points, "mouth_interior"), 0, 1)
    cover = (np.maximum(moustache * lip_and_chin, cheeks * jaw) * (1 - lips) * points.face).astype(np.float32)
    grown = np.flatnonzero(cover > 0)
    coarse = smooth_field(points.position_mm[grown], rng, wavelength_mm=9.0)
    fine = smooth_field(points.position_mm[grown], rng, wavelength_mm=2.6)
    cover[grown] = np.clip(cover[grown] * np.clip(0.7 + 0.15 * coarse + 0.09 * fine, 0, 1.3), 0, 1)
    return cover


def _share(points: SkinPoints, *regions: str) -> np.ndarray:
    columns = [points.region_names.index(region) for region in regions]
    return points.from_vertices(points.region_basis[:, columns].sum(axis=1))


_FAR = 4.3  # widths at which a Gaussian exp(-x^2) is below 1e-8: less than the rounding of a temperature


def _add_line(field: np.ndarray, amount: float, distance_mm: np.ndarray, width_mm: float) -> None:
    near = np.flatnonzero(distance_mm < _FAR * width_mm)
    field[near] += np.float32(amount) * np.exp(-((distance_mm[near] / np.float32(width_mm)) ** 2))


def _add_bump(field: np.ndarray, amount: float, points: np.ndarray, centre: np.ndarray, sigma_mm: float) -> None:
    reach = 1.5 * _FAR * sigma_mm  # sigma is width / sqrt(2)
    near = box(points, centre - reach, centre + reach)
    field[near] += np.float32(amount) * _bump(points[near], centre, sigma_mm)


def _bump(points: np.ndarray, centre: np.ndarray, sigma_mm: float) -> np.ndarray:
    return np.exp(squared_distance(points, centre) * np.float32(-0.5 / sigma_mm**2))
