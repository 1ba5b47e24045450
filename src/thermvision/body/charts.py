"""Where a body's surface lies in its picture: front and back of trunk and legs, front and back of each arm, laid flat."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float32, Int32
from scipy.ndimage import distance_transform_edt

from thermvision.body.model import BodyModel, joints_of, load_body_model
from thermvision.head.model import load_head_model
from thermvision.head.raster import rasterize

SIZE = 512
_TRUNK = (180, 512)  # texels, width and height of a chart
_ARM = (76, 256)
_TRUNK_MM = ((-290.0, 80.0), (580.0, 1370.0))  # corner, and what fits
_ARM_MM = ((-115.0, -60.0), (230.0, 760.0))
_PLACES = {(0, 0): (0, 0), (0, 1): (180, 0), (1, 0): (360, 0), (1, 1): (436, 0), (2, 0): (360, 256), (2, 1): (436, 256)}


@dataclass(frozen=True, slots=True)
class Charts:
    """Texture coordinates of the body's triangles, in texels of a `SIZE` square."""

    uv: Float32[np.ndarray, "u 2"]
    triangle_uv: Int32[np.ndarray, "t 3"]


@dataclass(frozen=True, slots=True)
class Texels:
    """Points of the average body at rest that the picture's texels show."""

    position_mm: Float32[np.ndarray, "n 3"]
    weights: Float32[np.ndarray, "n bones"]
    listed: Int32[np.ndarray, "size size"]  # for every texel the listed one it shows


@lru_cache(maxsize=1)
def body_charts() -> Charts:
    """The charts of the body's triangles; the same for everybody."""
    model, points = load_body_model(), _base_points()
    corners = points[model.triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    part = _part_of(model)[model.triangles].max(axis=1)
    back = _faces_back(model, normal, part)
    key = model.triangles + len(points) * (2 * part + back)[:, None]
    used, index = np.unique(key, return_inverse=True)
    vertex, chart = used % len(points), used // len(points)
    uv = np.empty((len(used), 2))
    for (kind, side), corner in _PLACES.items():
        mine = chart == 2 * kind + side
        flat = _flat(model, points[vertex[mine]], kind)
        low, span = _TRUNK_MM if kind == 0 else _ARM_MM
        size = np.array(_TRUNK if kind == 0 else _ARM)
        unit = np.clip((flat - low) / span, 0, 1)
        uv[mine] = np.array(corner) + 2 + unit * (size - 4)
    return Charts(uv.astype(np.float32), index.reshape(-1, 3).astype(np.int32))


@lru_cache(maxsize=1)
def body_texels() -> Texels:
    """The texels of the body's picture; worked out once a process."""
    model, charts, points = load_body_model(), body_charts(), _base_points()
    flat = np.concatenate([charts.uv, np.full((len(charts.uv), 1), 0.01)], axis=1).astype(np.float32)
    seen, depth, other = (np.empty((SIZE, SIZE), kind) for kind in (np.int32, np.float32, np.int32))
    rasterize(flat, charts.triangle_uv, seen, depth)
    rasterize(flat, np.ascontiguousarray(charts.triangle_uv[:, [0, 2, 1]]), other, depth)
    seen = np.where(seen >= 0, seen, other)
    row, column = np.nonzero(seen >= 0)
    owner = seen[row, column]
    a, b, c = (charts.uv[charts.triangle_uv[owner, k]] for k in range(3))
    here = np.stack([column + 0.5, row + 0.5], axis=1) - a
    area = _cross(b - a, c - a)
    wb, wc = _cross(here, c - a) / area, _cross(b - a, here) / area
    share = np.stack([1 - wb - wc, wb, wc], axis=1).astype(np.float32)
    vertices = model.triangles[owner]
    nearest = distance_transform_edt(seen < 0, return_distances=False, return_indices=True)
    number = np.full((SIZE, SIZE), -1, np.int32)
    number[row, column] = np.arange(len(row), dtype=np.int32)
    return Texels(
        np.einsum("nc,ncd->nd", share, points[vertices]).astype(np.float32),
        np.einsum("nc,ncd->nd", share, model.weights[vertices]).astype(np.float32),
        number[nearest[0], nearest[1]],
    )


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def _base_points() -> np.ndarray:
    head = load_head_model()
    model = load_body_model()
    return np.concatenate([head.base_mm[: head.num_vertices], model.base_mm[: model.num_own]])


def _part_of(model: BodyModel) -> np.ndarray:
    """0 trunk and legs, 1 left arm, 2 right arm, by vertex."""
    arms = [
        sum(model.weights[:, i] for i, n in enumerate(model.bone_names) if n.endswith(side) and _arm_bone(n))
        for side in ("_l", "_r")
    ]
    return np.where(arms[0] > 0.5, 1, np.where(arms[1] > 0.5, 2, 0))


def _arm_bone(name: str) -> bool:
    return name.startswith(("upperarm", "forearm", "wrist", "hand", "finger"))


def _arm_axes(model: BodyModel, kind: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The shoulder, the arm's direction, and the direction across it that the front chart shows."""
    joints, side = joints_of(model, model.base_mm), "l" if kind == 1 else "r"
    start = joints[f"upperarm_{side}"]
    along = joints[f"hand_{side}"] - start
    along /= np.linalg.norm(along)
    across = np.cross(along, [0.0, 0.0, 1.0])
    return start, along, across / np.linalg.norm(across)


def _flat(model: BodyModel, points: np.ndarray, kind: int) -> np.ndarray:
    if kind == 0:
        return points[:, :2]
    start, along, across = _arm_axes(model, kind)
    return np.stack([(points - start) @ across, (points - start) @ along], axis=1)


def _faces_back(model: BodyModel, normal: np.ndarray, part: np.ndarray) -> np.ndarray:
    back = (normal[:, 2] > 0).astype(np.int64)
    for kind in (1, 2):
        _, along, across = _arm_axes(model, kind)
        towards = np.cross(across, along)  # what the front chart looks along
        towards *= np.sign(towards[2])
        mine = part == kind
        back[mine] = (normal[mine] @ towards > 0).astype(np.int64)
    return back
