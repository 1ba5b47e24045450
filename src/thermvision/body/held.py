"""Things in hands: a phone, a cup, a sheet of paper, as closed meshes placed by a posed hand."""

from __future__ import annotations

import numpy as np

from thermvision.body.reach import Grip
from thermvision.head.sheets import tube

_BOX = np.array(
    [[0, 2, 1], [0, 3, 2], [4, 5, 6], [4, 6, 7], [0, 1, 5], [0, 5, 4], [1, 2, 6], [1, 6, 5], [2, 3, 7], [2, 7, 6],
     [3, 0, 4], [3, 4, 7]]
)  # fmt: skip


def box(centre_mm: np.ndarray, axes: np.ndarray, half_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (8, 3) and outward triangles of a box; axes: columns of unit length, right-handed."""
    corner = np.array(
        [[-1, -1, -1], [1, -1, -1], [1, 1, -1], [-1, 1, -1], [-1, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]]
    )
    return centre_mm + (corner * half_mm) @ axes.T, _BOX


def held_mesh(
    kind: str, wrist_mm: np.ndarray, grip: Grip, other_wrist_mm: np.ndarray | None, hand_mm: float
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and triangles of a thing in the hand whose wrist has been reached; paper is held by both hands."""
    fingers = grip.fingers / np.linalg.norm(grip.fingers)
    palm = grip.palm - (grip.palm @ fingers) * fingers
    palm = palm / np.linalg.norm(palm)
    if kind == "phone":
        centre = wrist_mm + 0.62 * hand_mm * fingers + 27 * palm
        return box(centre, np.stack([np.cross(fingers, palm), fingers, palm], 1), np.array([36.0, 74.0, 4.5]))
    if kind == "cup":
        centre = wrist_mm + 0.55 * hand_mm * fingers + 46 * palm
        heights = np.array([48.0, 46.0, 0.0, -44.0, -47.0])
        path = centre + heights[:, None] * np.array([0.0, 1.0, 0.0])
        radius = np.array([26.0, 29.0, 33.0, 38.0, 38.0])
        vertices, triangles, _ = tube(path, radius, radius, np.tile([0.0, 0.0, -1.0], (5, 1)), sides=14)
        return vertices, triangles
    other = wrist_mm if other_wrist_mm is None else other_wrist_mm
    middle = 0.5 * (wrist_mm + other) + np.array([0.0, -175.0, -8.0])
    across = other - wrist_mm
    across = across * (1.0 if across[0] > 0 else -1.0)
    across = across / max(float(np.linalg.norm(across)), 1e-6)
    up = np.array([0.0, 1.0, -0.25])
    up = up - (up @ across) * across
    up = up / np.linalg.norm(up)
    return box(middle, np.stack([across, up, np.cross(across, up)], 1), np.array([105.0, 148.0, 0.8]))
