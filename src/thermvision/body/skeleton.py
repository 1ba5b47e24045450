"""Move a body by its bones: joints from the chest outwards, then linear blend skinning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from thermvision.body.model import BodyModel

Turns = dict[
    str, np.ndarray
]  # bone -> (3, 3) turn against rest, in the torso's axes; a bone that is missing follows its parent


@dataclass(frozen=True, slots=True)
class Bones:
    """Where all bones are: v -> turn @ v + offset."""

    turn: Float[np.ndarray, "bones 3 3"]
    offset_mm: Float[np.ndarray, "bones 3"]
    joints_mm: dict[str, np.ndarray]


def place_bones(model: BodyModel, joints_mm: dict[str, np.ndarray], turns: Turns) -> Bones:
    """All bones of a pose; joints_mm: at rest. The chest stays where it is."""
    count = len(model.bone_names)
    turn, offset, posed = np.tile(np.eye(3), (count, 1, 1)), np.zeros((count, 3)), dict[str, np.ndarray]()
    for i, (name, parent) in enumerate(zip(model.bone_names, model.bone_parents.tolist(), strict=True)):
        joint = joints_mm[name]
        if parent >= 0:
            turn[i] = turns.get(name, turn[parent])
            posed[name] = turn[parent] @ joint + offset[parent]
        else:
            posed[name] = joint
        offset[i] = posed[name] - turn[i] @ joint
    for name in model.point_names:
        bone = {"toe": "foot", "knuckle": "hand", "fingertip": "finger33"}[name[:-2]] + name[-2:]
        i = model.bone_names.index(bone)
        posed[name] = turn[i] @ joints_mm[name] + offset[i]
    return Bones(turn, offset, posed)


def skin(
    vertices_mm: Float32[np.ndarray, "v 3"], weights: Float32[np.ndarray, "v bones"], bones: Bones
) -> Float32[np.ndarray, "v 3"]:
    """The vertices carried along by the bones."""
    flat = np.concatenate([bones.turn.reshape(-1, 9), bones.offset_mm], axis=1).astype(np.float32)
    blended = weights @ flat
    moved = np.einsum("vij,vj->vi", blended[:, :9].reshape(-1, 3, 3), vertices_mm) + blended[:, 9:]
    return np.asarray(moved, np.float32)


def about(axis: np.ndarray, angle_deg: float) -> Float[np.ndarray, "3 3"]:
    """Turn about an axis, right-handed."""
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.from_rotvec(np.radians(angle_deg) * axis / np.linalg.norm(axis)).as_matrix())


def frame(along: np.ndarray, beside: np.ndarray) -> Float[np.ndarray, "3 3"]:
    """Axes as columns: `along`, what is left of `beside`, and their cross product."""
    first = along / np.linalg.norm(along)
    second = beside - (beside @ first) * first
    second = second / np.linalg.norm(second)
    return np.stack([first, second, np.cross(first, second)], axis=1)
