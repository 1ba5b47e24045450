"""A room behind people: floor, walls and ceiling with windows, doors, radiators, cupboards and desks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from thermvision.motion.placing import Stand
from thermvision.surroundings.rays import Paint, Rays, band
from thermvision.surroundings.roughness import rough

Thing = Callable[
    [np.ndarray, np.ndarray, np.ndarray], np.ndarray
]  # K, place along the wall, height over the floor: to K
Size = tuple[float, float, float, float, float]  # left, right, floor, ceiling, back wall
Corner = tuple[float, float, float]


def room(rays: Rays, kind: str, room_k: float, stand: Stand, spots_mm: np.ndarray, rng: np.random.Generator) -> None:
    """Fill `rays` with a room round people at spots (n, 3) of the room's frame; kind: a key of `backgrounds.SHARES`."""
    floor = stand.height_mm
    ceiling = floor - float(rng.uniform(2450, 3300))
    back = max(2200.0, float(spots_mm[:, 2].max()) + 500) + float(rng.uniform(0, 2200))
    left = min(-900.0, float(spots_mm[:, 0].min()) - 500) - float(rng.uniform(0, 1800))
    right = max(900.0, float(spots_mm[:, 0].max()) + 500) + float(rng.uniform(0, 1800))
    size = (left, right, floor, ceiling, back)
    rays.plane(1, floor, _floor(rays, room_k, size, rng))
    rays.plane(1, ceiling, _ceiling(rays, room_k, size, rng))
    things = _wall_things(kind, room_k, left, right, floor, rng)
    rays.plane(2, back, _wall(rays, room_k, size, 0, things, rng))
    for at in (left, right):
        things = _wall_things("wall", room_k, 600.0, back, floor, rng)
        rays.plane(0, at, _wall(rays, room_k, size, 2, things, rng))
    _blocks(rays, kind, room_k, size, spots_mm, rng)
    rays.paint()


def _corner(distance_mm: np.ndarray) -> np.ndarray:
    """Edges of a room are cooler: less air gets there."""
    return -0.45 * np.exp(-np.abs(distance_mm) / 130.0) - 0.25 * np.exp(-np.abs(distance_mm) / 600.0)


def _floor(rays: Rays, room_k: float, size: Size, rng: np.random.Generator) -> Paint:
    left, right, _, _, back = size
    level, boards = room_k - rng.uniform(0.2, 1.8), rng.uniform(120, 650)
    joint = rng.uniform(-0.25, 0.1) if rng.random() < 0.6 else 0.0
    warm_spots = rng.uniform([left, 800], [right, back], (3, 2))
    warm_k = rng.uniform(-0.5, 0.9, 3)

    def paint(p: np.ndarray, depth: np.ndarray) -> np.ndarray:
        k = level + 0.2 * rough(p, depth, rays.focal_px, rng, 250, 1800)
        k += _corner(back - p[:, 2]) + _corner(p[:, 0] - left) + _corner(right - p[:, 0])
        for (x, z), warm in zip(warm_spots, warm_k, strict=True):
            k += warm * np.exp(-(((p[:, 0] - x) / 700) ** 2) - (((p[:, 2] - z) / 900) ** 2))
        line = np.abs((p[:, 0] / boards) % 1 - 0.5) * boards < 5
        return np.asarray(k + joint * line * np.clip(3000 / depth, 0, 1))

    return paint


def _ceiling(rays: Rays, room_k: float, size: Size, rng: np.random.Generator) -> Paint:
    left, right, _, _, back = size
    level, spacing = room_k + rng.uniform(0.2, 1.2), rng.uniform(1400, 2200)
    lamp_k, grid = float(rng.uniform(2, 9)) * (rng.random() < 0.6), float(rng.choice([0, 600]))

    def paint(p: np.ndarray, depth: np.ndarray) -> np.ndarray:
        x, z = p[:, 0], p[:, 2]
        k = (
            level
            + 0.12 * rough(p, depth, rays.focal_px, rng, 700, 1800)
            + _corner(back - z)
            + _corner(x - left)
            + _corner(right - x)
        )
        inside = (np.abs(x % spacing - spacing / 2) < 90) & (np.abs(z % (1.3 * spacing) - 0.65 * spacing) < 600)
        if grid:
            k = k - 0.2 * ((x % grid < 14) | (z % grid < 14)) * np.clip(4000 / depth, 0, 1)
        return np.asarray(k + lamp_k * inside)

    return paint


def _wall(rays: Rays, room_k: float, size: Size, axis: int, things: list[Thing], rng: np.random.Generator) -> Paint:
    left, right, floor, ceiling, back = size
    level, rise = room_k + rng.normal(0, 0.35), rng.uniform(0.15, 0.7)
    ends = (left, right) if axis == 0 else (-1e9, back)
    studs = float(rng.uniform(0, 0.14))

    def paint(p: np.ndarray, depth: np.ndarray) -> np.ndarray:
        along, up = p[:, axis], floor - p[:, 1]
        k = level + rise * (up / 1000 - 1.2) + 0.09 * rough(p, depth, rays.focal_px, rng, 400, 3000)
        k -= studs * (np.abs(along % 625 - 300) < 25)
        k += _corner(up) + _corner(p[:, 1] - ceiling) + _corner(along - ends[0]) + _corner(ends[1] - along)
        k = np.where(up < 75, k - 0.25, k)
        for thing in things:
            k = thing(k, along, up)
        return np.asarray(k)

    return paint


def _wall_things(
    kind: str, room_k: float, low: float, high: float, floor: float, rng: np.random.Generator
) -> list[Thing]:
    """What is on or in a wall, as functions of temperature, place along it and height above the floor."""
    things: list[Thing] = []
    middle = float(rng.uniform(low + 0.15 * (high - low), high - 0.15 * (high - low)))
    if kind in ("window", "radiator"):
        things.append(_window(room_k, middle, rng))
        if kind == "radiator" or rng.random() < 0.4:
            things.append(_radiator(room_k, middle, rng))
    if kind == "door" or (kind == "wall" and rng.random() < 0.3):
        things.append(_door(room_k, middle, rng))
    for _ in range(int(rng.integers(0, 4))):
        at, above = float(rng.uniform(low, high)), float(rng.uniform(1100, 1900))
        half, tall, warm = float(rng.uniform(120, 700)), float(rng.uniform(120, 420)), float(rng.normal(0, 0.5))
        things.append(_panel(at, above, half, tall, warm))
    for _ in range(int(rng.integers(0, 3))):
        things.append(
            _panel(float(rng.uniform(low, high)), float(rng.choice([300, 1100])), 42, 42, float(rng.uniform(-0.2, 1.0)))
        )
    return things


def _panel(at: float, above: float, half: float, tall: float, warm: float) -> Thing:
    def paint(k: np.ndarray, along: np.ndarray, up: np.ndarray) -> np.ndarray:
        x, y = np.abs(along - at), np.abs(up - above)
        rim = (x < half + 22) & (y < tall + 22)
        return np.where((x < half) & (y < tall), k + warm, np.where(rim, k + 0.4 * warm - 0.15, k))

    return paint


def _window(room_k: float, at: float, rng: np.random.Generator) -> Thing:
    half, sill, top = float(rng.uniform(500, 1300)), float(rng.uniform(850, 1000)), float(rng.uniform(2000, 2300))
    outside, panes = float(rng.uniform(-9, 2)), int(rng.integers(1, 4))

    def paint(k: np.ndarray, along: np.ndarray, up: np.ndarray) -> np.ndarray:
        x = along - at
        frame = (np.abs(x) < half + 60) & band(up, sill - 60, top + 60)
        pane = (np.abs(x) < half) & band(up, sill, top)
        bars = np.abs((x + half) % (2 * half / panes)) < 35
        glass = room_k + outside * (0.7 + 0.3 * (up - sill) / (top - sill)) - 0.8 * np.exp(-(up - sill) / 90)
        return np.where(pane & ~bars, glass, np.where(frame, room_k + 0.45 * outside, k))

    return paint


def _radiator(room_k: float, at: float, rng: np.random.Generator) -> Thing:
    half, low, high = float(rng.uniform(400, 900)), 130.0, float(rng.uniform(560, 740))
    warm, rib = float(rng.uniform(5, 13)), float(rng.uniform(45, 70))

    def paint(k: np.ndarray, along: np.ndarray, up: np.ndarray) -> np.ndarray:
        x = along - at
        body = (np.abs(x) < half) & band(up, low, high)
        ribs = 0.86 + 0.14 * np.cos(2 * np.pi * x / rib)
        plume = 1.1 * np.exp(-((x / (1.1 * half)) ** 2)) * np.clip(1 - (up - high) / 1300, 0, 1) * (up > high)
        return np.where(body, room_k + warm * ribs * (0.75 + 0.25 * (up - low) / (high - low)), k + plume)

    return paint


def _door(room_k: float, at: float, rng: np.random.Generator) -> Thing:
    leaf_k, gap_k = float(rng.normal(0.2, 0.6)), -float(rng.uniform(0.2, 1.2))

    def paint(k: np.ndarray, along: np.ndarray, up: np.ndarray) -> np.ndarray:
        x = np.abs(along - at)
        leaf, frame = (x < 450) & (up < 2050), (x < 520) & (up < 2120)
        gap = leaf & ((x > 438) | (up > 2038) | (up < 12))
        handle = (np.abs(along - at - 370) < 60) & (np.abs(up - 1040) < 16)
        panel = leaf & ((np.abs(x - 300) < 9) & band(up, 250, 1850))
        value = np.where(leaf, k + leaf_k, np.where(frame, k + 0.4 * leaf_k - 0.2, k))
        return value + gap_k * gap - 0.5 * handle - 0.2 * panel

    return paint


def _blocks(rays: Rays, kind: str, room_k: float, size: Size, spots_mm: np.ndarray, rng: np.random.Generator) -> None:
    """Cupboards and desks along the walls, away from people."""
    left, right, floor, _, back = size
    for number in range(int(rng.integers(1, 5))):
        wide, deep = float(rng.uniform(500, 1600)), float(rng.uniform(350, 650))
        tall = float(rng.choice([740, 900, 1250, 1900]))
        if rng.random() < 0.6:
            x, z = float(rng.uniform(left, right - wide)), back - deep
            low, high = (x, floor - tall, z), (x + wide, floor, back)
        else:
            z = float(rng.uniform(1200, max(1300, back - wide)))
            x = left if rng.random() < 0.5 else right - deep
            low, high = (x, floor - tall, z), (x + deep, floor, z + wide)
        middle = np.array([(low[0] + high[0]) / 2, (low[2] + high[2]) / 2])
        if (np.hypot(*(spots_mm[:, [0, 2]] - middle).T) < 0.6 * wide + 450).any():
            continue
        rays.box(low, high, _block(rays, room_k, low, high, rng))
        if (kind == "monitor" and number == 0) or (tall == 740 and rng.random() < 0.35):
            half = float(rng.uniform(230, 330))
            at = (middle[0] - half, low[1] - 430, middle[1] - 25), (middle[0] + half, low[1] - 70, middle[1] + 25)
            rays.box(*at, _screen(room_k, at[0][1], rng))


def _block(rays: Rays, room_k: float, low: Corner, high: Corner, rng: np.random.Generator) -> Paint:
    level, doors = room_k + rng.normal(0, 0.5), int(rng.integers(1, 4))

    def paint(p: np.ndarray, depth: np.ndarray) -> np.ndarray:
        axis = 0 if high[0] - low[0] > high[2] - low[2] else 2
        share = (p[:, axis] - low[axis]) / (high[axis] - low[axis]) * doors
        seam = np.abs(share - np.round(share)) * (high[axis] - low[axis]) / doors < 7
        top = p[:, 1] < low[1] + 4
        k = level + 0.05 * rough(p, depth, rays.focal_px, rng, 300, 900) - 0.3 * seam + 0.35 * top
        return np.asarray(k + 0.35 * (high[1] - p[:, 1]) / 1000)

    return paint


def _screen(room_k: float, top: float, rng: np.random.Generator) -> Paint:
    warm = float(rng.uniform(4, 10))

    def paint(p: np.ndarray, depth: np.ndarray) -> np.ndarray:
        return np.asarray(room_k + warm * (1.1 - 0.35 * (p[:, 1] - top) / 360) + 0 * depth)

    return paint
