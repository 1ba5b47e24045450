"""Where the camera and the people of a wild frame stand, how they are turned, and how they sway."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from thermvision.motion.euler import euler_deg, rotation_from_euler_deg

FACE_HEIGHT_MM = 185.0  # hairline to chin
FRAME_CENTRE_MM = 24.0  # the head joint's place below the middle of a portrait: head, neck and collar fit
LIDS_AT_REST = 0.2  # of the way to shut
FACE_SHARE = (0.05, 0.90)  # of the frame's height
OTHERS_SHARE = (0.05, 0.45)
MAX_BODY_YAW_DEG, MAX_PITCH_DEG, MAX_ROLL_DEG = 90.0, 45.0, 45.0
CAMERA_HEIGHT_MM = (350.0, 3300.0)
NECK_DEG, NECK_AT_HAND_DEG = 62.0, 16.0  # how far a head turns on its torso; less with a hand on the face
_FACE_ABOVE_JOINT = 0.24  # of the face's height, its middle over the head joint
_TRIES = 60


@dataclass(frozen=True, slots=True)
class Stand:
    """The camera over a level floor. Room frame: origin at the camera, x right, y straight down, z level into the scene."""

    camera_from_room: Float[np.ndarray, "3 3"]
    height_mm: float

    def room_from_camera(self, points_mm: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
        """Points of the camera frame in the room's."""
        return points_mm @ self.camera_from_room


@dataclass(frozen=True, slots=True)
class Place:
    """One person's stand in a clip: position of the head joint, turn of the body, and how the head is held."""

    position_mm: Float[np.ndarray, " 3"]  # of the head joint when the head is held straight, camera frame
    camera_from_room: Float[np.ndarray, "3 3"]
    body_yaw_deg: float
    head_pitch_deg: float
    head_roll_deg: float
    neck_deg: float  # how far the head may turn on the torso
    sway_mm: Float[np.ndarray, " 3"]
    sway_hz: float
    sway_start: float

    def sway_at_mm(self, time_s: float) -> Float[np.ndarray, " 3"]:
        """How far the head has swayed at a time, torso frame; feet and seat stay where they are."""
        turn = 2 * np.pi * (self.sway_hz * time_s + self.sway_start)
        return self.sway_mm * np.array([np.sin(turn), 0.1 * np.sin(2 * turn), np.cos(0.7 * turn)])

    def camera_from_body(self) -> Float[np.ndarray, "3 3"]:
        """The turn of the torso, upright in the room."""
        return np.asarray(self.camera_from_room @ rotation_from_euler_deg(self.body_yaw_deg, 0.0, 0.0))

    def body_from_head(self, moved: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "3 3"]:
        """The head against the torso: how it is held and what the motion adds, within what a neck can do."""
        held = rotation_from_euler_deg(0.0, self.head_pitch_deg, self.head_roll_deg) @ moved
        vector = Rotation.from_matrix(held).as_rotvec(degrees=True)
        angle = max(float(np.linalg.norm(vector)), 1e-6)
        within = self.neck_deg * np.tanh(angle / self.neck_deg) / angle
        return np.asarray(Rotation.from_rotvec(within * vector, degrees=True).as_matrix())


def draw_places(
    head_height_mm: list[float], hand_at_face: list[bool], width_px: int, height_px: int, focal_px: float, tilt_deg: float,
    rng: np.random.Generator,
) -> tuple[Stand, list[Place | None]]:  # fmt: skip
    """The camera and a place for each person, the first the clip's own: sizes over the whole range, on one floor.

    head_height_mm: of each one's head joint over the floor. The camera's height follows from where the first person's
    head is seen and how the camera is tilted, usually `tilt_deg` down. None for whom no place is left in the frame.
    """
    half = np.array([0.5 * width_px, 0.5 * height_px])
    for _ in range(_TRIES):
        tilt, roll = float(np.clip(rng.normal(tilt_deg, 8), -14, 22)), float(rng.normal(0, 1.3))
        turn = np.asarray(Rotation.from_euler("ZX", [roll, tilt], degrees=True).as_matrix())
        low, high = FACE_SHARE
        share = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        depth = focal_px * FACE_HEIGHT_MM / (share * height_px)
        face_px = np.array(
            [rng.uniform(0.08, 0.92) * width_px, np.clip(rng.normal(0.38, 0.17), 0.06, 0.85) * height_px]
        )
        at_px = face_px + np.array([0.0, _FACE_ABOVE_JOINT * share * height_px])
        position = np.append((at_px - half) / focal_px, 1.0) * depth
        stand = Stand(turn, float((position @ turn)[1]) + head_height_mm[0])
        if CAMERA_HEIGHT_MM[0] < stand.height_mm < CAMERA_HEIGHT_MM[1]:
            break
    places: list[Place | None] = [_place(stand, position, hand_at_face[0], rng)]
    for height, at_face in zip(head_height_mm[1:], hand_at_face[1:], strict=True):
        taken = [one.position_mm for one in places if one is not None]
        where = _beside(stand, taken, height, width_px, height_px, focal_px, rng)
        places.append(None if where is None else _place(stand, where, at_face, rng))
    return stand, places


def _beside(
    stand: Stand, others: list[np.ndarray], head_height_mm: float, width_px: int, height_px: int, focal_px: float,
    rng: np.random.Generator,
) -> np.ndarray | None:  # fmt: skip
    """A further person's head joint: on the floor, in the frame or cut by its border, seldom wholly hidden; None if full."""
    turn = stand.camera_from_room
    may_overlap = rng.random() < 0.2
    for _ in range(_TRIES):
        low, high = OTHERS_SHARE
        depth = focal_px * FACE_HEIGHT_MM / (float(np.exp(rng.uniform(np.log(low), np.log(high)))) * height_px)
        across = (rng.uniform(-0.02, 1.02) - 0.5) * width_px / focal_px
        down = ((stand.height_mm - head_height_mm) / depth - turn[0, 1] * across - turn[2, 1]) / turn[1, 1]
        position = np.array([across, down, 1.0]) * depth
        inside = -0.02 < 0.5 + down * focal_px / height_px < 0.97
        if inside and all(_apart(position, other, focal_px, may_overlap) for other in others):
            return position
    return None


def _place(stand: Stand, position_mm: np.ndarray, hand_at_face: bool, rng: np.random.Generator) -> Place:
    yaw = float(np.clip(_broad(rng, 22.0, MAX_BODY_YAW_DEG, 0.3), -MAX_BODY_YAW_DEG, MAX_BODY_YAW_DEG))
    pitch = _broad(rng, 8.0, 0.9 * MAX_PITCH_DEG, 0.15)
    roll = _broad(rng, 6.0, 0.9 * MAX_ROLL_DEG, 0.15)
    calm = 0.3 if hand_at_face else 1.0
    body = stand.camera_from_room @ np.asarray(rotation_from_euler_deg(yaw, 0.0, 0.0))
    for share in (calm, 0.7 * calm, 0.4 * calm, 0.0):  # a tilted camera sees upright heads nod and lean already
        _, nod, lean = euler_deg(body @ np.asarray(rotation_from_euler_deg(0.0, share * pitch, share * roll)))
        if abs(nod) < MAX_PITCH_DEG and abs(lean) < MAX_ROLL_DEG:
            break
    return Place(
        position_mm=position_mm,
        camera_from_room=stand.camera_from_room,
        body_yaw_deg=yaw,
        head_pitch_deg=share * pitch,
        head_roll_deg=share * roll,
        neck_deg=NECK_AT_HAND_DEG if hand_at_face else NECK_DEG,
        sway_mm=np.abs(rng.normal(0, [14, 4, 12])),
        sway_hz=float(rng.uniform(0.05, 0.3)),
        sway_start=float(rng.random()),
    )


def _broad(rng: np.random.Generator, sd: float, limit: float, extreme_share: float) -> float:
    """Mostly near zero, sometimes anywhere up to the limit."""
    anywhere, usual = rng.uniform(-limit, limit), rng.normal(0, sd)
    return float(anywhere if rng.random() < extreme_share else np.clip(usual, -limit, limit))


def _apart(one: np.ndarray, other: np.ndarray, focal_px: float, may_overlap: bool) -> bool:
    """Bodies do not stand in each other, and the nearer body does not cover the farther face unless it may in part."""
    if np.hypot(one[0] - other[0], one[2] - other[2]) < 620:
        return False
    near, far = (one, other) if one[2] < other[2] else (other, one)
    beside_px = abs(near[0] / near[2] - far[0] / far[2]) * focal_px
    head_px, body_px = 100 * focal_px / near[2], 270 * focal_px / near[2]
    face_px = 80 * focal_px / far[2]
    above = near[1] / near[2] > far[1] / far[2] + 120 / near[2]  # the far face looks over the near one's head
    below = far[1] / far[2] > near[1] / near[2] + 60 / near[2]  # it lies at the height of the near body
    needed = (0.45 if may_overlap else 1.0) * ((body_px if below else head_px) + face_px)
    return bool(above or beside_px > needed)
