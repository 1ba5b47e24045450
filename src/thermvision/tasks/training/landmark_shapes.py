"""Landmarks of simulated heads in crop units: what a network without data knows of faces, and the last layer starts from."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float, Float32

from thermvision.head.identity import draw_identity, neutral_mesh
from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.model import load_head_model
from thermvision.motion.euler import rotation_from_euler_deg
from thermvision.rng import rng
from thermvision.tasks.training.crops import ROOM_LANDMARKS

_PEOPLE, _POSES, _MESH = 24, 8, 468
_SD_DEG, _UNITS = (28.0, 13.0, 9.0), 4  # yaw, pitch, roll; face units that move at a time


@lru_cache(maxsize=1)
def simulated_shapes() -> Float32[np.ndarray, "n 478 2"]:
    """Faces of different people in different poses and expressions, each as its crop shows it; always the same ones."""
    model, stream = load_head_model(), rng(0, "landmark shapes")
    shapes = []
    for person in range(_PEOPLE):
        identity = draw_identity(stream, "male" if person % 2 else "female", model)
        neutral = neutral_mesh(model, identity)[: model.num_vertices]
        for _ in range(_POSES):
            moved: np.ndarray = neutral.astype(np.float32)
            for unit in stream.choice(len(model.unit_mm), _UNITS, replace=False):
                moved = moved + np.float32(stream.random()) * model.unit_mm[unit, : model.num_vertices]
            points = landmark_positions_mm(model, np.ascontiguousarray(moved, np.float32), "478")
            turned = points @ rotation_from_euler_deg(*(_SD_DEG * stream.standard_normal(3))).T
            shapes.append(in_crop(turned[:, :2]))
    return np.stack(shapes).astype(np.float32)


def in_crop(points: Float[np.ndarray, "478 2"]) -> Float32[np.ndarray, "478 2"]:
    """Points of any unit in those of the crop about their box."""
    low, high = points[:_MESH].min(axis=0), points[:_MESH].max(axis=0)
    half = 0.5 * ROOM_LANDMARKS * float((high - low).max())
    return ((points - 0.5 * (low + high)) / half).astype(np.float32)


@lru_cache(maxsize=1)
def box_about_68() -> tuple[float, float, float, float]:
    """Box of all landmarks about the box of the 68, of the average head from the front: left, top, right and bottom in the latter's sides.

    The 68 end at the brows; the box of a face ends at the forehead's top.
    """
    model = load_head_model()
    base = model.base_mm[: model.num_vertices].astype(np.float32)
    whole = landmark_positions_mm(model, base, "478")[:_MESH, :2]
    part = landmark_positions_mm(model, base, "68")[:, :2]
    low, high = part.min(axis=0), part.max(axis=0)
    ends = np.concatenate([(whole.min(axis=0) - low) / (high - low), (whole.max(axis=0) - low) / (high - low)])
    left, top, right, bottom = ends.tolist()
    return left, top, right, bottom
