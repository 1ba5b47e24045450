"""Frames of several people at once, near and far, as a camera in a room or a street sees them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from thermvision.head.pose import pose_vertices
from thermvision.head.projection import View
from thermvision.motion.arkit import ARKIT_NAMES
from thermvision.motion.placing import Place
from thermvision.retarget.labels import frame_labels
from thermvision.retarget.mesh import lids_meet_once, stretch
from thermvision.retarget.scene import Scene
from thermvision.retarget.warmth_in_time import WarmthInTime
from thermvision.thermal.radiometry import band_radiance
from thermvision.types import Frame, FrameLabels, Motion, Portrait


def wild(
    people: list[tuple[Portrait, Motion, Place]], *, width_px: int, height_px: int, horizontal_fov_deg: float
) -> Iterator[tuple[Frame, FrameLabels]]:
    """Frames with the passes of `mesh.retarget`; labels of the first person, the others' in `others`.

    All motions must be as long as the first. Background, room and reflections are the first person's.
    """
    view = View.from_fov(width_px, height_px, horizontal_fov_deg)
    first = people[0][0].head
    scene = Scene([one.head for one, _, _ in people], view, float(band_radiance(first.reflected_k)))
    background = band_radiance(stretch(first.background_k, height_px, width_px)).astype(np.float32)
    warmth = [WarmthInTime(one.head, one.dynamics, motion) for one, motion, _ in people]
    for index in range(len(people[0][1])):
        turns, vertices = zip(*(_posed(one.head, motion, place, index) for one, motion, place in people), strict=True)
        drawn = scene.draw(list(vertices), [w.offset_k(index) for w in warmth], background)
        labels = [
            frame_labels(one, motion, index, turn, placed, view, drawn.inverse_depth, warm)
            for (one, motion, _), turn, placed, warm in zip(people, turns, vertices, warmth, strict=True)
        ]
        everyone = dataclasses.replace(labels[0], others=tuple(labels[1:]))
        yield {"radiance_w": drawn.radiance_w, "face_mask": drawn.face_mask}, everyone


def _posed(head, motion: Motion, place: Place, index: int) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[no-untyped-def]
    """A person's camera_from_head and vertices in the camera frame."""
    unit_order = [ARKIT_NAMES.index(name) for name in head.model.unit_names]
    camera_from_body = place.camera_from_body()
    body_from_head = place.body_from_head(motion.sight_from_head[index])
    vertices = pose_vertices(
        head.rig,
        lids_meet_once(motion.arkit[index])[unit_order],
        motion.gaze_deg[index],
        body_from_head,
        np.zeros(3),
    )
    position = place.head_position_mm(index / motion.rate_hz)
    turned = vertices @ camera_from_body.T.astype(np.float32) + position.astype(np.float32)
    return camera_from_body @ body_from_head, turned.astype(np.float32)
