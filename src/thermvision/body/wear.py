"""A dressed body at rest: the bust's vertices and the body's below it, cloth lifted off the skin, and its picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float32, UInt8

from thermvision.body.charts import body_texels
from thermvision.body.cloth import CLOTH, SKIN, Folds, bare_k, covered, lower_k, upper_k
from thermvision.body.measures import Measures, measure
from thermvision.body.model import BodyModel, joints_of, load_body_model
from thermvision.body.outfit import Outfit
from thermvision.head.model import HeadModel
from thermvision.head.normals import vertex_normals
from thermvision.head.sheets import smooth_step

_SMOOTHINGS = 10


@dataclass(frozen=True, slots=True)
class DressedBody:
    """A person's body in a session, before any pose; mm, torso frame with the origin at the head joint."""

    rest_mm: Float32[np.ndarray, "n 3"]  # the head model's vertices first
    joints_mm: dict[str, np.ndarray]
    outfit: Outfit
    face_mm: dict[str, np.ndarray]  # places that hands touch
    temperature_k: Float32[np.ndarray, "size size"]
    emissivity: UInt8[np.ndarray, "size size"]  # 255 = 1
    clothes_k: float
    sole_mm: float  # the floor below the head joint while standing


def dress_body(
    head: HeadModel,
    dressed_bust_mm: Float32[np.ndarray, "v 3"],
    rows_mm: Float32[np.ndarray, "bj 3"],
    outfit: Outfit,
    folds: Folds,
) -> Float32[np.ndarray, "n 3"]:
    """Vertices of bust and body with cloth lifted off the skin; the bust's stay, so that head and hair keep their fit."""
    model = load_body_model()
    m, upper, lower = _own_cover(outfit)
    own = rows_mm[: model.num_own]
    cloth = np.maximum(upper, lower)
    vertices = np.concatenate([dressed_bust_mm, own]).astype(np.float32)
    average = _averaging()
    for _ in range(_SMOOTHINGS):
        vertices[model.num_head :] += 0.7 * cloth[:, None] * ((average @ vertices) - vertices[model.num_head :])
    normal = np.empty_like(vertices)
    vertex_normals(vertices, np.concatenate([head.triangles, model.triangles]), normal)
    wave = folds(m.position_mm * np.array([1.0, 0.4, 1.0], np.float32), 7, 120.0)
    ease = upper * (4.0 + outfit.ease_mm) + lower * (3.0 + outfit.lower_ease_mm)
    ease = (
        ease * (1 + 0.35 * wave)
        + 5.0 * cloth * np.exp(-(((m.position_mm[:, 1] - outfit.hem_mm + 25) / 30) ** 2)) * upper
    )
    vertices[model.num_head :] += normal[model.num_head :] * ease[:, None]
    if outfit.lower == "trousers":  # down over the shoes, below where the mesh ends
        vertices[model.num_head :, 1] += 62.0 * smooth_step(m.leg, 0.80, 0.94) * (m.on_leg > 0.5)
    if outfit.lower in ("skirt", "dress"):
        vertices[model.num_head :] += _thinner(model, rows_mm, vertices[model.num_head :], m, outfit)
    return vertices


def _thinner(model: BodyModel, rows_mm: np.ndarray, own_mm: np.ndarray, m: Measures, outfit: Outfit) -> np.ndarray:
    """Legs drawn in where a skirt hides them, so that they cannot pierce it."""
    joints = joints_of(model, rows_mm)
    hidden = smooth_step(m.leg, 0.0, 0.06) * smooth_step(m.leg, outfit.leg - 0.02, outfit.leg - 0.12) * (m.on_arm < 0.5)
    side = np.where(m.position_mm[:, :1] > 0, 1.0, -1.0) * [[1.0, 0.0, 0.0]] + [[0.0, 1.0, 1.0]]
    nodes = np.array([0.0, 0.5, 1.0])
    line = np.stack([joints[f"{name}_l"] for name in ("thigh", "shin", "foot")])
    axis = np.stack([np.interp(m.leg, nodes, line[:, k]) for k in range(3)], axis=1) * side
    inwards = axis - own_mm
    inwards[:, 1] = 0
    return np.asarray(0.35 * hidden[:, None] * inwards, np.float32)


@lru_cache(maxsize=2)
def _own_measures() -> Measures:
    model = load_body_model()
    return measure(model, model.base_mm[: model.num_own], model.weights[model.num_head :])


def _own_cover(outfit: Outfit) -> tuple[Measures, np.ndarray, np.ndarray]:
    m = _own_measures()
    return m, *covered(m, outfit)


@lru_cache(maxsize=1)
def _averaging() -> Any:
    """(own, n), a sparse matrix: the mean of each own vertex' neighbours."""
    from scipy.sparse import csr_matrix

    model = load_body_model()
    edges = np.concatenate([model.triangles[:, [k, (k + 1) % 3]] for k in range(3)])
    edges = np.unique(np.concatenate([edges, edges[:, ::-1]]), axis=0)
    edges = edges[edges[:, 0] >= model.num_head]
    rows = edges[:, 0] - model.num_head
    weight = 1.0 / np.bincount(rows, minlength=model.num_own)[rows]
    return csr_matrix((weight.astype(np.float32), (rows, edges[:, 1])), shape=(model.num_own, len(model.weights)))


@lru_cache(maxsize=1)
def texel_measures() -> Measures:
    """Measures of the body's texels."""
    texels = body_texels()
    return measure(load_body_model(), texels.position_mm, texels.weights)


def eased_bends(own_mm: Float32[np.ndarray, "o 3"], bust_mm: Float32[np.ndarray, "h 3"], outfit: Outfit) -> np.ndarray:
    """The posed body's vertices with cloth smoothed where elbows, shoulders and hips bend: skinning creases it sharply."""
    m, upper, lower = _own_cover(outfit)
    bend = np.exp(-(((m.arm - 0.5) / 0.13) ** 2)) + smooth_step(m.arm, 0.32, 0.12)
    hip = np.exp(-((m.leg / 0.16) ** 2)) + np.exp(-(((m.leg - 0.5) / 0.1) ** 2))
    share = np.clip(upper * m.on_arm * bend + np.maximum(upper, lower) * (m.on_arm < 0.3) * hip, 0, 1)[:, None]
    vertices = np.concatenate([bust_mm, own_mm])
    for _ in range(5):
        own = vertices[len(bust_mm) :]
        own += np.float32(0.65) * share * (_averaging() @ vertices - own)
    return vertices[len(bust_mm) :]


def body_picture(
    outfit: Outfit, region_k: dict[str, float], room_k: float, folds: Folds
) -> tuple[Float32[np.ndarray, "size size"], UInt8[np.ndarray, "size size"]]:
    """Temperature in K and emissivity of the body's charts."""
    texels, m = body_texels(), texel_measures()
    upper, lower = covered(m, outfit)
    bare = bare_k(m, outfit, region_k, room_k, folds)
    temperature = bare + upper * (upper_k(m, outfit, region_k, folds) - bare)
    temperature += lower * (lower_k(m, outfit, region_k, folds) - bare)
    emissivity = SKIN + np.maximum(upper, lower) * (CLOTH - SKIN)
    emissivity_byte = np.rint(255 * emissivity).astype(np.uint8)
    return temperature.astype(np.float32)[texels.listed], emissivity_byte[texels.listed]
