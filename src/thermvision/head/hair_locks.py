"""Locks of hair: tapering strips that start on the scalp, lie on the hair below and hang where the head ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32
from scipy.spatial import cKDTree

_STEPS = 9
_BESIDE_MM = 74.0  # from the middle: beside the face
_CLEAR_MM = 1.5  # a lock never comes closer to the skin


@dataclass(frozen=True, slots=True)
class Combing:
    """How the hair of a person is worn in a session; lengths in millimetres."""

    count: int
    length_mm: float
    width_mm: float  # of a lock at its root
    towards: tuple[float, float, float]  # direction hair is combed, head frame; gravity is added
    parting_deg: float = 0.0  # where it divides to the two sides, + on the subject's left; 0 with `sides` 0: not at all
    sides: float = 0.0  # how strongly it is combed away from the parting, 0-1
    fringe_mm: float = 0.0  # length of the hair over the forehead, combed forward; 0: as the rest
    curl_mm: float = 0.0  # sideways swing of a lock


@dataclass(frozen=True, slots=True)
class Locks:
    """Strips of hair; `strand` runs across (0-1) and along from root (0) to tip (1)."""

    vertices_mm: Float32[np.ndarray, "v 3"]
    triangles: Int32[np.ndarray, "t 3"]
    strand: Float32[np.ndarray, "v 2"]
    height_mm: Float32[np.ndarray, " v"]  # of the hair's surface over the scalp where the lock lies


def grow_locks(
    combing: Combing,
    roots: np.ndarray,
    skin_mm: Float32[np.ndarray, "s 3"],
    normals: Float32[np.ndarray, "s 3"],
    surface_mm: Float32[np.ndarray, " s"],
    rng: np.random.Generator,
) -> Locks:
    """Locks on a head.

    roots: indices into the skin from which locks may grow; surface_mm: height of the hair's surface over each skin vertex
    (0 off the scalp).
    """
    count = combing.count
    start = rng.choice(roots, count)
    tree = cKDTree(skin_mm)
    place = skin_mm[start] + normals[start] * surface_mm[start, None] + rng.normal(0, 2.0, (count, 3))
    front = np.clip((-skin_mm[start, 2] - 55) / 25, 0, 1) * np.clip((-skin_mm[start, 1] - 70) / 25, 0, 1)
    fringe = front if combing.fringe_mm > 0 else 0 * front
    length = (combing.length_mm + fringe * (combing.fringe_mm - combing.length_mm)) * rng.uniform(0.6, 1.15, count)
    swing, phase = rng.normal(0, 1, count), rng.uniform(0, 2 * np.pi, count)
    rise = rng.uniform(0.3, 1.8, count)
    bend = rng.normal(0, 0.16, (count, 3))
    middle, outward, heights = [], [], []
    for step in range(_STEPS):
        nearest = tree.query(place, workers=1)[1]
        normal, height = normals[nearest], surface_mm[nearest]
        above = ((place - skin_mm[nearest]) * normal).sum(axis=1)
        taper = 1 - 0.85 * step / (_STEPS - 1)
        wanted = height + rise * taper
        free = height < 0.5  # past the hair's edge: hangs, but never through the skin
        off = wanted + _CLEAR_MM - above
        lift = np.where(free, np.where(off > 0, 0.8, 0.25) * off, wanted - above)
        place = place + normal * lift[:, None]
        middle.append(place)
        outward.append(normal)
        heights.append(height)
        along = np.where(free[:, None], _hanging(place, fringe) + 0.12 * normal, _direction(combing, place, fringe))
        along = along + bend * [1, 0.5, 1]
        along -= np.where(free, 0.0, 1.0)[:, None] * normal * (along * normal).sum(axis=1, keepdims=True)
        along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
        aside = np.cross(normal, along)
        wave = combing.curl_mm * swing * np.cos(phase + step * 1.7) / _STEPS * 4
        place = place + along * (length / (_STEPS - 1))[:, None] + aside * wave[:, None]
    return _strips(np.stack(middle, 1), np.stack(outward, 1), np.stack(heights, 1), combing.width_mm, rng)


def _hanging(place: np.ndarray, fringe: np.ndarray) -> np.ndarray:
    """Gravity at points of the head (n, 3); what would fall over the face is put aside unless it is a fringe."""
    over_face = np.clip((_BESIDE_MM - np.abs(place[:, 0])) / 12, 0, 1) * np.clip((-place[:, 2] - 20) / 20, 0, 1)
    out = np.tile([0.0, 1.0, 0.0], (len(place), 1))
    out[:, 0] += 2.5 * (1 - fringe) * over_face * np.sign(place[:, 0])
    out[:, 2] += 0.8 * (1 - fringe) * over_face
    return out


def _direction(combing: Combing, place: np.ndarray, fringe: np.ndarray) -> np.ndarray:
    """Combing and gravity at points of the head (n, 3), not yet tangent to it."""
    azimuth = np.degrees(np.arctan2(place[:, 0], np.hypot(place[:, 1] + 60, place[:, 2]) + 20))
    side = np.tanh((azimuth - combing.parting_deg) / 8.0)
    out = np.tile(np.asarray(combing.towards, float), (len(place), 1))
    out[:, 0] += 1.3 * combing.sides * side
    out[:, 1] += 0.75
    out[:, 2] -= 1.6 * fringe
    out[:, 1] += 1.0 * fringe
    return out


def _strips(
    middle: np.ndarray, outward: np.ndarray, height: np.ndarray, width_mm: float, rng: np.random.Generator
) -> Locks:
    count, steps, _ = middle.shape
    for _ in range(2):  # a strand has no kinks
        middle[:, 1:-1] = 0.25 * middle[:, :-2] + 0.5 * middle[:, 1:-1] + 0.25 * middle[:, 2:]
    along = np.gradient(middle, axis=1)
    aside = np.cross(outward, along)
    aside /= np.linalg.norm(aside, axis=2, keepdims=True) + 1e-9
    share = np.linspace(0, 1, steps)
    half = (
        0.5 * width_mm * rng.uniform(0.5, 1.3, (count, 1)) * (0.35 + 0.65 * np.sin(np.pi * np.minimum(share + 0.25, 1)))
    )
    half[:, -1] = 0.15
    edges = np.stack([middle - aside * half[..., None], middle + aside * half[..., None]], axis=2)  # (n, steps, 2, 3)
    vertices = edges.reshape(-1, 3)
    ring = np.arange(count * steps).reshape(count, steps)[:, :-1].ravel() * 2
    triangles = np.concatenate([np.stack([ring, ring + 1, ring + 2], 1), np.stack([ring + 1, ring + 3, ring + 2], 1)])
    p = vertices[triangles]
    facing = (np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]) * outward.reshape(-1, 3)[triangles[:, 0] // 2]).sum(1)
    triangles = np.where((facing < 0)[:, None], triangles[:, [0, 2, 1]], triangles)
    left = rng.uniform(0.0, 0.97, (count, 1, 1))
    strand = np.empty((count, steps, 2, 2))
    strand[..., 0] = left + np.array([0.0, width_mm / 560.0])  # 560 mm of strands lie across the hair's texture
    strand[..., 1] = share[None, :, None]
    return Locks(
        vertices.astype(np.float32),
        triangles.astype(np.int32),
        strand.reshape(-1, 2).astype(np.float32),
        np.repeat(height.reshape(-1), 2).astype(np.float32),
    )
