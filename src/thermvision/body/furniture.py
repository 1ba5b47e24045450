"""Chairs and tables where people sit, and blocks of furniture, as boxes in the room's frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32, UInt8

from thermvision.body.held import box
from thermvision.body.things import thing_uv


@dataclass(frozen=True, slots=True)
class Furniture:
    """What stands still in a clip, camera frame, mm, with the picture of things."""

    vertices_mm: Float32[np.ndarray, "v 3"]
    triangles: Int32[np.ndarray, "t 3"]
    uv: Float32[np.ndarray, "v 2"]
    offset_k: Float32[np.ndarray, " v"]
    temperature_k: Float32[np.ndarray, "size size"]
    emissivity: UInt8[np.ndarray, "size size"]


@dataclass(frozen=True, slots=True)
class Block:
    """A box of one thing in a frame of its own: x to the sitter's left, y down, z behind; offset above its thing's level."""

    thing: str
    centre_mm: tuple[float, float, float]
    half_mm: tuple[float, float, float]
    offset_k: float = 0.0


def chair(seat_mm: float, floor_mm: float, back: bool, warmed_k: float) -> list[Block]:
    """A chair under someone; heights below the head joint. Where one sits the seat is warm, which the body hides mostly."""
    legs = 0.5 * (floor_mm - seat_mm)
    blocks = [Block("seat", (0, seat_mm + 16, -120), (215, 14, 215), 0.3 * warmed_k)]
    blocks += [
        Block("metal", (x, seat_mm + 30 + legs - 15, z), (13, legs - 15, 13)) for x in (-190, 190) for z in (-310, 70)
    ]
    if back:
        blocks += [Block("seat", (0, seat_mm - 300, 118), (200, 130, 12), 0.5 * warmed_k)]
        blocks += [Block("metal", (x, seat_mm - 190, 118), (11, 230, 10)) for x in (-165, 165)]
    return blocks


def table(floor_mm: float, height_mm: float, width_mm: float, near_mm: float) -> list[Block]:
    """A table before someone, its near edge `near_mm` before the torso's axis."""
    top, deep = floor_mm - height_mm, 340.0
    middle = -near_mm - deep
    blocks = [Block("wood", (0, top + 14, middle), (0.5 * width_mm, 14, deep))]
    legs = 0.5 * (height_mm - 28)
    spots = [
        (x, z) for x in (-0.5 * width_mm + 40, 0.5 * width_mm - 40) for z in (middle - deep + 40, middle + deep - 40)
    ]
    return blocks + [Block("metal", (x, top + 28 + legs, z), (20, legs, 20)) for x, z in spots]


def build(
    groups: list[tuple[list[Block], np.ndarray, np.ndarray]], picture: Float32[np.ndarray, "size size 2"]
) -> Furniture:
    """All blocks as one mesh. groups: blocks, camera_from_group (3, 3), position of the group's origin in the camera frame."""
    vertices, triangles, uv, offset = [np.zeros((0, 3))], [np.zeros((0, 3), int)], [np.zeros((0, 2))], [np.zeros(0)]
    count = 0
    for blocks, turn, position in groups:
        for one in blocks:
            corners, faces = box(np.array(one.centre_mm, float), np.eye(3), np.array(one.half_mm, float))
            vertices.append(corners @ turn.T + position)
            triangles.append(faces + count)
            low = corners.min(axis=0)
            unit = (corners - low) / np.maximum(np.ptp(corners, axis=0), 1e-6)
            uv.append(
                thing_uv(
                    one.thing, np.stack([0.5 * unit[:, 0] + 0.5 * unit[:, 2], 0.6 * unit[:, 1] + 0.4 * unit[:, 2]], 1)
                )
            )
            offset.append(np.full(8, one.offset_k))
            count += 8
    return Furniture(
        np.concatenate(vertices).astype(np.float32),
        np.concatenate(triangles).astype(np.int32),
        np.concatenate(uv).astype(np.float32),
        np.concatenate(offset).astype(np.float32),
        np.ascontiguousarray(picture[..., 0]),
        np.rint(255 * picture[..., 1]).astype(np.uint8),
    )
