"""Shoes, each with the piece of leg above: two tubes round the ankle's and the foot's bones."""

from __future__ import annotations

import numpy as np

from thermvision.head.sheets import tube

SOLE_MM = 72.0  # the floor below the ankle's joint
_ALONG = np.array([-1.0, -0.93, -0.6, -0.2, 0.2, 0.55, 0.85, 0.97, 1.0])  # heel to toe
_HEIGHT = np.array([0.30, 0.62, 0.92, 1.0, 0.80, 0.56, 0.44, 0.30, 0.12])
_WIDTH = np.array([0.30, 0.62, 0.78, 0.76, 0.85, 1.0, 0.94, 0.62, 0.30])


def shoe(ankle_mm: np.ndarray, toe_mm: np.ndarray, sole_y_mm: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices, triangles and a per-vertex flag (1 on the shoe, 0 on the sock) of one foot at rest."""
    heel = np.array([ankle_mm[0], 0, ankle_mm[2] + 62.0])
    front = np.array([toe_mm[0], 0, toe_mm[2] - 48.0])
    middle, half = (heel + front) / 2, (front - heel) / 2
    tall = 36.0 * _HEIGHT
    path = middle + _ALONG[:, None] * half
    path[:, 1] = sole_y_mm - tall
    up = np.tile([0.0, -1.0, 0.0], (len(path), 1))
    foot = tube(path, tall, 47.0 * _WIDTH, up, sides=10, roundness=2.7)
    heights = np.array([ankle_mm[1] - 75, ankle_mm[1] - 20, ankle_mm[1] + 25])
    stem = np.stack([np.full(3, ankle_mm[0]), heights, np.full(3, ankle_mm[2] + 8)], axis=1)
    sock = tube(
        stem, np.array([38.0, 36.0, 44.0]), np.array([33.0, 32.0, 36.0]), np.tile([0.0, 0.0, -1.0], (3, 1)), sides=8
    )
    flag = np.concatenate([np.ones(len(foot[0])), np.zeros(len(sock[0]))])
    return np.concatenate([foot[0], sock[0]]), np.concatenate([foot[1], sock[1] + len(foot[0])]), flag
