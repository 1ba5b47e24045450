"""Where the people of a wild frame stand, how they are turned, and how they sway."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from thermvision.motion.euler import rotation_from_euler_deg

FACE_HEIGHT_MM = 185.0  # hairline to chin
FACE_SHARE = (0.05, 0.90)  # of the frame's height
MAX_BODY_YAW_DEG, MAX_PITCH_DEG, MAX_ROLL_DEG = 90.0, 45.0, 45.0
_TRIES = 30


@dataclass(frozen=True, slots=True)
class Place:
    """One person's stand in a clip: position of the head joint, turn of the body, and how the head is held."""

    position_mm: Float[np.ndarray, " 3"]
    body_yaw_deg: float
    head_pitch_deg: float
    head_roll_deg: float
    sway_mm: Float[np.ndarray, " 3"]
    sway_hz: float
    sway_start: float

    def head_position_mm(self, time_s: float) -> Float[np.ndarray, " 3"]:
        """The head joint at a time, camera frame."""
        turn = 2 * np.pi * (self.sway_hz * time_s + self.sway_start)
        return self.position_mm + self.sway_mm * np.array([np.sin(turn), 0.3 * np.sin(2 * turn), np.cos(0.7 * turn)])

    def camera_from_body(self) -> Float[np.ndarray, "3 3"]:
        """The turn of the torso, upright."""
        return np.asarray(rotation_from_euler_deg(self.body_yaw_deg, 0.0, 0.0))

    def body_from_head(self, moved: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "3 3"]:
        """The head against the torso: how it is held and what the motion adds, within what a neck can do."""
        held = rotation_from_euler_deg(0.0, self.head_pitch_deg, self.head_roll_deg) @ moved
        turn = Rotation.from_matrix(held)
        angle = float(np.degrees(turn.magnitude()))
        return np.asarray((turn ** (min(angle, 65.0) / max(angle, 1e-6))).as_matrix())


def draw_places(count: int, width_px: int, height_px: int, focal_px: float, rng: np.random.Generator) -> list[Place]:
    """Places of `count` people, the first the clip's own: sizes over the whole range, on one floor, few wholly hidden.

    The camera's height is drawn, so eyes of standing people lie on a line that depends on the distance; some sit.
    """
    eye_mm = float(rng.normal(0, 220))  # of standing people's head joints below the camera
    places: list[Place] = []
    for person in range(count):
        for attempt in range(_TRIES):
            low, high = FACE_SHARE if person == 0 else (0.05, 0.45)
            share = float(np.exp(rng.uniform(np.log(low), np.log(high))))
            distance = focal_px * FACE_HEIGHT_MM / (share * height_px)
            x_px = (rng.uniform(0.08, 0.92) if person == 0 else rng.uniform(-0.02, 1.02)) * width_px
            y_mm = eye_mm + rng.normal(0, 90) + (380 if rng.random() < 0.3 else 0)
            y_px = np.clip(
                0.5 * height_px + focal_px * y_mm / distance,
                0.08 * height_px,
                (0.8 if person == 0 else 0.95) * height_px,
            )
            position = np.array([x_px - 0.5 * width_px, y_px - 0.5 * height_px, focal_px]) * distance / focal_px
            if attempt == _TRIES - 1 or all(_apart(position, other.position_mm, focal_px) for other in places):
                break
        places.append(
            Place(
                position_mm=position,
                body_yaw_deg=float(
                    np.clip(_broad(rng, 22.0, MAX_BODY_YAW_DEG, 0.3), -MAX_BODY_YAW_DEG, MAX_BODY_YAW_DEG)
                ),
                head_pitch_deg=_broad(rng, 8.0, 0.75 * MAX_PITCH_DEG, 0.15),
                head_roll_deg=_broad(rng, 6.0, 0.75 * MAX_ROLL_DEG, 0.15),
                sway_mm=np.abs(rng.normal(0, [30, 8, 30])),
                sway_hz=float(rng.uniform(0.05, 0.3)),
                sway_start=float(rng.random()),
            )
        )
    return places


def _broad(rng: np.random.Generator, sd: float, limit: float, extreme_share: float) -> float:
    """Mostly near zero, sometimes anywhere up to the limit."""
    anywhere, usual = rng.uniform(-limit, limit), rng.normal(0, sd)
    return float(anywhere if rng.random() < extreme_share else np.clip(usual, -limit, limit))


def _apart(one: np.ndarray, other: np.ndarray, focal_px: float) -> bool:
    """Bodies do not stand in each other, and heads do not fall onto each other in the picture."""
    beside = np.hypot(one[0] - other[0], one[2] - other[2]) > 480
    heads_px = abs(one[0] / one[2] - other[0] / other[2]) * focal_px
    size_px = 75 * focal_px * (1 / one[2] + 1 / other[2])
    return bool(beside and (heads_px > size_px or abs(one[1] / one[2] - other[1] / other[2]) * focal_px > size_px))
