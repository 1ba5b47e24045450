"""A square or street behind people: paving that the sun may have made hotter than skin, lawns, houses, trees, a cold sky."""

from __future__ import annotations

import numpy as np

from thermvision.motion.placing import Stand
from thermvision.surroundings.rays import Paint, Rays, band
from thermvision.surroundings.roughness import rough


def street(rays: Rays, room_k: float, stand: Stand, spots_mm: np.ndarray, rng: np.random.Generator) -> None:
    """Fill `rays` with the outdoors round people at spots (n, 3) of the room's frame; room_k: the air."""
    sunny = bool(rng.random() < 0.6)
    far = float(spots_mm[:, 2].max())
    rays.plane(1, stand.height_mm, _ground(rays, room_k, far, sunny, rng))
    distance = float(rng.uniform(18e3, 55e3))
    _houses(rays, room_k, stand.height_mm, distance, sunny, rng)
    for _ in range(int(rng.integers(2, 9))):
        _tree(rays, room_k, stand.height_mm, float(rng.uniform(far + 5e3, distance)), rng)
    for _ in range(int(rng.integers(0, 6))):
        _post(rays, room_k, stand.height_mm, spots_mm, far, sunny, rng)
    rays.paint()
    zenith, horizon = room_k - rng.uniform(28, 48), room_k - rng.uniform(3, 11)
    clouds = float(rng.uniform(0, 7))

    def sky(direction: np.ndarray) -> np.ndarray:
        up = np.clip(-direction[:, 1] / np.linalg.norm(direction, axis=1), 0, 1)
        field = rough(direction * np.array([1000, 3000, 1000], np.float32), np.ones(len(up)), 1e9, rng, 60, 700)
        return np.asarray(horizon + (zenith - horizon) * up**0.75 + clouds * np.clip(field, 0, 2) * np.sqrt(up + 0.05))

    rays.sky(sky)


def _ground(rays: Rays, room_k: float, far: float, sunny: bool, rng: np.random.Generator) -> Paint:
    """Bands across the scene: paving where the people are, then kerbs, lawn, road and what else there is."""
    paving = room_k + (rng.uniform(9, 24) if sunny else rng.uniform(-1.5, 3))
    slab, joint = float(rng.choice([300, 600, 900, 1500])), float(rng.normal(-0.3, 0.5))
    edges = np.cumsum([far + rng.uniform(600, 4000), *rng.uniform(1500, 9000, 6)])
    kinds = rng.choice(["lawn", "paving", "road", "soil"], 7)
    lawn_k = room_k + (rng.uniform(-1, 4) if sunny else rng.uniform(-3, 1))
    level = {
        "lawn": lawn_k,
        "paving": paving - 1.5,
        "road": paving + rng.uniform(-1, 4),
        "soil": room_k + rng.uniform(-1, 7),
    }
    grain = {"lawn": 1.1, "paving": 0.6, "road": 0.5, "soil": 1.3}
    tilt = float(rng.normal(0, 0.12))  # of the bands against the frame
    dark = [(rng.uniform(-4000, 4000), rng.uniform(1500, far + 4000), rng.uniform(300, 1500)) for _ in range(4)]

    def paint(p: np.ndarray, depth: np.ndarray) -> np.ndarray:
        x, z = p[:, 0], p[:, 2] + tilt * p[:, 0]
        fine = rough(p, depth, rays.focal_px, rng, 25, 900)
        k = paving + 0.85 * fine + 0.8 * rough(p, depth, rays.focal_px, rng, 1200, 6000)
        visible = np.clip(2.2 - depth / (slab * 9), 0, 1)
        line = (np.abs(x % slab - slab / 2) < 7) | (np.abs((z + 0.3 * slab) % slab - slab / 2) < 7)
        k += joint * line * visible
        for at, away, size in dark:  # damp or worn places
            k += np.where(np.hypot(x - at, z - away) < size * (1 + 0.25 * fine), -0.9, 0.0)
        for number, (start, kind) in enumerate(zip(edges, kinds, strict=True)):
            beyond = z > start
            k = np.where(beyond, level[str(kind)] + grain[str(kind)] * 1.3 * fine + 0.15 * number, k)
            k = np.where(band(z, start, start + 150), paving + 2.5 if sunny else room_k + 0.5, k)
            k = np.where(band(z, start - 40, start), k - 2.0, k)
        return np.asarray(k)

    return paint


def _houses(rays: Rays, room_k: float, floor: float, distance: float, sunny: bool, rng: np.random.Generator) -> None:
    left = -1.2 * distance
    while left < 1.2 * distance:
        wide, tall = float(rng.uniform(7e3, 22e3)), float(rng.uniform(5e3, 17e3))
        if rng.random() < 0.75:
            near = distance + float(rng.uniform(0, 8e3))
            face = _facade(rays, room_k, floor, left, sunny, rng)
            rays.box((left, floor - tall, near), (left + wide, floor, near + 9e3), face)
        left += wide + float(rng.uniform(0, 9e3))


def _facade(rays: Rays, room_k: float, floor: float, left: float, sunny: bool, rng: np.random.Generator) -> Paint:
    """Storeys of windows that mirror the cold sky."""
    level = room_k + (rng.uniform(1, 10) if sunny else rng.uniform(-1.5, 2.5))
    glass = room_k - rng.uniform(4, 16)
    storey, bay = float(rng.uniform(2900, 3600)), float(rng.uniform(1800, 3600))

    def paint(p: np.ndarray, depth: np.ndarray) -> np.ndarray:
        up, along = floor - p[:, 1], p[:, 0] - left + p[:, 2]
        pane = band(up % storey, 0.32 * storey, 0.78 * storey) & band(along % bay, 0.25 * bay, 0.75 * bay)
        k = level + 0.5 * rough(p, depth, rays.focal_px, rng, 400, 6000) + 0.1 * up / 1000
        return np.where(pane, glass, np.where(up % storey < 130, k - 0.8, k))

    return paint


def _tree(rays: Rays, room_k: float, floor: float, away: float, rng: np.random.Generator) -> None:
    """A crown with a ragged outline on a trunk, as a picture standing in the scene."""
    at, crown, trunk = (
        float(rng.uniform(-0.55, 0.55)) * away,
        float(rng.uniform(1100, 2600)),
        float(rng.uniform(1500, 3000)),
    )
    leaf_k, squeeze = room_k + float(rng.uniform(-2.5, 1.5)), float(rng.uniform(0.75, 1.25))

    def paint(p: np.ndarray, depth: np.ndarray) -> np.ndarray:
        x, up = p[:, 0] - at, floor - p[:, 1] - trunk - crown * 0.8
        field = rough(p, depth, rays.focal_px, rng, 100, 1000)
        inside = np.hypot(x, up * squeeze) < crown * (1 + 0.16 * field)
        gaps = field + 0.0012 * np.hypot(x, up) > 3.2
        stem = (np.abs(x) < 110) & (floor - p[:, 1] < trunk + crown) & (floor - p[:, 1] > 0)
        return np.where(inside & ~gaps, leaf_k + 0.7 * field, np.where(stem, room_k + 1.0, np.nan))

    rays.cutout(2, away, at, 1.6 * crown, paint)


def _post(
    rays: Rays, room_k: float, floor: float, spots_mm: np.ndarray, far: float, sunny: bool, rng: np.random.Generator
) -> None:
    """A bollard, bin or lamp post."""
    half, tall = ((55, 950), (210, 900), (60, 5200))[int(rng.integers(3))]
    x, z = float(rng.uniform(-3500, 3500)), float(rng.uniform(2500, far + 6000))
    if (np.hypot(*(spots_mm[:, [0, 2]] - [x, z]).T) < 900).any() or z < spots_mm[:, 2].max() + 300:
        return
    level = room_k + float(rng.uniform(2, 12) if sunny else rng.uniform(-3, 1))

    def paint(p: np.ndarray, depth: np.ndarray) -> np.ndarray:
        lit = (p[:, 0] - x) / half
        return np.asarray(level + (1.5 if sunny else 0.2) * lit - 1.2 * (p[:, 1] < floor - tall + 60) + 0 * depth)

    rays.box((x - half, floor - tall, z - half), (x + half, floor, z + half), paint)
