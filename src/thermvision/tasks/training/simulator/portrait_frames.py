"""Portraits: one person's head and shoulders, near and far, turned to profile, with any face."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from thermvision.head.landmarks import face_box_xyxy_px, landmark_positions_mm
from thermvision.head.projection import View
from thermvision.head.visible_share import visible_share
from thermvision.motion.euler import euler_deg
from thermvision.retarget.mesh import stretch
from thermvision.retarget.scene import Scene
from thermvision.tasks.training.samples import Sample
from thermvision.tasks.training.simulator.cameras import draw_camera
from thermvision.tasks.training.simulator.faces_of_frame import FaceTruth, as_sample
from thermvision.tasks.training.simulator.people import draw_face, draw_turns, pose_person
from thermvision.thermal.camera import camera_state, observe
from thermvision.thermal.radiometry import band_radiance
from thermvision.types import ZERO_CELSIUS_K, Portrait

FACE_SHARE = (0.26, 0.90)  # of the frame's shorter side, hairline to chin
MOMENTS = 4  # with one camera


def portrait_samples(
    portrait: Portrait, name: str, count: int, longest_px: int, stream: np.random.Generator
) -> Iterator[Sample]:
    """`count` pictures of a person, `MOMENTS` each with one camera: other lens, distance, pose and expression in each."""
    head = portrait.head
    for start in range(0, count, MOMENTS):
        camera = draw_camera(False, longest_px, stream)
        view = View.from_fov(camera.width_px, camera.height_px, camera.horizontal_fov_deg)
        scene = Scene([head], view, float(band_radiance(head.reflected_k)))
        state = camera_state(camera, portrait.session.room_temperature_c + ZERO_CELSIUS_K, stream, 1.0)
        behind = band_radiance(stretch(head.background_k, view.height_px, view.width_px)).astype(np.float32)
        for _ in range(min(MOMENTS, count - start)):
            low, high = np.log(np.array(FACE_SHARE) * min(1.0, view.width_px / view.height_px))
            share = float(np.exp(stream.uniform(low, high)))
            body, turn = draw_turns(stream)
            aside = 0.16 + max(0.0, 0.75 - 1.3 * share)  # small faces may be anywhere
            vertices = pose_person(portrait, *draw_face(stream), body, turn, view, share, stream, aside)
            breath = head.breath_reach @ stream.normal(0, 0.5, 2) + head.nose_reach * stream.normal(0, 1.0)
            flipped = behind[:, ::-1] if stream.random() < 0.5 else behind
            drawn = scene.draw([vertices], [(head.offset_k + breath).astype(np.float32)], np.ascontiguousarray(flipped))
            picture = observe(drawn.radiance_w, state, stream)
            yield as_sample(picture, [_truth(portrait, name, vertices, turn, view, drawn.inverse_depth)])


def _truth(
    portrait: Portrait, name: str, vertices: np.ndarray, turn: np.ndarray, view: View, inverse_depth: np.ndarray
) -> FaceTruth:
    model = portrait.head.model
    points = {one: view.project(landmark_positions_mm(model, vertices, one))[:, :2] for one in ("68", "478")}
    yaw, pitch, roll = (float(angle) for angle in euler_deg(turn))
    return FaceTruth(
        face_box_xyxy_px(points["478"], view.width_px, view.height_px),
        visible_share(model, view.project(vertices[: model.num_vertices]), inverse_depth),
        points["68"],
        points["478"],
        (yaw, pitch, roll),
        portrait.subject.gender == "male",
        name,
    )
