"""Portraits: one person's head and shoulders, near and far, turned to profile, with any face."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from thermvision.head.landmarks import face_box_xyxy_px, landmark_positions_mm, visible
from thermvision.head.projection import View
from thermvision.head.visible_share import visible_share
from thermvision.motion.euler import euler_deg
from thermvision.motion.placing import FACE_HEIGHT_MM
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
BUST_FACES = 1.35  # heights of a face that are surely there below its middle
MOMENTS = 8  # with one camera


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
            vertices = pose_person(portrait, *draw_face(stream), body, turn, view, share, stream)
            vertices += _aside_mm(share, view, stream)
            breath = head.breath_reach @ stream.normal(0, 0.5, 2) + head.nose_reach * stream.normal(0, 1.0)
            flipped = behind[:, ::-1] if stream.random() < 0.5 else behind
            drawn = scene.draw([vertices], [(head.offset_k + breath).astype(np.float32)], np.ascontiguousarray(flipped))
            picture = observe(drawn.radiance_w, state, stream)
            yield as_sample(picture, [_truth(portrait, name, vertices, turn, view, drawn.inverse_depth)])


def _aside_mm(share: float, view: View, stream: np.random.Generator) -> np.ndarray:
    """A shift (3,) of a face about the frame's middle: small ones go far aside, but never so high that the bust's torn edge is seen."""
    frame_mm = np.array([view.width_px / view.height_px, 1.0]) * FACE_HEIGHT_MM / share
    free = max(0.0, 0.42 - 0.5 * share)  # of the frame
    across = stream.uniform(-free, free) * frame_mm[0]
    highest = max(-free, 0.5 - BUST_FACES * share)
    down = stream.uniform(highest, max(free, highest)) * frame_mm[1]
    return np.array([across, down, 0.0], np.float32)


def _truth(
    portrait: Portrait, name: str, vertices: np.ndarray, turn: np.ndarray, view: View, inverse_depth: np.ndarray
) -> FaceTruth:
    model = portrait.head.model
    in_depth = view.project(landmark_positions_mm(model, vertices, "478"))
    points = {"68": view.project(landmark_positions_mm(model, vertices, "68"))[:, :2], "478": in_depth[:, :2]}
    yaw, pitch, roll = (float(angle) for angle in euler_deg(turn))
    return FaceTruth(
        face_box_xyxy_px(points["478"], view.width_px, view.height_px),
        visible_share(model, view.project(vertices[: model.num_vertices]), inverse_depth),
        points["68"],
        points["478"],
        visible(in_depth, inverse_depth),
        (yaw, pitch, roll),
        portrait.subject.gender == "male",
        name,
    )
