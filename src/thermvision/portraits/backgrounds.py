"""What stands behind a person: apparent temperatures of walls and things, indoors and outdoors, out of focus."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import gaussian_filter

from thermvision.physiology.smooth_noise import smooth_field

SIZE = 192
# Shares of sessions: choices, so that no background is rare enough to name its person.
SHARES = {
    "wall": 0.40, "window": 0.12, "radiator": 0.09, "lamp": 0.07, "monitor": 0.09, "door": 0.09, "people": 0.07,
    "outdoors": 0.07,
}  # fmt: skip


def draw_background(rng: np.random.Generator) -> str:
    """The kind of background of a session."""
    return str(rng.choice(list(SHARES), p=list(SHARES.values())))


def background_k(kind: str, room_k: float, rng: np.random.Generator) -> Float32[np.ndarray, "size size"]:
    """Apparent temperature behind the person, K, rows from the top; `kind` is a key of `SHARES`."""
    axis = np.linspace(-0.5, 0.5, SIZE)
    y, x = np.meshgrid(axis, axis, indexing="ij")
    scene = _outdoors(y, x, room_k, rng) if kind == "outdoors" else _wall(y, x, room_k, rng)
    if kind in _THINGS:
        scene = _THINGS[kind](scene, y, x, room_k, rng)
    blur = float(rng.uniform(0.8, 3.0)) if kind != "wall" else 1.0  # the lens is focused on the face
    return gaussian_filter(scene, blur, mode="nearest").astype(np.float32)


def _field(y: np.ndarray, x: np.ndarray, rng: np.random.Generator, size: float) -> np.ndarray:
    points = np.stack([x.ravel(), y.ravel(), 0 * x.ravel()], 1).astype(np.float32)
    return smooth_field(points, rng, wavelength_mm=size).reshape(x.shape)


def _wall(y: np.ndarray, x: np.ndarray, room_k: float, rng: np.random.Generator) -> np.ndarray:
    """Room temperature, warmer towards the ceiling, with slow stains."""
    drift = rng.normal(-0.3, 0.4) - rng.uniform(0.1, 0.7) * y + rng.normal(0, 0.2) * x
    return np.asarray(room_k + drift + 0.12 * _field(y, x, rng, 0.8))


def _box(y: np.ndarray, x: np.ndarray, top: float, bottom: float, left: float, right: float) -> np.ndarray:
    return (y > top) & (y < bottom) & (x > left) & (x < right)


def _side(rng: np.random.Generator, reach: float = 0.34) -> float:
    """The middle of a thing beside the person, seldom behind the head."""
    return float(rng.choice([-1, 1]) * rng.uniform(0.6 * reach, 1.3 * reach))


def _window(scene: np.ndarray, y: np.ndarray, x: np.ndarray, room_k: float, rng: np.random.Generator) -> np.ndarray:
    middle, half, bottom = _side(rng), rng.uniform(0.12, 0.25), rng.uniform(0.05, 0.5)
    pane = _box(y, x, -0.6, bottom, middle - half, middle + half)
    frame = _box(y, x, -0.6, bottom + 0.02, middle - half - 0.02, middle + half + 0.02) & ~pane
    bars = pane & ((np.abs(x - middle) < 0.01) | (np.abs(y - bottom + 0.3) < 0.008))
    outside = rng.uniform(-9, 2)
    scene = np.where(pane, room_k + outside + 1.2 * (y + 0.5) + 0.2 * _field(y, x, rng, 0.3), scene)
    return np.where(frame | bars, room_k + 0.45 * outside, scene)


def _radiator(scene: np.ndarray, y: np.ndarray, x: np.ndarray, room_k: float, rng: np.random.Generator) -> np.ndarray:
    middle, half, top = _side(rng, 0.3), rng.uniform(0.12, 0.25), rng.uniform(0.05, 0.3)
    ribs = 0.72 + 0.28 * np.cos(2 * np.pi * x / rng.uniform(0.03, 0.05))
    body = _box(y, x, top, 0.6, middle - half, middle + half)
    plume = np.exp(-(((x - middle) / (half * 1.2)) ** 2)) * np.clip(1 - (top - y) / 0.5, 0, 1) * (y < top)
    return np.where(body, room_k + rng.uniform(5, 11) * ribs, scene + 0.9 * plume)


def _lamp(scene: np.ndarray, y: np.ndarray, x: np.ndarray, room_k: float, rng: np.random.Generator) -> np.ndarray:
    middle, height = _side(rng), rng.uniform(-0.42, -0.1)
    radius = rng.uniform(0.04, 0.09)
    far = np.hypot((x - middle) / 1.3, y - height)
    stand = _box(y, x, height, 0.6, middle - 0.006, middle + 0.006)
    scene = np.where(stand, room_k + 1.5, scene)
    return scene + rng.uniform(4, 10) / (1 + np.exp((far - radius) / 0.008)) + np.exp(-((far / (2.5 * radius)) ** 2))


def _monitor(scene: np.ndarray, y: np.ndarray, x: np.ndarray, room_k: float, rng: np.random.Generator) -> np.ndarray:
    middle, half, top = _side(rng), rng.uniform(0.12, 0.2), rng.uniform(-0.1, 0.2)
    screen = _box(y, x, top, top + 1.15 * half, middle - half, middle + half)
    warm = rng.uniform(4, 9) * (0.75 + 0.4 * np.clip((y - top) / half, 0, 1))
    foot = _box(y, x, top + 1.15 * half, 0.6, middle - 0.03, middle + 0.03)
    return np.where(screen, room_k + warm, np.where(foot, room_k + 1.0, scene))


def _door(scene: np.ndarray, y: np.ndarray, x: np.ndarray, room_k: float, rng: np.random.Generator) -> np.ndarray:
    middle, half = _side(rng), rng.uniform(0.14, 0.22)
    leaf = _box(y, x, -0.42, 0.6, middle - half, middle + half)
    frame = _box(y, x, -0.45, 0.6, middle - half - 0.025, middle + half + 0.025) & ~leaf
    panels = leaf & (np.abs(np.abs(x - middle) - 0.6 * half) < 0.004)
    scene = np.where(leaf, scene + rng.normal(0.4, 0.6), scene)
    return np.where(frame, room_k + rng.normal(0.1, 0.3), np.where(panels, scene - 0.25, scene))


def _people(scene: np.ndarray, y: np.ndarray, x: np.ndarray, room_k: float, rng: np.random.Generator) -> np.ndarray:
    """One to three people far off."""
    from thermvision.body.figures import draw_figure

    picture = scene.astype(np.float32)
    for _ in range(int(rng.integers(1, 4))):
        middle, head, top = _side(rng, 0.4), rng.uniform(0.05, 0.12), rng.uniform(-0.25, 0.05)
        draw_figure(picture, (middle + 0.5) * SIZE, (top + 0.5) * SIZE, head * SIZE, room_k, rng)
    return picture


def _outdoors(y: np.ndarray, x: np.ndarray, room_k: float, rng: np.random.Generator) -> np.ndarray:
    """Cold sky over a horizon of trees or houses, and ground that the sun may have made hotter than skin."""
    horizon = rng.uniform(-0.3, 0.15)
    line = horizon + 0.03 * _field(0 * y, x, rng, 0.25)
    sky = room_k - rng.uniform(12, 45) * np.clip((line - y) / 0.6 + 0.25, 0, 1)
    sunny = rng.random() < 0.5
    ground = room_k + (rng.uniform(4, 22) if sunny else rng.uniform(-2, 3)) + 1.2 * _field(y, x, rng, 0.12)
    scene = np.where(y < line, sky, ground)
    for _ in range(int(rng.integers(1, 5))):
        middle, half, top = rng.uniform(-0.5, 0.5), rng.uniform(0.05, 0.2), horizon - rng.uniform(0.05, 0.35)
        thing = _box(y, x, top, horizon + 0.02, middle - half, middle + half)
        scene = np.where(thing, room_k + rng.uniform(-2, 8 if sunny else 2) + 0.6 * _field(y, x, rng, 0.05), scene)
    return np.asarray(scene)


_THINGS = {
    "window": _window, "radiator": _radiator, "lamp": _lamp, "monitor": _monitor, "door": _door, "people": _people,
}  # fmt: skip
