"""The texels of the atlas as points of the skin that physiology can work on; worked out once a process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from thermvision.head.atlas import SIZE, Atlas, head_atlas
from thermvision.head.model import HeadModel, load_head_model
from thermvision.physiology.points import box, distance_to_line
from thermvision.physiology.skin_map import SkinPoints

_BROW_RIGHT = ((70, 46), (63, 53), (105, 52), (66, 65), (107, 55))  # MediaPipe, upper and lower edge, temple to nose
_BROW_LEFT = ((300, 276), (293, 283), (334, 282), (296, 295), (336, 285))
_CHEEK = {"right": (50, 205, 187), "left": (280, 425, 411)}
_CANTHUS = {"right": 133, "left": 362}
_LASHES = {
    "upper_right": (33, 246, 161, 160, 159, 158, 157, 173), "upper_left": (263, 466, 388, 387, 386, 385, 384, 398),
    "lower_right": (33, 7, 163, 144, 145, 153, 154, 155), "lower_left": (263, 249, 390, 373, 374, 380, 381, 382),
}  # fmt: skip
_LID_CREASES = ((247, 30, 29, 27, 28, 56, 190), (467, 260, 259, 257, 258, 286, 414))  # right, left
_NOSE_RIDGE = (6, 197, 195, 5, 4, 1, 2)
_NOSTRIL = {"right": (79, 20), "left": (309, 250)}
_LIP_SEAM = (
    (78, 78),
    (191, 95),
    (80, 88),
    (81, 178),
    (82, 87),
    (13, 14),
    (312, 317),
    (311, 402),
    (310, 318),
    (415, 324),
    (308, 308),
)
_LIP_UPPER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191, 78)
_LIP_LOWER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95, 78)
_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip

_SOFT_MM = np.float32(5.0)  # from a ring's line: nothing that a ring encloses has a border as soft as this


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
    position = np.asfortranarray(atlas.interpolate(base), np.float32)
    marks = landmarks_mm(model)
    part = model.triangle_part[atlas.triangle]
    u, v = (atlas.row + 0.5) / SIZE, (atlas.column + 0.5) / SIZE  # of the layout before it was set upright
    mouth = (part == 0) & (u > 0.57) & (u < 0.845) & (v > 0.32) & (v < 0.545)
    socket = (part == 0) & (u > 0.845) & (v > 0.32) & (v < 0.66)
    scalp_height = atlas.interpolate(model.vertex_masks["scalp_height_mm"])
    skin = SkinPoints(
        position_mm=position,
        region_basis=model.region_basis,
        region_names=model.region_names,
        from_vertices=atlas.interpolate,
        inner_canthus_mm={side: marks[i] for side, i in _CANTHUS.items()},
        cheek_mm={side: marks[list(members)].mean(axis=0) for side, members in _CHEEK.items()},
        to_brow={
            side: distance_to_line(position, _middles(marks, pairs))
            for side, pairs in (("right", _BROW_RIGHT), ("left", _BROW_LEFT))
        },
        to_nose=_to_nose(position, marks[list(_NOSE_RIDGE)]),
        to_lashes_mm={
            lid: np.minimum(
                *(distance_to_line(position, marks[list(_LASHES[f"{lid}_{side}"])])[0] for side in ("right", "left"))
            )
            for lid in ("upper", "lower")
        },
        to_lid_crease_mm=np.minimum(*(distance_to_line(position, marks[list(fold)])[0] for fold in _LID_CREASES)),
        to_lip_seam_mm=distance_to_line(position, _middles(marks, _LIP_SEAM))[0],
        nostril_mm={side: marks[list(pair)].mean(axis=0) for side, pair in _NOSTRIL.items()},
        mouth_corner_mm={"right": marks[61], "left": marks[291]},
        lip_share={
            name: (
                np.clip(0.5 + _depth_inside(position, marks[list(ring)], -90) / 2.4, 0, 1) * ((part == 0) & ~socket)
            ).astype(np.float32)
            for name, ring in (("lip_upper", _LIP_UPPER), ("lip_lower", _LIP_LOWER))
        },
        face=_face_share(position, part, mouth | socket, marks),
    )
    return Texels(atlas, skin, part, scalp_height, mouth, socket)


def _to_nose(position: np.ndarray, ridge: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance to the nose's ridge and share of the way along it; what lies below the base counts as far away."""
    distance, along = distance_to_line(position, ridge)
    return (distance + 4 * np.clip(position[:, 1] - ridge[-1, 1] + 1.5, 0, None)).astype(np.float32), along


def _middles(marks: np.ndarray, pairs: tuple[tuple[int, int], ...]) -> np.ndarray:
    return np.stack([marks[list(pair)].mean(axis=0) for pair in pairs])


def landmarks_mm(model: HeadModel) -> np.ndarray:
    """The 478 landmarks (478, 3) on the base mesh."""
    corners = model.base_mm[model.triangles[model.landmark_triangles["478"]]]
    return np.einsum("nc,ncd->nd", model.landmark_barycentric["478"], corners)


def _face_share(position: np.ndarray, part: np.ndarray, inner: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """1 inside MediaPipe's face oval as seen from the front, eyes and mouth included, with a border 2 mm soft."""
    share = np.clip(0.5 + _depth_inside(position, marks[list(_OVAL)], -20) / 2.0, 0, 1)
    return np.where((part != 0) | inner, 1.0, share).astype(np.float32)


def _depth_inside(position: np.ndarray, ring: np.ndarray, back_mm: float) -> np.ndarray:
    """Signed distance (n,) in mm to a closed ring (k, 3) as seen from the front, positive inside, at most 5 mm.

    What lies further back than `back_mm` counts as 5 mm outside.
    """
    corners = ring[:, :2].astype(np.float32)
    (left, top), (right, bottom) = corners.min(axis=0) - _SOFT_MM, corners.max(axis=0) + _SOFT_MM
    just_before = np.nextafter(np.float32(back_mm), np.float32(-np.inf))
    near = box(position, [left, top, -np.inf], [right, bottom, just_before])
    near = near[np.argsort(position[near, 1])]  # from top to bottom: each side of the ring looks at a stretch of them
    x, y = position[near, 0], position[near, 1]
    squared, inside = np.full(len(near), np.inf, np.float32), np.zeros(len(near), bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        dx, dy = x1 - x0, y1 - y0
        low, high = min(y0, y1), max(y0, y1)
        beside = slice(*np.searchsorted(y, [low, high]))
        if dy != 0:
            inside[beside] ^= x[beside] - x0 < dx / dy * (y[beside] - y0)
        beside = slice(*np.searchsorted(y, [low - _SOFT_MM, high + _SOFT_MM]))
        away_x, away_y = x[beside] - x0, y[beside] - y0
        share = np.clip((away_x * dx + away_y * dy) / max(dx * dx + dy * dy, np.float32(1e-9)), 0, 1)
        apart = (away_x - share * dx) ** 2 + (away_y - share * dy) ** 2
        np.minimum(squared[beside], apart, out=squared[beside])
    distance = np.minimum(np.sqrt(squared), _SOFT_MM)
    depth = np.full(len(position), -_SOFT_MM, np.float32)
    depth[near] = np.where(inside, distance, -distance)
    return depth
