"""Glasses fitted to a face: lenses, rims, bridge and the arms that run to the ears."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32

from thermvision.head.eyewear_fit import (
    FACE_FORM_DEG,
    LENS_SPHERE_MM,
    PANTOSCOPIC_TILT_DEG,
    FaceForGlasses,
    measure_face,
    seat,
)
from thermvision.head.lens_shapes import GLASSES_STYLES, GlassesStyle, outline
from thermvision.head.model import HeadModel
from thermvision.head.sheets import grid_triangles, smooth_step, tube, turned_away_from
from thermvision.head.worn import WornMesh, join, worn_mesh

_EDGE_POINTS = 44
_LENS_THICKNESS_MM = 1.6
_RIM_HALF_MM = {"frame_metal": (0.8, 0.9), "frame_plastic": (2.0, 1.7)}  # in the lens' plane, across it
_ARM_HALF_MM = {"frame_metal": (1.3, 0.7), "frame_plastic": (2.8, 1.5)}  # up, sideways


def build_glasses(
    style: str, model: HeadModel, neutral_mm: Float32[np.ndarray, "v 3"], rng: np.random.Generator
) -> list[WornMesh]:
    """Glasses of a style named in `GLASSES_STYLES` on a neutral head: the lenses, then the frame.

    neutral_mm: the head's vertices without joints, mm, head frame. The generator draws the frame's material and small
    differences of size. Raises KeyError for an unknown style.
    """
    shape = GLASSES_STYLES[style]
    material = str(rng.choice(shape.materials))
    face = measure_face(model, neutral_mm)
    gap = float(rng.uniform(8.0, 9.0)) + (1.4 if material == "frame_plastic" else 0.0)
    half_width = float(np.clip(shape.half_width_mm * rng.uniform(0.95, 1.05), 18.0, face.pupil_x_mm + 5.5 - gap))
    centre = np.array([gap + half_width, shape.drop_mm])  # from the point between the pupils
    angle = np.linspace(0, 2 * np.pi, _EDGE_POINTS + 1)
    edge = outline(shape, half_width, angle)
    rim = _bent(edge, centre)
    bridge = _bridge(rim, material)
    both = np.concatenate([rim, rim * [-1, 1, 1]])
    shift = seat(face, both, bridge, clearance_mm=_RIM_HALF_MM[material][1] + 0.6)
    lenses, frame = [], []
    for side in (1.0, -1.0):
        mirror = np.array([side, 1, 1])
        lenses.append(_lens(edge, centre, mirror, shift))
        frame.append(_rim(rim * mirror + shift, angle, shape, material))
        frame.append(_arm(rim * mirror + shift, side, face, material))
    frame.append(_bridge_tube(bridge + shift, material))
    return [join(lenses), join(frame)]


def _bent(flat: Float[np.ndarray, "*n 2"], centre: Float[np.ndarray, " 2"]) -> Float[np.ndarray, "*n 3"]:
    """Points of the left lens' plane on its curved, wrapped and tilted surface; z = 0 between the pupils."""
    x, y = np.moveaxis(flat, -1, 0)
    sag = (x * x + y * y) / (2 * LENS_SPHERE_MM)
    form, tilt = np.radians(FACE_FORM_DEG), np.radians(PANTOSCOPIC_TILT_DEG)
    across = centre[0] + x * np.cos(form) - sag * np.sin(form)
    deep = sag * np.cos(form) + x * np.sin(form)
    down = centre[1] + y
    return np.stack([across, down * np.cos(tilt), deep + down * np.sin(tilt)], axis=-1)


def _lens(edge: np.ndarray, centre: np.ndarray, mirror: np.ndarray, shift: np.ndarray) -> WornMesh:
    """A closed disc: front from the middle to the edge, and back again behind it."""
    share = np.array([0.0, 0.35, 0.7, 0.93, 1.0, 1.0, 0.9, 0.4, 0.0])
    behind = np.array([0.0, 0.0, 0.0, 0.0, 0.35, 0.65, 1.0, 1.0, 1.0]) * _LENS_THICKNESS_MM
    flat = share[:, None, None] * edge[None]
    points = _bent(flat, centre) + np.array([0, 0, 1.0]) * (behind[:, None, None] - _LENS_THICKNESS_MM / 2)
    points = points.reshape(-1, 3) * mirror + shift
    triangles = grid_triangles(len(share), len(edge))
    triangles = turned_away_from(points.mean(axis=0), points, triangles)
    low, high = edge.min(axis=0), edge.max(axis=0)
    return worn_mesh(points, triangles, ((flat - low) / (high - low)).reshape(-1, 2), "lens")


def _rim(rim: np.ndarray, angle: np.ndarray, shape: GlassesStyle, material: str) -> WornMesh:
    tall, deep = _RIM_HALF_MM[material]
    centre = rim[:-1].mean(axis=0)
    upper = smooth_step(np.sin(angle), -0.2, 0.7)
    height = np.full(len(rim), tall) * (1 + (0.3 * upper if material == "frame_plastic" else 0.0))
    if shape.upper_rim_only:
        order = np.flatnonzero((np.sin(angle) > 0.02) & (angle < np.pi))
        ends = np.clip(np.minimum(np.arange(len(order)), np.arange(len(order))[::-1]) / 4, 0.15, 1)
        rim, height = rim[order], height[order] * ends
    vertices, triangles, uv = tube(rim, height, np.full(len(rim), deep), rim - centre, sides=6, roundness=2.6)
    return worn_mesh(vertices, triangles, uv, material)


def _bridge(rim: np.ndarray, material: str) -> Float[np.ndarray, "n 3"]:
    """An arch from one rim to the other over the nose."""
    inner = rim[np.argmin(np.abs(np.linspace(0, 2 * np.pi, len(rim)) - np.radians(148)))]
    x = np.linspace(-1, 1, 13)
    bow = 1 - x * x
    rise, forward = (2.0, 1.6) if material == "frame_metal" else (1.0, 1.0)
    return np.stack([x * inner[0], inner[1] - rise * bow, inner[2] - forward * bow], axis=1)


def _bridge_tube(bridge: np.ndarray, material: str) -> WornMesh:
    tall, deep = _RIM_HALF_MM[material]
    height = np.full(len(bridge), tall * (1.0 if material == "frame_metal" else 1.25))
    up = np.tile(np.array([0.0, -1.0, 0.0]), (len(bridge), 1))
    vertices, triangles, uv = tube(bridge, height, np.full(len(bridge), deep), up, sides=8)
    return worn_mesh(vertices, triangles, uv, material, contact=0.3)


def _arm(rim: np.ndarray, side: float, face: FaceForGlasses, material: str) -> WornMesh:
    """From the rim's upper outer corner around the temple, straight to the ear and down behind it."""
    from scipy.interpolate import PchipInterpolator

    tall, wide = _ARM_HALF_MM[material]
    skin = face.sides[0 if side > 0 else 1]
    start = rim[np.argmin(np.abs(np.linspace(0, 2 * np.pi, len(rim)) - np.radians(24)))]
    ear = face.ear_root_mm[0 if side > 0 else 1]
    rest = np.array([ear[0], ear[1] - tall, ear[2] + 2.0])
    out = max(abs(start[0]) + 4.5, float(abs(rest[0])) - 4.0)
    corner = np.array([side * out, start[1], start[2] + 5.0])
    hook = rest + np.array([[0.0, 9.0, 14.0], [0.0, 30.0, 24.0]])
    hook[:, 0] = side * (skin.at((hook @ skin.frame.T)[:, :2], blur=2.0) - 0.5)
    share = np.linspace(0, 1, 16)[1:-1, None]
    straight = corner + share * (rest - corner)
    skin_x = skin.at((straight @ skin.frame.T)[:, :2], blur=2.0) + wide + 0.9
    # The arm is springy: it bows out evenly around the widest place instead of following every dent.
    needed = np.maximum(skin_x - straight[:, 0] * side, 0)
    bow = np.sin(np.pi * share[:, 0]) ** 0.7
    straight[:, 0] += side * np.maximum(bow * (needed / bow).max(), 0)
    turn = start + (corner - start) * np.array([[0.55, 0.5, 0.12]])
    nodes = np.concatenate([start[None], turn, (corner + np.array([0, 0, 1.0]))[None], straight[1:], rest[None], hook])
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(nodes, axis=0), axis=1))])
    path = PchipInterpolator(length, nodes)(np.concatenate([np.linspace(0, 16, 8), np.linspace(20, length[-1], 24)]))
    along = np.linspace(0, 1, len(path))
    slim = 1 - 0.35 * smooth_step(along, 0.05, 0.5)
    up = np.tile(np.array([0.0, -1.0, -0.15]), (len(path), 1))
    vertices, triangles, uv = tube(path, tall * slim, np.full(len(path), wide), up, sides=6, roundness=2.6)
    warm = np.repeat(smooth_step(path[:, 2], rest[2] - 40, rest[2]), 7)
    return worn_mesh(vertices, triangles, uv, material, contact=np.concatenate([warm, [0.0, 1.0]]) * 0.6)
