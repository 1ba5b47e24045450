"""Heights and centres of one head that hats, scarves and hoods are cut by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int

from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.model import HeadModel
from thermvision.head.normals import vertex_normals
from thermvision.head.sheets import smooth_step

FACE_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150,
    136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
_BROWS = (70, 63, 105, 66, 107, 300, 293, 334, 296, 336)


@dataclass(frozen=True, slots=True)
class HeadMeasures:
    """One neutral head, mm, head frame."""

    model: HeadModel
    skin_mm: Float[np.ndarray, "v 3"]  # all vertices of the head model
    triangles: Int[np.ndarray, "t 3"]  # of the skin
    normals: Float[np.ndarray, "v 3"]
    is_ear: np.ndarray  # (v,) bool
    brow_y_mm: float  # the brows' upper edge
    eye_y_mm: float
    ear_top_y_mm: float
    chin_y_mm: float
    middle_z_mm: float  # halfway between forehead and the back of the head
    face_oval_mm: Float[np.ndarray, "n 3"]


def measure_head(
    model: HeadModel, neutral_mm: Float32[np.ndarray, "v 3"], hair_thickness_mm: float = 0.0
) -> HeadMeasures:
    """Measures of the neutral head; hair of the given thickness lifts the scalp, where hats then lie on the hair."""
    triangles = model.triangles[model.triangle_part == 0]
    normals = np.empty_like(neutral_mm)
    vertex_normals(neutral_mm, triangles, normals)
    rise = smooth_step(model.vertex_masks["scalp_height_mm"].astype(float), 0.0, 26.0)
    points = landmark_positions_mm(model, neutral_mm, "478").astype(float)
    ears = np.maximum(model.vertex_masks["ear_left"], model.vertex_masks["ear_right"]) > 0.5
    # Locks reach a third beyond the mean thickness of hair (see hair.py); a hat presses the highest of them down.
    lifted = neutral_mm + normals * (1.4 * hair_thickness_mm * rise * ~ears)[:, None]
    used = np.unique(triangles)
    stands_out = used[ears[used] & (np.abs(neutral_mm[used, 0]) > np.abs(neutral_mm[used][ears[used], 0]).mean())]
    skull_z = neutral_mm[used][neutral_mm[used, 1] < points[10, 1], 2]
    return HeadMeasures(
        model=model,
        skin_mm=lifted.astype(float),
        triangles=triangles,
        normals=normals.astype(float),
        is_ear=ears,
        brow_y_mm=float(points[list(_BROWS), 1].min()),
        eye_y_mm=float(points[[468, 473], 1].mean()),
        ear_top_y_mm=float(neutral_mm[stands_out, 1].min()),
        chin_y_mm=float(points[152, 1]),
        middle_z_mm=float((skull_z.min() + skull_z.max()) / 2),
        face_oval_mm=points[list(FACE_OVAL)],
    )
