"""Wild frames: one to six people with bodies in rooms and streets, near and far, hidden by things and by each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np

from thermvision.head.projection import View
from thermvision.motion.euler import rotation_from_euler_deg
from thermvision.portraits.simulator import start_clip
from thermvision.retarget.together import together
from thermvision.retarget.wild import wild
from thermvision.tasks.training.samples import Sample
from thermvision.tasks.training.simulator.cameras import draw_camera
from thermvision.tasks.training.simulator.faces_of_frame import as_sample, of_labels
from thermvision.tasks.training.simulator.people import draw_face
from thermvision.thermal.camera import camera_state, observe
from thermvision.types import ZERO_CELSIUS_K, Motion, Portrait

PEOPLE_SHARES = (0.30, 0.25, 0.20, 0.12, 0.08, 0.05)  # of scenes with one to six people
OUTDOORS_SHARE = 0.35
MOMENTS = 8  # of a scene: room and bodies cost as much as five frames
APART_S = 3.0  # so far apart that people have swayed and breathed


def wild_samples(
    people: Sequence[tuple[Portrait, str]], count: int, longest_px: int, stream: np.random.Generator
) -> Iterator[Sample]:
    """`count` frames of scenes among portraits with bodies and their names; `MOMENTS` frames a scene."""
    for start in range(0, count, MOMENTS):
        yield from _scene(people, min(MOMENTS, count - start), longest_px, stream)


def _scene(
    people: Sequence[tuple[Portrait, str]], count: int, longest_px: int, stream: np.random.Generator
) -> Iterator[Sample]:
    shares = np.array(PEOPLE_SHARES[: len(people)])
    number = 1 + int(stream.choice(len(shares), p=shares / shares.sum()))
    chosen = [people[k] for k in stream.choice(len(people), number, replace=False)]
    names = {one.subject.id: name for one, name in chosen}
    actors = [(start_clip(one, stream), moments(count, stream)) for one, _ in chosen]
    first, motion = actors[0]
    if stream.random() < OUTDOORS_SHARE:
        first = dataclasses.replace(first, session=dataclasses.replace(first.session, background="outdoors"))
        actors[0] = (first, motion)
    camera = draw_camera(True, longest_px, stream)
    size = {"width_px": camera.width_px, "height_px": camera.height_px}
    state = camera_state(camera, first.session.room_temperature_c + ZERO_CELSIUS_K, stream, 1.0)
    crowd = together(actors, View.from_fov(camera.width_px, camera.height_px, camera.horizontal_fov_deg), stream)
    for frame, labels in wild(crowd, **size, horizontal_fov_deg=camera.horizontal_fov_deg):
        faces = [of_labels(one, names) for one in (labels, *labels.others)]
        yield as_sample(observe(frame["radiance_w"], state, stream), faces)


def moments(count: int, stream: np.random.Generator) -> Motion:
    """Unrelated moments instead of a film: in each another expression, glance and turn of the head on its torso."""
    faces, glances = zip(*(draw_face(stream) for _ in range(count)), strict=True)
    far = stream.random(count) < 0.35
    yaw = np.where(far, stream.uniform(-65, 65, count), stream.normal(0, 14, count))
    pitch, roll = np.clip(stream.normal(0, 11, count), -40, 40), np.clip(stream.normal(0, 6, count), -25, 25)
    return Motion(
        name="moments",
        kind="program",
        rate_hz=1 / APART_S,
        sight_from_head=np.stack([rotation_from_euler_deg(*angles) for angles in zip(yaw, pitch, roll, strict=True)]),
        head_position_mm=np.zeros((count, 3)),
        arkit=np.stack(faces).astype(np.float32),
        gaze_deg=np.stack(glances).astype(np.float32),
        measured=np.ones(count, bool),
        expression=("",) * count,
        expression_intensity=np.zeros(count, np.float32),
    )
