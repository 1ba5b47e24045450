"""The texels of the atlas as points of the skin that physiology can work on; worked out once a process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from thermvision.head.atlas import Atlas, head_atlas
from thermvision.head.model import HeadModel, load_head_model
from thermvision.physiology.skin_map import SkinPoints

_BROW_RIGHT = ((70, 46), (63, 53), (105, 52), (66, 65), (107, 55))  # MediaPipe, upper and lower edge, temple to nose
_BROW_LEFT = ((300, 276), (293, 283), (334, 282), (296, 295), (336, 285))
_CHEEK = {"right": (50, 205, 187), "left": (280, 425, 411)}
_CANTHUS = {"right": 133, "left": 362}
_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Texels:
    """Everything about the atlas' texels that does not depend on the person."""

    atlas: Atlas
    skin: SkinPoints
    part: np.ndarray  # (n,) index into model.part_names
    scalp_height_mm: np.ndarray  # (n,)
    mouth: np.ndarray  # (n,) bool: inside of the mouth
    socket: np.ndarray  # (n,) bool: inner side of the lids


@lru_cache(maxsize=1)
def head_texels() -> Texels:
    """The texels of the head atlas with base-mesh positions, region shares and masks."""
    model, atlas = load_head_model(), head_atlas()
    base = model.base_mm[: model.num_vertices]
    position = atlas.interpolate(base).astype(np.float32)
    marks = landmarks_mm(model)
    part = model.triangle_part[atlas.triangle]
    u, v = (atlas.column + 0.5) / 1024, (atlas.row + 0.5) / 1024
    mouth = (part == 0) & (u > 0.57) & (u < 0.845) & (v > 0.32) & (v < 0.545)
    socket = (part == 0) & (u > 0.845) & (v > 0.32) & (v < 0.66)
    scalp_height = atlas.interpolate(model.vertex_masks["scalp_height_mm"])
    skin = SkinPoints(
        position_mm=position,
        region_share=atlas.interpolate(model.region_basis).astype(np.float32),
        region_names=model.region_names,
        inner_canthus_mm={side: marks[i] for side, i in _CANTHUS.items()},
        cheek_mm={side: marks[list(members)].mean(axis=0) for side, members in _CHEEK.items()},
        brow_mm={
            side: np.stack([marks[list(pair)].mean(axis=0) for pair in pairs])
            for side, pairs in (("right", _BROW_RIGHT), ("left", _BROW_LEFT))
        },
        face=_face_share(position, part, mouth | socket, marks),
    )
    return Texels(atlas, skin, part, scalp_height, mouth, socket)


def landmarks_mm(model: HeadModel) -> np.ndarray:
    """The 478 landmarks (478, 3) on the base mesh."""
    corners = model.base_mm[model.triangles[model.landmark_triangles["478"]]]
    return np.einsum("nc,ncd->nd", model.landmark_barycentric["478"], corners)


def _face_share(position: np.ndarray, part: np.ndarray, inner: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """1 inside MediaPipe's face oval as seen from the front, eyes and mouth included, with a border 2 mm soft."""
    oval = marks[list(_OVAL), :2]
    distance = np.full(len(position), np.inf)
    inside = np.zeros(len(position), bool)
    x, y = position[:, 0], position[:, 1]
    for (x0, y0), (x1, y1) in zip(oval, np.roll(oval, -1, axis=0), strict=True):
        step = np.array([x1 - x0, y1 - y0])
        share = np.clip(((x - x0) * step[0] + (y - y0) * step[1]) / (step @ step), 0, 1)
        distance = np.minimum(distance, np.hypot(x - x0 - share * step[0], y - y0 - share * step[1]))
        crosses = (y0 > y) != (y1 > y)
        inside ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0 if y1 != y0 else 1e-9) + x0)
    signed = np.where(inside, distance, -distance)
    share = np.clip(0.5 + signed / 2.0, 0, 1) * (position[:, 2] < -20)
    return np.where((part != 0) | inner, 1.0, share).astype(np.float32)
