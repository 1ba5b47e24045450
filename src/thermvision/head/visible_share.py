"""How much of a face is seen: what the frame's border, hair, hats, hands and other people leave of it."""

from __future__ import annotations

from functools import lru_cache

import numba as nb
import numpy as np
from jaxtyping import Float32, Int32

from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.model import HeadModel, load_head_model
from thermvision.head.raster import rasterize

_TOLERANCE = 0.008  # relative depth a triangle's middle may lie behind the front, as for landmarks but for larger steps
FACE_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136,
    172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip


def visible_share(
    model: HeadModel, projected: Float32[np.ndarray, "v 3"], inverse_depth: Float32[np.ndarray, "h w"]
) -> float:
    """Share of the face's area turned to the camera that is in the frame and in front, 0-1; 0 if none is turned to it.

    The face is MediaPipe's oval; projected: the head model's vertices (x px, y px, 1/depth), at positions the frame may not
    reach. What the face itself hides (a far cheek) does not count as missing.
    """
    return float(_share(projected, face_triangles(), inverse_depth, _TOLERANCE))


@lru_cache(maxsize=1)
def face_triangles() -> Int32[np.ndarray, "f 3"]:
    """The skin's triangles inside the face oval, of the head model."""
    model = load_head_model()
    base = model.base_mm[: model.num_vertices]
    oval = landmark_positions_mm(model, base, "478")[list(FACE_OVAL), :2]
    skin = model.triangles[model.triangle_part == 0]
    middle = base[skin].mean(axis=1)
    inside = np.zeros(len(skin), bool)
    x, y = middle[:, 0], middle[:, 1]
    for (x0, y0), (x1, y1) in zip(oval, np.roll(oval, -1, axis=0), strict=True):
        crosses = (y0 > y) != (y1 > y)
        inside ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0 if y1 != y0 else 1e-9) + x0)
    normal = np.cross(base[skin[:, 1]] - base[skin[:, 0]], base[skin[:, 2]] - base[skin[:, 0]])
    candidates = np.flatnonzero(inside & (middle[:, 2] < -40) & (normal[:, 2] < 0))
    return skin[np.intersect1d(candidates, _seen_from_the_front(base, model.triangles))]


def _seen_from_the_front(base_mm: Float32[np.ndarray, "v 3"], triangles: Int32[np.ndarray, "t 3"]) -> np.ndarray:
    """Numbers of the triangles of which a pixel of 0.2 mm is seen: neither the mouth's inside nor the lids' inner side."""
    size = 1300
    projected = (base_mm * np.float32(5.0) + np.float32(size / 2)).astype(np.float32)
    projected[:, 2] = 1 / (1000 + base_mm[:, 2])
    seen, depth = np.empty((size, size), np.int32), np.empty((size, size), np.float32)
    rasterize(projected, triangles, seen, depth)
    return np.unique(seen[seen >= 0])


@nb.njit(cache=True)
def _share(projected, triangles, inverse_depth, tolerance):  # type: ignore[no-untyped-def]
    height, width = inverse_depth.shape
    seen, turned = 0.0, 0.0
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay = projected[a, 0], projected[a, 1]
        area = (projected[b, 1] - ay) * (projected[c, 0] - ax) - (projected[b, 0] - ax) * (projected[c, 1] - ay)
        near = (projected[a, 2] + projected[b, 2] + projected[c, 2]) / 3
        if area <= 0 or near <= 0:
            continue
        turned += area
        x = (ax + projected[b, 0] + projected[c, 0]) / 3
        y = (ay + projected[b, 1] + projected[c, 1]) / 3
        if x < 0 or x >= width or y < 0 or y >= height:
            continue
        front = inverse_depth[int(y), int(x)]
        if near >= front * (1 - tolerance):
            seen += area
    return seen / turned if turned > 0 else 0.0
