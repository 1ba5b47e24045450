"""Hair that is tied: a bun, a tail that falls behind or over a shoulder, and the wisps that come loose before the ears."""

from __future__ import annotations

import numpy as np

from thermvision.head.hair.cap import flow_pole
from thermvision.head.hair.mesh import HairMesh, make_mesh, strips
from thermvision.head.hair.skull import CENTRE_MM, Skull, direction
from thermvision.head.hair.styles import HairStyle
from thermvision.head.sheets import grid_triangles, smooth_step, soft_noise, tube, turned_away_from


def build_bun(style: HairStyle, skull: Skull, rng: np.random.Generator) -> HairMesh:
    """A wound knot where the hair meets."""
    pole = flow_pole(style)
    size = style.bun_mm * rng.uniform(0.85, 1.1)
    centre = CENTRE_MM + pole * (skull.radius(pole[None])[0] + 0.62 * size)
    angle, around = np.meshgrid(np.linspace(0.02, np.pi - 0.02, 18), np.linspace(0, 2 * np.pi, 31), indexing="ij")
    ball = direction(angle, around).reshape(-1, 3)
    coils = 1 + 0.05 * np.sin(5 * angle + around).ravel() + 0.03 * soft_noise(ball * size, rng, 22.0)
    vertices = centre + size * ball * coils[:, None] * [1.08, 0.92, 0.92]
    triangles = turned_away_from(centre, vertices, grid_triangles(*angle.shape))
    # Its strands are wound around it.
    strand = np.stack([0.2 + 0.3 * angle.ravel() / np.pi, 0.1 + 0.8 * around.ravel() / (2 * np.pi)], axis=-1)
    return make_mesh(vertices, triangles, strand, np.full(len(vertices), -0.02))


def build_tail(style: HairStyle, skull: Skull, rng: np.random.Generator) -> list[HairMesh]:
    """A tail from the tie, up and out and down; in half of all sessions it lies over a shoulder, else behind the neck."""
    pole = flow_pole(style)
    tie = CENTRE_MM + pole * (skull.radius(pole[None])[0] + style.thickness_mm)
    side, over = rng.choice([-1.0, 1.0]), rng.random() < 0.7
    x = 66.0 * side if over else 16.0 * side
    back, end = tie[2] + 34.0, style.tail_below_joint_mm * rng.uniform(0.85, 1.1)
    marks = np.array([
        tie - 6 * pole, tie + 14 * pole + [0, -6, 0], tie + np.array([3 * side, 8, 36]), [0.35 * x, tie[1] + 75, back + 4],
        [0.8 * x, 40.0, back - (40 if over else 10)], [1.18 * x, 105.0, -18.0 if over else back - 6],
        [1.12 * x, 150.0, -84.0 if over else 88.0], [x, end, -96.0 if over else 92.0],
    ])  # fmt: skip
    at = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(marks, axis=0), axis=1))])
    steps = 30
    path = np.stack([np.interp(np.linspace(0, at[-1], steps), at, marks[:, k]) for k in range(3)], axis=1)
    for _ in range(6):
        path[1:-1] = 0.25 * path[:-2] + 0.5 * path[1:-1] + 0.25 * path[2:]
    t = np.linspace(0, 1, steps)
    size = 9 + 15 * smooth_step(t, 0.02, 0.25) - 21.0 * smooth_step(t, 0.45, 1.0)
    size *= 1 + 0.05 * np.sin(2 * np.pi * 2.3 * t + rng.uniform(0, 6))
    outwards = path - [0.0, -40.0, -40.0]
    vertices, triangles, uv = tube(path, 0.75 * size, size, outwards, sides=14)
    strand = np.stack([0.1 + 0.2 * uv[:, 0], 0.55 + 0.4 * uv[:, 1]], axis=-1)
    body = make_mesh(vertices, triangles, strand, -0.10 * uv[:, 1])
    return [body, _tail_tips(path, size, rng)]


def _tail_tips(path: np.ndarray, size: np.ndarray, rng: np.random.Generator) -> HairMesh:
    count, tail = 46, path[-12:]
    turn = rng.uniform(0, 2 * np.pi, count)
    spread = np.linspace(1.0, 0.45, 12)[None] * size[-12:] * rng.uniform(0.75, 1.05, (count, 1))
    around = np.stack([np.cos(turn)[:, None] * spread, 0 * spread, np.sin(turn)[:, None] * spread], axis=-1)
    paths = tail[None] + around
    paths[..., 1] += rng.uniform(-8, 30, (count, 1)) * np.linspace(0, 1, 12) ** 2
    width = rng.uniform(2.0, 5.0, (count, 1)) * np.linspace(1, 0.12, 12) ** 0.8
    along = np.stack(np.broadcast_arrays(0.1 + 0.2 * rng.random((count, 1)), np.linspace(0.8, 0.95, 12)[None]), axis=-1)
    return strips(paths, width, along, np.full((count, 12), -0.1), both_sides=True)


def build_wisps(style: HairStyle, skull: Skull, rng: np.random.Generator) -> HairMesh:
    """A few thin loose strands a side, from the temple down before the ear."""
    count, steps = 2 * style.wisps, 12
    side = np.repeat([-1.0, 1.0], style.wisps)
    t = np.linspace(0, 1, steps)[None]
    azimuth = side * np.radians(rng.normal(76, 1.5, count))
    start = direction(skull.hairline(azimuth) - 0.12, azimuth)
    root = CENTRE_MM + start * (skull.radius(start) + 2.0)[:, None]
    length = rng.uniform(70, 125, (count, 1)) * np.repeat(rng.uniform(0.7, 1.1, (2, 1)), style.wisps, axis=0)
    bow = np.repeat(rng.uniform(0.7, 1.3, (2, 1)), style.wisps, axis=0) + rng.normal(0, 0.15, (count, 1))
    x = np.abs(root[:, :1]) + 9.0 * bow * np.sin(np.pi * t**0.8) + rng.normal(0, 2.0, (count, 1)) * t
    y = root[:, 1:2] + length * t
    z = root[:, 2:] - 5.0 * np.sin(np.pi * t) + rng.normal(0, 3.0, (count, 1)) * t
    # They hang before the ear, outside the skin.
    local = np.stack([side[:, None] * x, y, z], axis=-1) - CENTRE_MM
    reach = np.linalg.norm(local, axis=-1, keepdims=True)
    skin = skull.radius(local / reach, ears=True)[..., None] + 2.0
    place = CENTRE_MM + local * np.maximum(1.0, skin / reach)
    width = rng.uniform(1.0, 1.8, (count, 1)) * (1 - 0.4 * t**2)
    along = np.stack(np.broadcast_arrays(rng.uniform(0.3, 0.7, (count, 1)), 0.5 + 0.3 * t), axis=-1)
    return strips(place, width, along, np.broadcast_to(0.36 - 0.12 * t, (count, steps)), both_sides=True, to_front=1.2)
