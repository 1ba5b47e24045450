"""One thermal person in three dimensions: the moving mesh with its texture of temperature and emissivity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int8, Int32, UInt8

from thermvision.head.clothes import Neckline, depth_under_cloth_mm
from thermvision.head.model import HeadModel
from thermvision.head.normals import vertex_normals
from thermvision.head.pose import Rig


@dataclass(frozen=True, slots=True)
class ThermalHead:
    """Geometry and texture of a person in one session; the first `model.num_vertices` vertices are the head model's."""

    model: HeadModel
    rig: Rig
    triangles: Int32[np.ndarray, "t 3"]
    triangle_uv: Int32[np.ndarray, "t 3"]
    triangle_layer: Int8[np.ndarray, " t"]
    uv: Float32[np.ndarray, "u 2"]
    texture: Float32[np.ndarray, "layer size size"]  # temperature, K
    material: UInt8[np.ndarray, "layer size size 2"]  # normal emissivity (255 = 1), share of face (255 = all)
    offset_k: Float32[np.ndarray, " v"]  # added to the texture's temperature at the vertices
    breath_reach: Float32[np.ndarray, "v 2"]  # share of the right and left nostril's breath
    nose_reach: Float32[np.ndarray, " v"]  # share of the nose's drift
    room_temperature_k: float
    reflected_k: float  # surroundings that skin mirrors
    background_k: Float32[np.ndarray, "h w"]  # wall temperatures, stretched over the frame
    distance_mm: float  # of the head joint from the camera
    # Share, 0-1, of what a vertex sends out less towards grazing angles: 0 looks alike from every side; None: all of it.
    grazing: Float32[np.ndarray, " v"] | None = None


def dress(model: HeadModel, neutral_mm: np.ndarray, neckline: Neckline, folds: np.ndarray) -> np.ndarray:
    """Vertices lifted off the body where cloth covers it; `folds` is a unit-variance field (v,)."""
    base = model.base_mm[: model.num_vertices]
    depth = depth_under_cloth_mm(base, neckline)
    skin = np.unique(model.triangles[model.triangle_part == 0])
    on_body = np.zeros(len(base), bool)
    on_body[skin] = base[skin, 1] > 60
    rise = np.where(on_body, np.clip(depth / 9.0, 0, 1), 0)
    normal = np.empty_like(neutral_mm)
    vertex_normals(neutral_mm, model.triangles, normal)
    lift = rise * (neckline.thickness_mm + 2.5 * np.clip(depth / 40, 0, 1) * folds)
    return (neutral_mm + normal * lift[:, None]).astype(np.float32)
