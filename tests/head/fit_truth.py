"""Simulated people whose landmarks, identity, face and pose are known, and how far a fit is from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from thermvision.head.assemble import assemble
from thermvision.head.fit_report import EYE_CORNERS, HeadFit
from thermvision.head.identity import neutral_mesh
from thermvision.head.landmarks import landmark_positions_mm, visible
from thermvision.head.model import load_head_model
from thermvision.head.pose import Rig, pose_vertices
from thermvision.head.projection import View
from thermvision.head.raster import rasterize
from thermvision.motion.arkit import ARKIT_INDEX
from thermvision.motion.euler import rotation_from_euler_deg
from thermvision.motion.placing import LIDS_AT_REST
from thermvision.motion.programs import make_program
from thermvision.portraits.simulator import draw_subject
from thermvision.retarget.mesh import lids_meet_once
from thermvision.rng import rng
from thermvision.types import Subject

MODEL = load_head_model()
VIEW = View.from_fov(256, 256, 24.0)
OTHER_POSES_DEG = ((-30, 0, 0), (-15, 10, 0), (0, 0, 0), (15, -10, 0), (30, 0, 0))


@dataclass(frozen=True)
class Truth:
    """One person in one pose with one face; landmarks of a set in a picture of 256x256."""

    name: str
    subject: Subject
    rig: Rig
    arkit: np.ndarray  # as pose_vertices takes them
    gaze_deg: np.ndarray
    camera_from_head: np.ndarray
    position_mm: np.ndarray
    landmarks_px: np.ndarray
    seen: np.ndarray

    @property
    def inter_ocular_px(self) -> float:
        """As the picture shows it: shorter on a turned face."""
        return eyes_px(self.landmarks_px)


def eyes_px(points: np.ndarray) -> float:
    right, left = EYE_CORNERS[len(points)]
    return float(np.linalg.norm(points[right] - points[left]))


def rig_of(identity: dict[str, float]) -> Rig:
    joined = neutral_mesh(MODEL, identity)
    return assemble(MODEL, joined, joined[: MODEL.num_vertices], []).rig


def draw_truth(index: int, name: str, yaw_deg: float | None = None, seed: int = 5) -> Truth:
    """Women and men of all ages; six expressions at half strength or more, open mouths, shut eyes, calm faces."""
    stream = rng(seed, "fit", index)
    subject = draw_subject(seed, index, ("female", "male")[index % 2])
    rig = rig_of(subject.identity)
    arkit, gaze = _face(index, stream)
    yaw = float(stream.uniform(-30, 30)) if yaw_deg is None else yaw_deg
    turn = rotation_from_euler_deg(yaw, float(stream.uniform(-20, 20)), float(stream.uniform(-20, 20)))
    place = np.array([stream.uniform(-30, 30), stream.uniform(-10, 50), stream.uniform(780, 1050)])
    vertices = pose_vertices(rig, arkit, gaze, turn, place)
    projected = VIEW.project(vertices)
    triangle, depth = np.zeros((256, 256), np.int32), np.zeros((256, 256), np.float32)
    rasterize(projected, MODEL.triangles, triangle, depth)
    points = VIEW.project(landmark_positions_mm(MODEL, vertices, name))
    return Truth(
        name, subject, rig, arkit, gaze, turn, place, points[:, :2].astype(float), visible(points, depth).astype(float)
    )


def _face(index: int, stream: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    kind = ("expression", "talking", "expression", "gaze")[index // 2 % 4]
    motion = make_program(kind, stream)
    frames = np.arange(30, len(motion))
    if kind == "expression":
        frames = np.flatnonzero(motion.expression_intensity > 0.5)
    elif kind == "talking":
        frames = np.argsort(-motion.arkit[:, ARKIT_INDEX["jawOpen"]])[:20]
    if index % 5 == 4:
        frames = np.flatnonzero(motion.arkit[:, ARKIT_INDEX["eyeBlinkLeft"]] > 0.9)
    frame = int(stream.choice(frames))
    return lids_meet_once(motion.arkit[frame]), motion.gaze_deg[frame].astype(float)


def disturbed(truth: Truth, noise_px: float, outliers: float, stream: np.random.Generator) -> np.ndarray:
    """Landmarks with Gaussian noise, and a share of them anywhere within 60 px."""
    points = truth.landmarks_px + stream.normal(0, noise_px, truth.landmarks_px.shape)
    wrong = stream.random(len(points)) < outliers
    points[wrong] += stream.uniform(-60, 60, (int(wrong.sum()), 2))
    return points


def smoothly_disturbed(truth: Truth, error_px: float, stream: np.random.Generator) -> np.ndarray:
    """Landmarks off by the given standard deviation in x and in y, neighbours together, as a network errs."""
    apart = np.linalg.norm(truth.landmarks_px[:, None] - truth.landmarks_px[None], axis=2)
    reach = 0.35 * truth.inter_ocular_px
    stretch, axes = np.linalg.eigh(np.exp(-0.5 * (apart / reach) ** 2))
    waves = axes * np.sqrt(np.maximum(stretch, 0))
    return truth.landmarks_px + error_px * waves @ stream.normal(size=truth.landmarks_px.shape)


def landmark_error(truth: Truth, fit: HeadFit) -> float:
    """Mean distance of all landmarks, hidden ones too, from the true ones, over the true inter-ocular distance."""
    return float(np.linalg.norm(fit.landmarks_px - truth.landmarks_px, axis=1).mean() / truth.inter_ocular_px)


def pose_error_deg(truth: Truth, fit: HeadFit) -> float:
    turn = Rotation.from_matrix(fit.camera_from_head @ truth.camera_from_head.T)
    return float(np.degrees(np.linalg.norm(turn.as_rotvec())))


def other_pose_errors(truth: Truth, fit: HeadFit, *, turned_from_fit: bool) -> np.ndarray:
    """Landmark errors of the calm faces at other poses, as shares of the true inter-ocular distance there.

    turned_from_fit: both are turned by the same rotation from where the picture showed them, as a motion turns a portrait;
    otherwise both take the same absolute rotation, so that an error of the pose counts as one of the shape.
    """
    calm = np.zeros(52, np.float32)
    calm[[ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]] = LIDS_AT_REST
    fitted, errors = rig_of(fit.identity), []
    for angles in OTHER_POSES_DEG:
        turn = rotation_from_euler_deg(*angles)
        of_fit = turn @ truth.camera_from_head.T @ fit.camera_from_head if turned_from_fit else turn
        true = _shown(truth.rig, calm, turn, truth.position_mm, VIEW, truth.name)
        found = _shown(fitted, calm, of_fit, fit.head_position_mm, fit.view, truth.name)
        errors.append(np.linalg.norm(found - true, axis=1).mean() / eyes_px(true))
    return np.array(errors)


def _shown(rig: Rig, arkit: np.ndarray, turn: np.ndarray, place: np.ndarray, view: View, name: str) -> np.ndarray:
    vertices = pose_vertices(rig, arkit, np.zeros(2), turn, place)
    return view.project(landmark_positions_mm(MODEL, vertices, name))[:, :2]
