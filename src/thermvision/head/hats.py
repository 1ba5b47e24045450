"""Hats that sit above the ears: baseball cap, knitted beanie and bucket hat."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from thermvision.head.crown import BrimLine, Crown, build_crown
from thermvision.head.head_measures import HeadMeasures
from thermvision.head.sheets import grid_triangles, grid_uv, sheet_normals, smooth_step, soft_noise
from thermvision.head.worn import WornMesh, worn_mesh


def baseball_cap(head: HeadMeasures, rng: np.random.Generator) -> list[WornMesh]:
    """A cap with stiff front panels and a curved peak; ears and nape stay free."""
    line = BrimLine(head.brow_y_mm - rng.uniform(18, 24), head.ear_top_y_mm - 4.0, head.ear_top_y_mm + 8.0)
    stiff, phase = rng.uniform(6.0, 11.0), rng.integers(1 << 30)

    def lift(azimuth: np.ndarray, share: np.ndarray, points: np.ndarray) -> np.ndarray:
        front = np.clip(np.cos(azimuth), 0, 1) ** 1.5 * np.exp(-(((share - 0.5) / 0.3) ** 2))
        top = 5.0 * np.exp(-((share / 0.55) ** 2))
        seams = -0.8 * np.exp(-((np.sin(3 * azimuth) / 0.16) ** 2)) * smooth_step(share, 0.05, 0.2)
        dents = soft_noise(points.reshape(-1, 3), np.random.default_rng(phase), 70.0).reshape(share.shape)
        return 3.0 + stiff * front + top + seams + 0.9 * dents * smooth_step(share, 1.0, 0.7)

    crown = build_crown(head, line, lift, "cloth")
    length, droop = rng.uniform(62, 74), rng.uniform(6.0, 12.0)
    return [crown.mesh, _peak(crown, length, droop)]


def _peak(crown: Crown, length_mm: float, droop_mm: float) -> WornMesh:
    """The peak grows out of the front of the brim; its sides bend down more than its middle."""
    across, rows = np.linspace(-1, 1, 29), 12
    half = np.radians(62)
    root = np.stack([np.interp(across * half, crown.azimuth, crown.brim_mm[:, k]) for k in range(3)], axis=1)
    root = root + (crown.centre_mm - root) * [0.02, 0, 0.02]  # inside the dome, so that no light falls between
    reach = length_mm * np.clip(1 - np.abs(across) ** 2.6, 0, 1) ** 0.55
    out = np.linspace(0, 1, rows)[:, None]
    forward = out * reach[None]
    x = root[None, :, 0] * (1 + 0.16 * out * (1 - np.abs(across[None]) ** 3))
    bend = np.abs(across[None]) ** 2
    y = (
        root[None, :, 1]
        + forward * 0.16
        + droop_mm * (forward / length_mm) ** 2
        + 7.0 * bend * smooth_step(out, 0.0, 0.5)
    )
    z = root[None, :, 2] - forward
    points = np.stack(np.broadcast_arrays(x, y, z), axis=-1)
    return two_sided(points, "cloth", thickness_mm=1.8, down=True)


def beanie(head: HeadMeasures, rng: np.random.Generator) -> list[WornMesh]:
    """A knitted cap with a turned-up cuff, some slack at the top, over the upper part of the ears or above them."""
    over_ears = bool(rng.random() < 0.5)
    side = head.ear_top_y_mm + (14.0 if over_ears else -3.0)
    line = BrimLine(head.brow_y_mm - rng.uniform(15, 22), side, head.ear_top_y_mm + 26.0)
    slack, cuff, phase = rng.uniform(6.0, 24.0), rng.uniform(0.30, 0.40), int(rng.integers(1 << 30))
    lean = rng.uniform(-0.4, 1.0)

    def lift(azimuth: np.ndarray, share: np.ndarray, points: np.ndarray) -> np.ndarray:
        folds = soft_noise(points.reshape(-1, 3) * [1, 1.6, 1], np.random.default_rng(phase), 62.0).reshape(share.shape)
        top = slack * np.exp(-((share / 0.5) ** 2)) * (1 - 0.35 * lean * np.cos(azimuth) * smooth_step(share, 0, 0.3))
        turned_up = smooth_step(share, 1 - cuff, 1 - cuff + 0.05) * (4.2 - 1.8 * smooth_step(share, 0.93, 1.0))
        loose = (1.2 + 0.09 * slack) * smooth_step(share, 1 - cuff, 0.3)
        return 3.5 + top + turned_up + loose * folds

    return [build_crown(head, line, lift, "knit", rows=30, over_ears=over_ears).mesh]


def bucket_hat(head: HeadMeasures, rng: np.random.Generator) -> list[WornMesh]:
    """A soft hat with a flat top and a brim that slopes down all around."""
    line = BrimLine(head.brow_y_mm - rng.uniform(20, 26), head.ear_top_y_mm - 7.0, head.ear_top_y_mm - 2.0)
    boxy, phase = rng.uniform(7.0, 12.0), int(rng.integers(1 << 30))

    def lift(azimuth: np.ndarray, share: np.ndarray, points: np.ndarray) -> np.ndarray:
        dents = soft_noise(points.reshape(-1, 3), np.random.default_rng(phase), 60.0).reshape(share.shape)
        edge = np.exp(-(((share - 0.5) / 0.2) ** 2))
        return 5.0 + boxy * edge + 3.5 * np.exp(-((share / 0.3) ** 2)) + 1.6 * dents * smooth_step(share, 1.0, 0.7)

    crown = build_crown(head, line, lift, "cloth", rows=20)
    width, slope = rng.uniform(44, 58), np.radians(rng.uniform(14, 20))
    return [crown.mesh, _brim(crown, width, slope, rng)]


def _brim(crown: Crown, width_mm: float, slope_rad: float, rng: np.random.Generator) -> WornMesh:
    out = np.linspace(-0.08, 1, 9)[:, None]
    radial = crown.brim_mm - crown.centre_mm
    radial[:, 1] = 0
    radial /= np.linalg.norm(radial, axis=1, keepdims=True)
    loop = np.stack([np.cos(crown.azimuth), np.sin(crown.azimuth)], axis=1)
    wave = 4.0 * soft_noise(loop, rng, 2.2)[None] * np.clip(out, 0, 1) ** 1.5
    # The sides hang lower than the front: nobody wears a brim over the eyes.
    steep = slope_rad * (1 + 0.9 * np.sin(crown.azimuth) ** 2)[None]
    far = width_mm * out
    points = crown.brim_mm[None] + (far * np.cos(steep))[..., None] * radial[None]
    points[..., 1] += far * np.sin(steep) + wave * (0.4 + 0.6 * np.sin(crown.azimuth) ** 2) - 0.5
    return two_sided(points, "cloth", thickness_mm=1.6, down=True)


def two_sided(
    points_mm: Float[np.ndarray, "rows columns 3"], surface: str, thickness_mm: float, *, down: bool
) -> WornMesh:
    """A thin slab from a grid of points: the grid above, a copy below it, closed at the last row's edge."""
    normal = sheet_normals(points_mm)
    if (normal[..., 1].mean() > 0) != down:
        normal = -normal
    lower = points_mm + thickness_mm * normal
    middle = (points_mm[-1] + lower[-1]) / 2 + 0.4 * (points_mm[-1] - points_mm[-2])
    grid = np.concatenate([points_mm, middle[None], lower[::-1]])
    rows, columns = grid.shape[:2]
    vertices, triangles = grid.reshape(-1, 3), grid_triangles(rows, columns)
    first = triangles[: columns - 1]
    corners = vertices[first]
    upwards = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    if (upwards * normal[0, :-1]).sum() > 0:
        triangles = triangles[:, [0, 2, 1]]
    return worn_mesh(vertices, triangles, grid_uv(rows, columns), surface)
