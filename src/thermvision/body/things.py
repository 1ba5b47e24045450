"""What is neither skin nor worn cloth: shoes, skirts, cups, phones, paper and furniture, all in one picture of cells."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from thermvision.body.charts import SIZE
from thermvision.physiology.smooth_noise import smooth_field

_CELLS = 4  # a side
# Above the room in K (low, high), emissivity, pattern in K and its size as a share of the cell. Estimates; emissivities as
# tabulated for 8-14 um: painted and organic things 0.9-0.95, polished metal far less.
_THINGS = {
    "shoe": ((0.5, 3.0), 0.94, 0.3, 0.5), "sock": ((4.0, 7.0), 0.92, 0.2, 0.3), "skirt": ((1.5, 4.5), 0.88, 0.3, 0.6),
    "phone": ((3.0, 9.0), 0.90, 0.8, 0.9), "cup": ((-1.0, 2.0), 0.92, 0.3, 0.9), "paper": ((0.0, 2.0), 0.93, 0.15, 0.8),
    "wood": ((-0.6, 0.8), 0.92, 0.15, 0.5), "metal": ((-0.5, 0.5), 0.45, 0.1, 0.6), "seat": ((0.0, 1.2), 0.93, 0.25, 0.5),
}  # fmt: skip
_NAMES = tuple(_THINGS)


def draw_thing_k(room_k: float, rng: np.random.Generator) -> dict[str, float]:
    """Temperature of each kind of thing in one clip."""
    return {name: room_k + float(rng.uniform(*rise)) for name, (rise, _, _, _) in _THINGS.items()}


def things_picture(thing_k: dict[str, float], rng: np.random.Generator) -> Float32[np.ndarray, "size size 2"]:
    """Temperature in K and emissivity of the picture's cells."""
    picture = np.empty((SIZE, SIZE, 2), np.float32)
    picture[..., 0], picture[..., 1] = np.mean(list(thing_k.values())), 0.92
    cell = SIZE // _CELLS
    v, u = np.meshgrid((np.arange(cell) + 0.5) / cell, (np.arange(cell) + 0.5) / cell, indexing="ij")
    for number, (name, (_, emissivity, pattern_k, size)) in enumerate(_THINGS.items()):
        stretch = (3.0, 0.7) if name in ("skirt", "wood") else (1.0, 1.0)
        points = np.stack([u.ravel() * stretch[0], v.ravel() * stretch[1], 0 * u.ravel()], 1).astype(np.float32)
        row, column = divmod(number, _CELLS)
        block = picture[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell]
        block[..., 0] = thing_k[name] + pattern_k * smooth_field(points, rng, wavelength_mm=size).reshape(u.shape)
        block[..., 1] = emissivity
    return picture


def thing_uv(name: str, uv: np.ndarray) -> Float32[np.ndarray, "v 2"]:
    """Texels of the picture for a thing's own coordinates, 0-1."""
    row, column = divmod(_NAMES.index(name), _CELLS)
    cell = SIZE / _CELLS
    return np.asarray(np.array([column, row]) * cell + 3 + np.clip(uv, 0, 1) * (cell - 6), np.float32)
