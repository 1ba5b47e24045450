"""Frames of several people at once, near and far, as a camera in a room or a street sees them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from thermvision.body.furniture import Furniture
from thermvision.body.posed import PosedBody
from thermvision.head.pose import neck_and_head, pose_vertices
from thermvision.head.projection import View
from thermvision.head.skinning import sway_and_place
from thermvision.head.thermal_head import ThermalHead
from thermvision.motion.arkit import ARKIT_NAMES
from thermvision.motion.euler import euler_deg
from thermvision.motion.placing import Place
from thermvision.retarget.labels import frame_labels
from thermvision.retarget.mesh import lids_meet_once
from thermvision.retarget.scene import Scene
from thermvision.retarget.warmth_in_time import WarmthInTime
from thermvision.thermal.radiometry import band_radiance
from thermvision.types import Frame, FrameLabels, Motion, Portrait


@dataclass(frozen=True, slots=True)
class Person:
    """Someone in a wild clip."""

    portrait: Portrait
    motion: Motion
    place: Place
    body: PosedBody


@dataclass(frozen=True, slots=True)
class Crowd:
    """Everyone and everything in a wild clip, the clip's own person first."""

    people: list[Person]
    furniture: Furniture
    background_k: Float32[np.ndarray, "h w"]  # apparent temperature of what lies behind, at the frame's size


def wild(
    crowd: Crowd, *, width_px: int, height_px: int, horizontal_fov_deg: float
) -> Iterator[tuple[Frame, FrameLabels]]:
    """Frames with the passes of `mesh.retarget`; labels of the first person, the others' in `others`.

    All motions must be as long as the first. Room and reflections are the first person's.
    """
    view = View.from_fov(width_px, height_px, horizontal_fov_deg)
    people = [dataclasses.replace(one, portrait=_on_body(one.portrait, one.body)) for one in crowd.people]
    heads = [one.portrait.head for one in people]
    scene = Scene(
        heads, view, float(band_radiance(heads[0].reflected_k)), [one.body for one in people], crowd.furniture
    )
    background = band_radiance(crowd.background_k).astype(np.float32)
    warmth = [WarmthInTime(one.portrait.head, one.portrait.dynamics, one.motion) for one in people]
    for index in range(len(people[0].motion)):
        turns, vertices = zip(*(_posed(one, index) for one in people), strict=True)
        offsets = [
            np.concatenate([w.offset_k(index), one.body.offset_k]) for w, one in zip(warmth, people, strict=True)
        ]
        drawn = scene.draw(list(vertices), offsets, background)
        labels = [
            frame_labels(one.portrait, one.motion, index, euler_deg(turn), placed, view, drawn.inverse_depth, warm)
            for one, turn, placed, warm in zip(people, turns, vertices, warmth, strict=True)
        ]
        everyone = dataclasses.replace(labels[0], others=tuple(labels[1:]))
        yield {"radiance_w": drawn.radiance_w, "face_mask": drawn.face_mask}, everyone


def _on_body(portrait: Portrait, body: PosedBody) -> Portrait:
    """The portrait with its bust's shoulders as the body's arms leave them."""
    head: ThermalHead = portrait.head
    neutral = head.rig.neutral_mm.copy()
    neutral[: body.num_head] = body.bust_mm
    return dataclasses.replace(
        portrait, head=dataclasses.replace(head, rig=dataclasses.replace(head.rig, neutral_mm=neutral))
    )


def _posed(one: Person, index: int) -> tuple[np.ndarray, np.ndarray]:
    """A person's camera_from_head and vertices in the camera frame: head, hair and what is worn, then the body."""
    head, motion, place, body = one.portrait.head, one.motion, one.place, one.body
    unit_order = [ARKIT_NAMES.index(name) for name in head.model.unit_names]
    camera_from_body = place.camera_from_body()
    body_from_head = place.body_from_head(motion.sight_from_head[index])
    _, _, head_joint, head_offset = neck_and_head(head.rig, body_from_head)
    above = pose_vertices(
        head.rig, lids_meet_once(motion.arkit[index])[unit_order], motion.gaze_deg[index], body_from_head, head_joint
    )
    below = body.vertices_mm
    riding = np.flatnonzero(body.with_head)
    if len(riding):
        below = below.copy()
        carried = below[riding] @ body_from_head.T.astype(np.float32) + head_offset.astype(np.float32)
        below[riding] += body.with_head[riding, None] * (carried - below[riding])
    vertices = np.concatenate([above, below])
    rooted = body.floor_mm if body.seat_mm is None else body.seat_mm
    sway_and_place(
        vertices, np.float32(rooted), place.sway_at_mm(index / motion.rate_hz).astype(np.float32),
        camera_from_body.astype(np.float32), place.position_mm.astype(np.float32),
    )  # fmt: skip
    return camera_from_body @ body_from_head, vertices
