"""A person's body at rest: phenotypes as for the head, and how tall the person is for that head."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from thermvision.body.model import BodyModel
from thermvision.head.identity import corner_weights

_STRETCHED_BELOW_MM = 330.0  # under the arms' roots: stature is legs and waist
STATURE = (0.93, 1.07)


def draw_stature(rng: np.random.Generator) -> float:
    """How long waist and legs are against the average body of that phenotype."""
    return float(np.clip(rng.normal(1.0, 0.035), *STATURE))


def body_rows(model: BodyModel, identity: dict[str, float], stature: float) -> Float32[np.ndarray, "bj 3"]:
    """Vertices, joints and points of a person at rest (arms half lowered), mm, origin at the head joint."""
    rows = model.base_mm.copy()
    for name, weight in corner_weights(identity).items():
        if weight:
            rows += np.float32(weight) * model.corners[name]
    below = np.maximum(rows[:, 1] - _STRETCHED_BELOW_MM, 0)
    rows[:, 1] += (stature - 1) * below * _of_trunk(model)
    return rows


def _of_trunk(model: BodyModel) -> np.ndarray:
    """1 for trunk and legs, 0 for arms, (bj,)."""
    arm = np.array([_is_arm(name) for name in model.bone_names])
    joints = [not _is_arm(name) for name in model.bone_names]
    points = [name.startswith("toe") for name in model.point_names]
    return np.concatenate([1 - model.weights[model.num_head :, arm].sum(axis=1), joints, points]).astype(np.float32)


def _is_arm(name: str) -> bool:
    return name.startswith(("shoulder", "upperarm", "forearm", "wrist", "hand", "finger"))
