"""The body that goes with a portrait's bust: same phenotypes, one outfit over both."""

from __future__ import annotations

import dataclasses
from functools import lru_cache

import numpy as np
from jaxtyping import Float32

from thermvision.body.cloth import Folds, draw_folds, upper_k
from thermvision.body.measures import Measures, measure
from thermvision.body.model import joints_of, load_body_model
from thermvision.body.outfit import Outfit, draw_outfit
from thermvision.body.shape import body_rows, draw_stature
from thermvision.body.shoes import SOLE_MM
from thermvision.body.wear import DressedBody, body_picture, dress_body
from thermvision.head.clothes import Neckline, depth_under_cloth_mm
from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.model import HeadModel
from thermvision.head.sheets import smooth_step
from thermvision.portraits.skin_points import head_texels
from thermvision.rng import rng
from thermvision.types import ZERO_CELSIUS_K, Session, Subject

# Places that hands touch, by MediaPipe's 478.
_FACE = {
    "chin": 152, "mouth": 13, "forehead": 9, "cheek_l": 425, "cheek_r": 205, "temple_l": 446, "temple_r": 226, "ear_l": 454, "ear_r": 234,
}  # fmt: skip


def make_body(
    head: HeadModel, neutral_mm: np.ndarray, dressed_mm: np.ndarray, subject: Subject, session: Session, seed: int
) -> tuple[DressedBody, Outfit, Folds]:
    """The body below a bust. neutral_mm, dressed_mm: the head model's vertices bare and under cloth."""
    model = load_body_model()
    stream = rng(seed, "body", subject.index)
    rows = body_rows(model, subject.identity, draw_stature(stream))
    stream = rng(seed, "outfit", subject.index, session.index)
    outfit, folds = draw_outfit(subject.gender, session.clothes, session.room_temperature_c, stream), draw_folds(stream)
    marks = landmark_positions_mm(head, neutral_mm, "478")
    temperature, emissivity = body_picture(
        outfit, session.region_temperature_k, session.room_temperature_c + ZERO_CELSIUS_K, folds
    )
    joints = joints_of(model, rows)
    body = DressedBody(
        rest_mm=dress_body(head, dressed_mm, rows, outfit, folds),
        joints_mm=joints,
        outfit=outfit,
        face_mm={name: marks[i].astype(float) for name, i in _FACE.items()},
        temperature_k=temperature,
        emissivity=emissivity,
        clothes_k=float(session.region_temperature_k["clothes"]),
        sole_mm=float(max(joints["foot_l"][1], joints["foot_r"][1]) + SOLE_MM),
    )
    return body, outfit, folds


def dress_bust(
    layer: Float32[np.ndarray, "size size 3"],
    neckline: Neckline,
    outfit: Outfit,
    region_k: dict[str, float],
    folds: Folds,
) -> Float32[np.ndarray, "size size 3"]:
    """The bust's picture with the body's garment from a hand's breadth below the neckline on, so that both join."""
    texels, (members, m) = head_texels(), _bust()
    depth = depth_under_cloth_mm(m.position_mm, neckline)
    share = smooth_step(depth, 2.0, 45.0)
    values = layer[texels.atlas.row, texels.atlas.column]
    values[members, 0] += share * (upper_k(m, outfit, region_k, folds) - values[members, 0])
    return texels.atlas.image(values)


@lru_cache(maxsize=1)
def _bust() -> tuple[np.ndarray, Measures]:
    """The head atlas' texels that cloth may cover, as members of its list, and their measures; the same for everybody."""
    texels, model = head_texels(), load_body_model()
    position = texels.skin.position_mm
    members = np.flatnonzero((texels.part == 0) & (position[:, 1] > 60) & ~texels.mouth & ~texels.socket)
    atlas = dataclasses.replace(
        texels.atlas, triangle=texels.atlas.triangle[members], barycentric=texels.atlas.barycentric[members]
    )
    return members, measure(model, position[members], atlas.interpolate(model.weights[: model.num_head]))
