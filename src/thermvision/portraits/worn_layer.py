"""Texture of what is worn: each material in a cell of one layer, with its own temperature and emissivity."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from thermvision.head.assemble import CELLS
from thermvision.physiology.smooth_noise import smooth_field

# Above the room in K (low, high), share of the way to skin temperature where it lies on skin, emissivity, pattern in K.
# Opacity and order are known (reference: NIJ emissivities 8-12 um, Scarano 2020 for masks); the figures are estimates.
MATERIALS = {
    "lens": ((1.0, 3.2), 0.0, 0.90, 0.25),
    "frame_plastic": ((2.0, 5.0), 0.35, 0.94, 0.15),
    "frame_metal": ((3.0, 6.0), 0.3, 0.35, 0.1),
    "cloth": ((2.5, 5.5), 0.55, 0.88, 0.45),
    "knit": ((2.0, 5.0), 0.5, 0.88, 0.5),
    "mask": ((4.0, 8.0), 0.3, 0.90, 0.3),
}
_NAMES = tuple(MATERIALS)


def cell_of(surface: str) -> int:
    """The cell of a material."""
    return _NAMES.index(surface)


def draw_material_k(room_temperature_k: float, rng: np.random.Generator) -> dict[str, float]:
    """Temperature of each material away from skin in one session."""
    return {name: room_temperature_k + float(rng.uniform(*rise)) for name, (rise, _, _, _) in MATERIALS.items()}


def contact_warmth_k(surface: str, material_k: float, skin_k: float) -> float:
    """How much warmer a material is where it lies on skin."""
    return MATERIALS[surface][1] * max(skin_k - material_k, 0.0)


def worn_layer(
    material_k: dict[str, float], room_temperature_k: float, size: int, rng: np.random.Generator
) -> Float32[np.ndarray, "size size 3"]:
    """The layer: temperature in K, normal emissivity, share of face (none)."""
    layer = np.zeros((size, size, 3), np.float32)
    layer[..., 0], layer[..., 1] = room_temperature_k, 0.9
    cell = size // CELLS
    v, u = np.meshgrid((np.arange(cell) + 0.5) / cell, (np.arange(cell) + 0.5) / cell, indexing="ij")
    flat = np.zeros(u.size)
    for number, (name, (_, _, emissivity, pattern_k)) in enumerate(MATERIALS.items()):
        stretch = (1.0, 6.0) if name == "knit" else (1.0, 1.0)
        places = np.stack([u.ravel() * stretch[0], v.ravel() * stretch[1], flat], 1).astype(np.float32)
        field = smooth_field(places, rng, wavelength_mm=0.5).reshape(u.shape)
        if name == "lens":
            field = field + _reflections(u, v, rng)
        row, column = divmod(number, CELLS)
        block = layer[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell]
        block[..., 0] = material_k[name] + pattern_k * field
        block[..., 1] = emissivity
    return layer


def _reflections(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blurred images of warm things (screens, people, lamps) in a lens, in units of its pattern."""
    total = np.zeros_like(u)
    for _ in range(int(rng.integers(0, 4))):
        centre, half = rng.uniform(0.1, 0.9, 2), rng.uniform(0.04, 0.22, 2)
        edge = 0.02 + 0.05 * rng.random()
        inside = np.minimum(half[0] - np.abs(u - centre[0]), half[1] - np.abs(v - centre[1]))
        total += rng.uniform(0.5, 3.0) / (1 + np.exp(-inside / edge))
    return total
