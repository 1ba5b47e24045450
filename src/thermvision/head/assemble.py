"""One mesh of a person: the head model, then hair and what is worn, each with its place in the textures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int8, Int32

from thermvision.head.eyelids import units_with_fitted_lids
from thermvision.head.hair import HairMesh
from thermvision.head.model import HeadModel
from thermvision.head.pose import FaceUnits, Rig
from thermvision.head.worn import WornMesh

SKIN, HAIR, WORN = 0, 1, 2  # texture layers
CELLS = 4  # a side: the worn layer is a grid of cells, one for each material
_CELL_MARGIN = 0.02


@dataclass(frozen=True, slots=True)
class Piece:
    """A mesh beside the head model's own; `offset_k` is added to its texture's temperature."""

    vertices_mm: Float32[np.ndarray, "v 3"]
    triangles: Int32[np.ndarray, "t 3"]
    uv: Float32[np.ndarray, "v 2"]
    layer: int
    segment_weights: Float32[np.ndarray, "v 3"]
    follows: Int32[np.ndarray, " v"]
    offset_k: Float32[np.ndarray, " v"]


@dataclass(frozen=True, slots=True)
class Assembly:
    """Arrays of the whole person, the head model's vertices and triangles first."""

    rig: Rig
    triangles: Int32[np.ndarray, "t 3"]
    triangle_uv: Int32[np.ndarray, "t 3"]
    triangle_layer: Int8[np.ndarray, " t"]
    uv: Float32[np.ndarray, "u 2"]
    offset_k: Float32[np.ndarray, " v"]


def hair_piece(hair: HairMesh, warmth_k: float) -> Piece:
    """Hair; warmth_k: by how much skin at the hairline is warmer than hair far from it."""
    return Piece(
        hair.vertices_mm,
        hair.triangles,
        np.clip(hair.strand, 0.002, 0.998).astype(np.float32),
        HAIR,
        hair.segment_weights,
        np.full(len(hair.vertices_mm), -1, np.int32),
        (warmth_k * hair.warmth).astype(np.float32),
    )


def worn_piece(worn: WornMesh, cell: int, warmth_k: float) -> Piece:
    """A worn thing whose material fills cell number `cell` of its layer; where it lies on skin it is `warmth_k` warmer."""
    corner = np.array([cell % CELLS, cell // CELLS])
    inside = _CELL_MARGIN + (1 - 2 * _CELL_MARGIN) * worn.uv
    return Piece(
        worn.vertices_mm,
        worn.triangles,
        ((corner + inside) / CELLS).astype(np.float32),
        WORN,
        worn.segment_weights,
        worn.follows,
        (warmth_k * worn.contact).astype(np.float32),
    )


def assemble(model: HeadModel, joined_mm: np.ndarray, dressed_mm: np.ndarray, pieces: list[Piece]) -> Assembly:
    """The person. joined_mm: neutral vertices with the joints behind them; dressed_mm: the vertices lifted under cloth.

    Hair follows the skinning only; a piece that `follows` a vertex of the head takes its face units too.
    """
    starts = np.cumsum([model.num_vertices] + [len(piece.vertices_mm) for piece in pieces])
    units = np.zeros((len(model.unit_names), int(starts[-1]), 3), np.float32)
    own = units[:, : model.num_vertices] = units_with_fitted_lids(model, joined_mm[: model.num_vertices])
    for piece, start in zip(pieces, starts, strict=False):
        riding = np.flatnonzero(piece.follows >= 0)
        units[:, start + riding] = own[:, piece.follows[riding]]
    joints = {name: joined_mm[model.num_vertices + i].astype(float) for i, name in enumerate(model.joint_names)}
    balls = [
        np.unique(model.triangles[model.triangle_part == model.part_names.index(name)])
        for name in ("eye_left", "eye_right")
    ]
    rig = Rig(
        neutral_mm=np.concatenate([dressed_mm, *(piece.vertices_mm for piece in pieces)]).astype(np.float32),
        units=FaceUnits.of(units),
        segment_weights=np.concatenate([model.segment_weights, *(piece.segment_weights for piece in pieces)]).astype(
            np.float32
        ),
        neck_joint_mm=joints["neck"],
        head_joint_mm=joints["head"],
        eye_joints_mm=np.stack([joints["eye_left"], joints["eye_right"]]),
        eye_vertices=(balls[0], balls[1]),
    )
    uv_starts = np.cumsum([len(model.uv)] + [len(piece.uv) for piece in pieces])
    return Assembly(
        rig,
        np.concatenate(
            [model.triangles, *(p.triangles + np.int32(s) for p, s in zip(pieces, starts, strict=False))]
        ).astype(np.int32),
        np.concatenate(
            [model.triangle_uv, *(p.triangles + np.int32(s) for p, s in zip(pieces, uv_starts, strict=False))]
        ).astype(np.int32),
        np.concatenate(
            [np.zeros(len(model.triangles), np.int8), *(np.full(len(p.triangles), p.layer, np.int8) for p in pieces)]
        ),
        np.concatenate([model.uv, *(piece.uv for piece in pieces)]).astype(np.float32),
        np.concatenate([np.zeros(model.num_vertices, np.float32), *(piece.offset_k for piece in pieces)]),
    )
