"""Hair as geometry: a cap lifted off the scalp and, for longer styles, a curtain that hangs behind and beside the face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32

from thermvision.head.hair_locks import Combing, grow_locks
from thermvision.head.model import HeadModel
from thermvision.head.normals import vertex_normals


@dataclass(frozen=True, slots=True)
class HairStyle:
    """Lengths in millimetres; a curtain of length 0 is none."""

    thickness_mm: float  # of the cap over the crown
    curtain_below_joint_mm: float = 0.0  # how far below the head joint the curtain ends; chin lies at about 75
    opening_deg: float = 180.0  # half-angle the curtain leaves open around the face
    bun_mm: float = 0.0  # radius of a bun at the back
    roughness: float = 0.22  # waves of the cap's surface, as a share of its thickness
    receded_mm: float = 0.0  # of the hairline, beyond the person's own
    combing: Combing | None = None


_BACK, _FORWARD, _ASIDE = (0.0, 0.1, 0.9), (0.0, 0.4, -0.8), (0.7, 0.2, 0.1)
HAIR_STYLES = {
    "shaved": HairStyle(0.0),
    "cropped": HairStyle(4.0, roughness=0.12),
    "receding": HairStyle(7.0, receded_mm=24.0, combing=Combing(220, 22.0, 5.0, _BACK)),
    "short": HairStyle(10.0, combing=Combing(320, 34.0, 6.0, _FORWARD, fringe_mm=30.0)),
    "side_parted": HairStyle(13.0, combing=Combing(320, 52.0, 7.0, _ASIDE, parting_deg=24.0, sides=0.9)),
    "swept_back": HairStyle(13.0, combing=Combing(320, 60.0, 7.0, _BACK)),
    "fringe": HairStyle(12.0, combing=Combing(360, 40.0, 7.0, _FORWARD, fringe_mm=52.0)),
    "curly": HairStyle(15.0, roughness=0.2, combing=Combing(460, 30.0, 8.0, (0.0, 0.2, 0.0), curl_mm=7.0, fringe_mm=30.0)),
    "pixie": HairStyle(11.0, combing=Combing(360, 46.0, 7.0, _ASIDE, parting_deg=30.0, sides=0.4, fringe_mm=40.0)),
    "bob": HairStyle(13.0, 74.0, 76.0, combing=Combing(360, 120.0, 9.0, (0.0, 0.5, 0.1), 6.0, sides=1.0)),
    "bob_fringe": HairStyle(13.0, 70.0, 74.0, combing=Combing(380, 100.0, 9.0, (0.0, 0.5, -0.1), fringe_mm=54.0)),
    "long": HairStyle(11.0, 215.0, 84.0, combing=Combing(380, 215.0, 10.0, (0.0, 0.5, 0.25), 10.0, sides=1.0)),
    "long_wavy": HairStyle(15.0, 190.0, 80.0, combing=Combing(400, 190.0, 11.0, (0.0, 0.5, 0.2), -14.0, sides=1.0, curl_mm=14.0)),
    "tied": HairStyle(7.0, roughness=0.1, bun_mm=30.0, combing=Combing(240, 70.0, 6.0, (0.0, -0.75, 1.0))),
    "ponytail": HairStyle(8.0, 150.0, 150.0, roughness=0.1, combing=Combing(260, 80.0, 6.0, (0.0, -0.6, 1.0))),
}  # fmt: skip
STYLES_BY_GENDER = {
    "female": ("pixie", "bob", "bob_fringe", "long", "long", "long_wavy", "tied", "ponytail", "curly", "fringe"),
    "male": (
        "shaved",
        "cropped",
        "cropped",
        "receding",
        "short",
        "short",
        "side_parted",
        "swept_back",
        "fringe",
        "curly",
    ),
}


@dataclass(frozen=True, slots=True)
class HairMesh:
    """Triangles outside the head mesh. `strand` runs across the strands (0-1) and along them from root (0) to tip (1)."""

    vertices_mm: Float32[np.ndarray, "v 3"]
    triangles: Int32[np.ndarray, "t 3"]
    strand: Float32[np.ndarray, "v 2"]
    segment_weights: Float32[np.ndarray, "v 3"]
    root_distance_mm: Float32[np.ndarray, " v"]  # from the scalp: hair is warmest where it is thinnest


def build_hair(
    style: HairStyle,
    model: HeadModel,
    neutral_mm: Float32[np.ndarray, "v 3"],
    hairline_mm: float,
    rng: np.random.Generator,
) -> HairMesh | None:
    """The hair of one person in one session on their neutral mesh; None for a shaved head.

    hairline_mm: how far the hairline has receded above the average one.
    """
    if style.thickness_mm <= 0:
        return None
    hairline_mm += style.receded_mm
    cap, lift = _cap(style, model, neutral_mm, hairline_mm, rng)
    parts = [cap]
    if style.curtain_below_joint_mm > 0:
        outside = _curtain(style, model, neutral_mm, rng)
        parts += [outside, _turned_inside(outside)]
    if style.bun_mm > 0:
        parts.append(_bun(style, neutral_mm, model, rng))
    if style.combing is not None:
        parts.append(_locks(style.combing, model, neutral_mm, lift, rng))
    return _join(parts)


def height_above_hairline_mm(
    scalp_height_mm: Float32[np.ndarray, " n"], position_mm: Float32[np.ndarray, "n 3"], hairline_mm: float
) -> Float32[np.ndarray, " n"]:
    """Height above a person's hairline, which recedes at the front and temples only; base-mesh positions."""
    front = np.clip((-position_mm[:, 2] - 10) / 60, 0, 1)
    return scalp_height_mm - np.float32(hairline_mm) * front


def _cap(
    style: HairStyle, model: HeadModel, neutral: np.ndarray, hairline_mm: float, rng: np.random.Generator
) -> tuple[HairMesh, np.ndarray]:
    """The cap, and its height over each of the head's vertices (0 off the scalp)."""
    height = height_above_hairline_mm(
        model.vertex_masks["scalp_height_mm"], model.base_mm[: model.num_vertices], hairline_mm
    )
    skin = model.triangles[model.triangle_part == 0]
    inside = (height[skin] > -1.0).all(axis=1) & ~_is_ear(model)[skin].all(axis=1)
    used, triangles = np.unique(skin[inside], return_inverse=True)
    normals = np.empty_like(neutral)
    vertex_normals(neutral, skin, normals)
    normals = normals[used]
    rise = np.clip(height[used] / 26.0, 0, 1)
    rise = rise * rise * (3 - 2 * rise)
    waves = _waves(neutral[used], rng, wavelength_mm=38.0)
    triangles = triangles.reshape(-1, 3)
    lift = style.thickness_mm * rise * _rings_inside(triangles, len(used)) * (1 + style.roughness * waves) + 0.6
    vertices = neutral[used] + normals * lift[:, None]
    azimuth = np.arctan2(neutral[used, 0], -neutral[used, 2]) / (2 * np.pi) + 0.5  # the seam lies at the back
    along = np.clip(1 - height[used] / 150.0, 0, 1)
    everywhere = np.zeros(len(neutral), np.float32)
    everywhere[used] = lift
    cap = HairMesh(
        vertices.astype(np.float32),
        triangles.astype(np.int32),
        np.stack([azimuth, along], axis=1).astype(np.float32),
        model.segment_weights[used],
        lift.astype(np.float32),
    )
    return cap, everywhere


def _locks(
    combing: Combing, model: HeadModel, neutral: np.ndarray, lift: np.ndarray, rng: np.random.Generator
) -> HairMesh:
    skin = model.triangles[model.triangle_part == 0]
    on_skin = np.unique(skin)
    normals = np.empty_like(neutral)
    vertex_normals(neutral, skin, normals)
    locks = grow_locks(
        combing, np.flatnonzero(lift[on_skin] > 0.9), neutral[on_skin], normals[on_skin], lift[on_skin], rng
    )
    y = locks.vertices_mm[:, 1]
    to_torso = np.clip((y - 95) / 110, 0, 0.85)
    return HairMesh(
        locks.vertices_mm,
        locks.triangles,
        locks.strand,
        np.stack([to_torso, 0 * to_torso, 1 - to_torso], axis=1).astype(np.float32),
        (locks.height_mm + 2.0).astype(np.float32),
    )


def _rings_inside(triangles: np.ndarray, count: int) -> np.ndarray:
    """0.1 on the border of a patch, rising to 1 three rings of vertices inside: hair lies on the skin where it ends."""
    pairs = np.sort(np.concatenate([triangles[:, [i, (i + 1) % 3]] for i in range(3)]), axis=1)
    edges, uses = np.unique(pairs, axis=0, return_counts=True)
    ring = np.full(count, 3)
    ring[np.unique(edges[uses == 1])] = 0
    for step in (1, 2):
        near = ring == step - 1
        touched = np.unique(edges[near[edges].any(axis=1)])
        ring[touched] = np.minimum(ring[touched], step)
    return np.array([0.1, 0.45, 0.8, 1.0])[ring]


def _curtain(style: HairStyle, model: HeadModel, neutral: np.ndarray, rng: np.random.Generator) -> HairMesh:
    """A sheet lofted from the cap: rows from above the ear down to the tips, columns around the back of the head."""
    columns, top = 54, -104.0
    rows = int((style.curtain_below_joint_mm - top) / 11.0)
    azimuth = np.radians(np.linspace(style.opening_deg, 360 - style.opening_deg, columns))
    ragged = 0.03 * _waves1d(azimuth, rng) + 0.02 * _waves1d(azimuth * 6, rng)
    tips = style.curtain_below_joint_mm * (1 + ragged)
    share = np.linspace(0, 1, rows)[:, None]
    y = top + share * (tips[None] - top)
    skin = np.unique(model.triangles[model.triangle_part == 0])
    skull = skin[(neutral[skin, 1] < 30) & ~_is_ear(model)[skin]]
    # Hair leaves the skull where it is widest and hangs from there; near the top it lies under the cap.
    under_cap = style.thickness_mm * (0.55 + 0.45 * np.clip((y + 95) / 50, 0, 1))
    hanging = np.maximum.accumulate(_radius_at(neutral[skull], azimuth, y), axis=0) + under_cap
    radius = hanging * (1 - 0.14 * np.clip((y - 10) / 120, 0, 1))  # the tips go behind the shoulders
    radius *= 1 + share * (0.03 * _waves1d(azimuth * 2, rng) + 0.018 * _waves1d(azimuth * 9, rng))[None]
    vertices = np.stack([radius * np.sin(azimuth), y, -radius * np.cos(azimuth)], axis=-1).reshape(-1, 3)
    grid = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = grid[:-1, :-1].ravel(), grid[:-1, 1:].ravel(), grid[1:, :-1].ravel(), grid[1:, 1:].ravel()
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([b, d, c], 1)])
    across = np.broadcast_to(np.linspace(0, 1, columns)[None], y.shape)
    along = np.broadcast_to(0.25 + 0.75 * share, y.shape)
    to_torso = np.clip((y - 95) / 110, 0, 0.85).ravel()
    weights = np.stack([to_torso, np.zeros_like(to_torso), 1 - to_torso], axis=1)
    mesh = HairMesh(
        vertices.astype(np.float32),
        _outwards(vertices, triangles),
        np.stack([across.ravel(), along.ravel()], axis=1).astype(np.float32),
        weights.astype(np.float32),
        np.full(len(vertices), 25.0, np.float32),
    )
    return mesh


def _bun(style: HairStyle, neutral: np.ndarray, model: HeadModel, rng: np.random.Generator) -> HairMesh:
    polar, around = np.meshgrid(np.linspace(0.02, np.pi - 0.02, 12), np.linspace(0, 2 * np.pi, 19), indexing="ij")
    skull = neutral[np.unique(model.triangles[model.triangle_part == 0])]
    centre = np.array([0.0, -95.0 + 8 * rng.standard_normal(), skull[skull[:, 1] < -40, 2].max() - 2.0])
    unit = np.stack([np.sin(polar) * np.cos(around), np.cos(polar), np.sin(polar) * np.sin(around)], axis=-1).reshape(
        -1, 3
    )
    vertices = centre + style.bun_mm * unit * [1.0, 0.95, 0.8]
    grid = np.arange(len(vertices)).reshape(polar.shape)
    a, b, c, d = grid[:-1, :-1].ravel(), grid[:-1, 1:].ravel(), grid[1:, :-1].ravel(), grid[1:, 1:].ravel()
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([b, d, c], 1)])
    strand = np.stack([polar.ravel() / np.pi, around.ravel() / (2 * np.pi)], axis=1)
    weights = np.tile(np.array([0, 0, 1], np.float32), (len(vertices), 1))
    return HairMesh(
        vertices.astype(np.float32),
        _outwards(vertices, triangles, centre),
        strand.astype(np.float32),
        weights,
        np.full(len(vertices), 30.0, np.float32),
    )


def _outwards(
    vertices: np.ndarray, triangles: np.ndarray, centre: np.ndarray | None = None
) -> Int32[np.ndarray, "t 3"]:
    """Triangles wound so that most face away from the centre (by default the head's axis)."""
    p = vertices[triangles]
    normal = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    outward = p.mean(axis=1) - (centre if centre is not None else p.mean(axis=1) * [0, 1, 0])
    facing = (normal * outward).sum() > 0
    return (triangles if facing else triangles[:, [0, 2, 1]]).astype(np.int32)


def _turned_inside(mesh: HairMesh) -> HairMesh:
    inner = mesh.vertices_mm * np.array([0.985, 1, 0.985], np.float32)
    return HairMesh(
        inner,
        np.ascontiguousarray(mesh.triangles[:, [0, 2, 1]]),
        mesh.strand,
        mesh.segment_weights,
        mesh.root_distance_mm,
    )


def _join(parts: list[HairMesh]) -> HairMesh:
    starts = np.cumsum([0] + [len(part.vertices_mm) for part in parts[:-1]])
    return HairMesh(
        np.concatenate([part.vertices_mm for part in parts]),
        np.concatenate([part.triangles + np.int32(start) for part, start in zip(parts, starts, strict=True)]),
        np.concatenate([part.strand for part in parts]),
        np.concatenate([part.segment_weights for part in parts]),
        np.concatenate([part.root_distance_mm for part in parts]),
    )


def _is_ear(model: HeadModel) -> np.ndarray:
    return np.maximum(model.vertex_masks["ear_left"], model.vertex_masks["ear_right"]) > 0.5


def _radius_at(points: np.ndarray, azimuth: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Horizontal distance (rows, columns) of the body's surface at each azimuth and height; 0 where there is none."""
    direction, radius = np.arctan2(points[:, 0], -points[:, 2]), np.hypot(points[:, 0], points[:, 2])
    out = np.zeros_like(y)
    for column, angle in enumerate(azimuth):
        turn = np.abs((direction - angle + np.pi) % (2 * np.pi) - np.pi)
        near = turn < np.radians(12)
        if near.any():
            apart = np.abs(points[near, 1][None] - y[:, column][:, None])
            out[:, column] = np.where(apart < 12, np.minimum(radius[near], 150)[None], 0).max(axis=1)
    return out


def _waves(points: np.ndarray, rng: np.random.Generator, wavelength_mm: float) -> np.ndarray:
    """A smooth random field of unit variance at 3-D points."""
    direction = rng.standard_normal((16, 3))
    direction *= (2 * np.pi / wavelength_mm) / np.linalg.norm(direction, axis=1, keepdims=True)
    return np.cos(points @ direction.T + rng.uniform(0, 2 * np.pi, 16)).sum(axis=1) * np.sqrt(2 / 16)


def _waves1d(angle: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    order = np.arange(2, 12)
    return (
        np.cos(angle[:, None] * order + rng.uniform(0, 2 * np.pi, len(order))) * rng.standard_normal(len(order))
    ).sum(axis=1) / 3.2
