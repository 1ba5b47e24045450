"""A skirt round posed legs: rings from the waist along both legs, standing or seated."""

from __future__ import annotations

import numpy as np

from thermvision.head.sheets import tube

_ROWS, _SIDES = 16, 22
_WAIST = -0.13  # where a skirt begins, as a share along the legs


def skirt(
    joints_mm: dict[str, np.ndarray], waist_mm: np.ndarray, length: float, flare: float, folds: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices, triangles and texture coordinates in the torso frame.

    joints_mm: posed; waist_mm: middle of the waist; length: share along the legs; flare: 0 narrow to 1 wide; folds:
    `_SIDES` values of unit variance, how the hem waves.
    """
    hip, knee, foot = (0.5 * (joints_mm[f"{n}_l"] + joints_mm[f"{n}_r"]) for n in ("thigh", "shin", "foot"))
    spread = [0.5 * float(np.linalg.norm(joints_mm[f"{n}_l"] - joints_mm[f"{n}_r"])) for n in ("thigh", "shin", "foot")]
    share = np.linspace(_WAIST, length, _ROWS)
    nodes = np.array([_WAIST, 0.0, 0.5, 1.0])
    path = np.stack([np.interp(share, nodes, [waist_mm[k], hip[k], knee[k], foot[k]]) for k in range(3)], axis=1)
    path = np.stack([np.convolve(np.pad(path[:, k], 1, mode="edge"), [0.25, 0.5, 0.25], "valid") for k in range(3)], 1)
    grown = np.clip(share, 0, 1)
    width = np.interp(share, nodes, [138.0, spread[0] + 100, spread[1] + 88, spread[2] + 76]) + 70 * flare * grown
    depth = np.interp(share, nodes, [112.0, 140.0, 108.0, 88.0]) + 55 * flare * grown
    seated = abs(knee[2] - hip[2]) > 0.5 * abs(knee[1] - hip[1])
    up = np.tile([0.0, -0.6, -0.8] if seated else [0.0, 0.0, -1.0], (_ROWS, 1))
    vertices, triangles, uv = tube(path, depth, width, up, sides=_SIDES)
    ring = np.arange(_ROWS * (_SIDES + 1))
    row, column = ring // (_SIDES + 1), ring % (_SIDES + 1) % _SIDES
    out = vertices[ring] - path[row]
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-6)
    vertices[ring] += out * (9.0 * (0.3 + flare) * grown[row] * folds[column])[:, None]
    uv[:, 0] = np.abs(2 * uv[:, 0] - 1)  # no seam where the ring closes
    return vertices, triangles, uv


def ring_count() -> int:
    """How many values `folds` has."""
    return _SIDES
