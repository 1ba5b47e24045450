"""One thermal head from its parts: the fitted face with the picture's skin, and the relief around it."""

from __future__ import annotations

import dataclasses

import numpy as np
from jaxtyping import Bool, Float, Float32
from scipy.ndimage import map_coordinates

from thermvision.head.atlas import SIZE
from thermvision.head.fit_report import HeadFit
from thermvision.head.model import HeadModel
from thermvision.head.openness import head_openness
from thermvision.head.pose import FaceUnits, Rig
from thermvision.head.thermal_head import ThermalHead
from thermvision.portraits.picture_radiance import SKIN, black_temperature_k, facing_temperature_k
from thermvision.portraits.relief import Relief
from thermvision.portraits.relief_rig import at_rest, relief_weights, units_of_skin
from thermvision.portraits.simulator import breath_reach, nose_reach

FRONT, BACK = 1, 2  # texture layers beside the skin's


def assemble_person(
    fit: HeadFit,
    model: HeadModel,
    rig: Rig,
    vertices_mm: Float32[np.ndarray, "v 3"],
    kept: Bool[np.ndarray, " t"],
    skin_layer: Float32[np.ndarray, "size size 3"],
    relief: Relief,
    background_k: Float32[np.ndarray, "h w"],
    room_temperature_k: float,
    *,
    fades: bool,
) -> ThermalHead:
    """The head that `retarget.mesh` moves. Temperatures given are apparent ones. fades: whether skin
    sends out less towards grazing; then `skin_layer` is as seen from straight before it, see `picture_radiance`.

    kept: triangles of the head model that are drawn. skin_layer: temperature, emissivity (not used) and share of face.
    """
    skin = np.unique(model.triangles[model.triangle_part == 0])
    weights, follows, nearest, share = relief_weights(
        relief.points_mm.astype(float),
        relief.points_mm[:, 0] - fit.head_position_mm[0],
        relief.below_joint_mm,
        vertices_mm[skin],
        model.segment_weights[skin],
    )
    weights[relief.is_worn], follows = (0, 0, 1), np.where(relief.is_worn, 0, follows)
    units = units_of_skin(rig.units, model.num_vertices, skin, nearest, share, follows)
    neutral = at_rest(
        relief.points_mm.astype(float), weights, units, fit.arkit, rig, fit.camera_from_head, fit.head_position_mm
    )
    count = len(neutral)
    cosine = _stretched(relief.cosine if fades else np.ones_like(relief.cosine))
    textures = np.stack(
        [
            skin_layer[..., 0],
            facing_temperature_k(_stretched(relief.front_k), cosine, room_temperature_k),
            _stretched(relief.back_k),
        ]
    )
    material = np.zeros((*textures.shape, 2), np.uint8)
    material[..., 0] = SKIN
    material[0, ..., 1] = np.rint(255 * skin_layer[..., 2])
    whole = dataclasses.replace(
        rig,
        neutral_mm=np.concatenate([rig.neutral_mm, neutral]),
        units=_joined_units(rig.units, FaceUnits.of(units), model.num_vertices),
        segment_weights=np.concatenate([rig.segment_weights, weights]),
    )
    return ThermalHead(
        model=model,
        rig=whole,
        triangles=np.concatenate([model.triangles[kept], relief.triangles + np.int32(model.num_vertices)]),
        triangle_uv=np.concatenate([model.triangle_uv[kept], relief.triangles + np.int32(len(model.uv))]),
        triangle_layer=np.concatenate(
            [np.zeros(int(kept.sum()), np.int8), np.where(relief.is_back, BACK, FRONT).astype(np.int8)]
        ),
        uv=np.concatenate([model.uv, relief.uv]),
        texture=textures,
        material=material,
        offset_k=np.zeros(model.num_vertices + count, np.float32),
        breath_reach=breath_reach(model, whole.neutral_mm, np.zeros(count, bool)),
        nose_reach=nose_reach(model, model.num_vertices + count),
        room_temperature_k=room_temperature_k,
        reflected_k=room_temperature_k,
        background_k=black_temperature_k(background_k, room_temperature_k),
        distance_mm=float(fit.head_position_mm[2]),
        grazing=np.concatenate([head_openness(), relief.is_skin.astype(np.float32)]) * np.float32(fades),
    )


def _stretched(image: Float[np.ndarray, "side side"]) -> np.ndarray:
    """The canvas at the textures' size."""
    at = (np.arange(SIZE) + 0.5) / SIZE * len(image) - 0.5
    rows, columns = np.meshgrid(at, at, indexing="ij")
    return np.asarray(map_coordinates(image, [rows, columns], order=3, mode="nearest"), np.float32)


def _joined_units(own: FaceUnits, more: FaceUnits, first: int) -> FaceUnits:
    """Units of two sets of vertices, the second numbered from `first` on."""
    unit = np.concatenate([np.repeat(np.arange(len(one.start) - 1), np.diff(one.start)) for one in (own, more)])
    order = np.argsort(unit, kind="stable")
    start = np.searchsorted(unit[order], np.arange(len(own.start)))
    vertex = np.concatenate([own.vertex, more.vertex + np.int32(first)])[order]
    return FaceUnits(
        start.astype(np.int32), vertex.astype(np.int32), np.concatenate([own.moved_mm, more.moved_mm])[order]
    )
