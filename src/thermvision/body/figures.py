"""Somebody far off in the background of a portrait: the average person, small, drawn once into a picture."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from thermvision.body.arms import Body, grip_of
from thermvision.body.cloth import bare_k, covered, draw_folds, lower_k, upper_k
from thermvision.body.legs import leg_turns
from thermvision.body.measures import measure
from thermvision.body.model import joints_of, load_body_model
from thermvision.body.outfit import draw_outfit
from thermvision.body.reach import arm_turns
from thermvision.body.skeleton import about, place_bones, skin
from thermvision.head.model import load_head_model
from thermvision.head.raster import rasterize

_FACE_BELOW_SKIN_K, _HAIR_ABOVE_ROOM_K = 0.3, (3.0, 7.0)
_TOP_MM = -140.0  # of the skull, against the head joint


def draw_figure(
    picture_k: Float32[np.ndarray, "h w"],
    left_px: float,
    top_px: float,
    head_px: float,
    room_k: float,
    rng: np.random.Generator,
) -> None:
    """Draw a person into a picture of temperatures; head_px: from crown to chin, the crown at `top_px`."""
    head, model = load_head_model(), load_body_model()
    points = np.concatenate([head.base_mm[: head.num_vertices], model.base_mm[: model.num_own]]).astype(np.float32)
    temperature = _temperature_k(points, room_k, rng)
    joints = joints_of(model, model.base_mm)
    turns = leg_turns(str(rng.choice(["standing", "walking"])), rng)
    look = Body(joints, {side: joints[f"shin_{side}"] for side in "lr"}, float(joints["hips"][1]), {}, -130.0)
    attitude = str(rng.choice(["relaxed", "relaxed", "clasped", "crossed"]))
    for side in ("l", "r"):
        turns |= arm_turns(joints, side, grip_of(attitude, look, side, rng))
    posed = skin(points, model.weights, place_bones(model, joints, turns))
    posed = posed @ about(np.array([0.0, 1.0, 0.0]), float(rng.uniform(-70, 70))).T
    scale = head_px / 230.0
    projected = np.stack(
        [left_px + scale * posed[:, 0], top_px + scale * (posed[:, 1] - _TOP_MM), 1 / (9000.0 + posed[:, 2])], axis=1
    ).astype(np.float32)
    triangles = np.concatenate([head.triangles, model.triangles])
    seen, depth = np.empty(picture_k.shape, np.int32), np.empty(picture_k.shape, np.float32)
    rasterize(projected, triangles, seen, depth)
    there = seen >= 0
    picture_k[there] = temperature[triangles].mean(axis=1)[seen[there]]


def _temperature_k(points: np.ndarray, room_k: float, rng: np.random.Generator) -> np.ndarray:
    """Of all vertices: skin of the face, hair, clothes and bare limbs."""
    head, model = load_head_model(), load_body_model()
    m = measure(model, points, model.weights)
    neck_k = 306.8 + 0.2 * (room_k - 296.0)
    regions = {"clothes": room_k + float(rng.uniform(2.5, 5.5)), "neck_front": neck_k}
    outfit, folds = draw_outfit("male", "crew", room_k - 273.15, rng), draw_folds(rng)
    upper, lower = covered(m, outfit)
    upper = upper * (points[:, 1] > 112)
    bare = bare_k(m, outfit, regions, room_k, folds)
    k = bare + upper * (upper_k(m, outfit, regions, folds) - bare) + lower * (lower_k(m, outfit, regions, folds) - bare)
    above = np.flatnonzero(points[:, 1] < 80)
    k[above] = neck_k - _FACE_BELOW_SKIN_K
    hair = np.flatnonzero(head.vertex_masks["scalp_height_mm"] > 0)
    k[hair] = room_k + float(rng.uniform(*_HAIR_ABOVE_ROOM_K))
    return np.asarray(k)
