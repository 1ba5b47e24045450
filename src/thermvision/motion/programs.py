"""Built-in motions that need no video: seeded, labelled, always with natural blinks and micro-movement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from thermvision.motion.arkit import ARKIT_INDEX
from thermvision.motion.euler import rotation_from_euler_deg
from thermvision.motion.expressions import EXPRESSIONS, preset
from thermvision.motion.program_names import check_program_name
from thermvision.motion.timing import bell, blinks, drift, plateau
from thermvision.types import InputError, Motion


@dataclass(slots=True)
class Score:
    """What a program writes into: angles (yaw, pitch, roll), coefficients, gaze and expression per frame."""

    frames: int
    rate_hz: float
    angles_deg: np.ndarray = field(init=False)
    arkit: np.ndarray = field(init=False)
    gaze_deg: np.ndarray = field(init=False)
    expression: list[str] = field(init=False)
    intensity: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.angles_deg = np.zeros((self.frames, 3))
        self.arkit = np.zeros((self.frames, 52))
        self.gaze_deg = np.zeros((self.frames, 2))
        self.expression = ["neutral"] * self.frames
        self.intensity = np.zeros(self.frames)

    def time_s(self) -> np.ndarray:
        """Time of each frame."""
        return np.arange(self.frames) / self.rate_hz

    def add(self, values: np.ndarray, **coefficients: float) -> None:
        """Add a curve (f,) to coefficients, each by its weight."""
        for name, weight in coefficients.items():
            self.arkit[:, ARKIT_INDEX[name]] += weight * values


Program = Callable[[Score, np.random.Generator], None]


def headpose(score: Score, rng: np.random.Generator) -> None:
    """Turns of the head to extremes in every direction, one after the other, back to frontal at both ends."""
    yaw, pitch, roll = rng.uniform(48, 62), rng.uniform(20, 27), rng.uniform(15, 22)
    targets = [(yaw, 0, 0), (-yaw, 0, 0), (0, pitch, 0), (0, -pitch, 0), (0, 0, roll), (0, 0, -roll)]
    targets += [(sign * yaw * 0.6, tilt * pitch * 0.7, 0) for sign, tilt in ((1, 1), (-1, -1))]
    stations = (
        [np.zeros(3)]
        + [np.array(targets[i]) * rng.uniform(0.85, 1.0) for i in rng.permutation(len(targets))]
        + [np.zeros(3)]
    )
    lengths = rng.uniform(0.8, 1.25, len(stations) - 1)
    marks = np.concatenate([[0], np.cumsum(lengths)]) / lengths.sum() * (score.frames - 1)
    for axis in range(3):
        values = np.array([station[axis] for station in stations])
        for i, (start, stop) in enumerate(zip(marks[:-1], marks[1:], strict=True)):
            t = np.arange(int(np.ceil(start)), int(np.floor(stop)) + 1)
            share = np.clip((t - start) / (stop - start), 0, 1)
            ease = share**3 * (10 - 15 * share + 6 * share**2)  # minimum jerk (Flash and Hogan 1985)
            score.angles_deg[t, axis] = values[i] + (values[i + 1] - values[i]) * ease


def expression(score: Score, rng: np.random.Generator) -> None:
    """The six basic expressions in random order with onset, apex and offset, neutral between them."""
    order = rng.permutation(EXPRESSIONS[1:])
    shares = rng.uniform(0.85, 1.15, len(order))
    marks = np.concatenate([[0], np.cumsum(shares)]) / shares.sum() * (score.frames - 8) + 6
    for name, start, stop in zip(order, marks[:-1], marks[1:], strict=True):
        strength = rng.uniform(0.6, 1.0)
        onset, offset = rng.uniform(0.14, 0.28), rng.uniform(0.2, 0.34)
        curve = strength * plateau(
            np.arange(score.frames, dtype=float), start, stop - 0.06 * (stop - start), onset, offset
        )
        face = preset(str(name)) * rng.uniform(0.87, 1.13, 52)
        lean = rng.uniform(-0.15, 0.15)
        for coefficient, index in ARKIT_INDEX.items():
            if coefficient.endswith(("Left", "Right")):
                face[index] *= 1 + (lean if coefficient.endswith("Left") else -lean)
        score.arkit += curve[:, None] * face
        score.angles_deg += curve[:, None] * rng.normal(0, [3.0, 4.0, 2.0])
        for frame in np.flatnonzero(curve > 0.15):
            score.expression[frame], score.intensity[frame] = str(name), curve[frame]


def talking(score: Score, rng: np.random.Generator) -> None:
    """Speech: syllables at about four a second in phrases with pauses; jaw and lips form open, round, wide and shut sounds."""
    t, now = score.time_s(), 0.25
    sounds = (
        {"jawOpen": 0.45, "mouthLowerDownLeft": 0.25, "mouthLowerDownRight": 0.25},  # a
        {"jawOpen": 0.2, "mouthFunnel": 0.45, "mouthPucker": 0.3},  # o
        {"jawOpen": 0.12, "mouthPucker": 0.65},  # u
        {
            "jawOpen": 0.18,
            "mouthStretchLeft": 0.3,
            "mouthStretchRight": 0.3,
            "mouthSmileLeft": 0.2,
            "mouthSmileRight": 0.2,
        },  # e
        {"mouthClose": 0.0, "mouthPressLeft": 0.4, "mouthPressRight": 0.4, "mouthRollLower": 0.25},  # m, b, p
        {"mouthUpperUpLeft": 0.3, "mouthUpperUpRight": 0.3, "mouthRollLower": 0.3, "jawOpen": 0.06},  # f, v
    )
    while now < t[-1] - 0.4:
        phrase_end = now + rng.uniform(1.2, 3.2)
        while now < min(phrase_end, t[-1] - 0.25):
            length = rng.uniform(0.16, 0.3)
            sound = sounds[int(rng.choice(len(sounds), p=[0.32, 0.16, 0.12, 0.2, 0.12, 0.08]))]
            score.add(rng.uniform(0.55, 1.1) * bell(t, now + length / 2, length * 0.42), **sound)
            now += length
        score.add(rng.uniform(0, 0.4) * bell(t, now, 0.4), browInnerUp=0.6, browOuterUpLeft=0.5, browOuterUpRight=0.5)
        now += rng.uniform(0.25, 0.7)
    score.angles_deg += drift(t, rng, period_s=1.1)[:, :3] * [2.6, 2.2, 1.2] * np.clip(t / 0.6, 0, 1)[:, None]


def gaze(score: Score, rng: np.random.Generator) -> None:
    """Saccades and fixations; large shifts take the head along."""
    t, now, held = score.time_s(), rng.uniform(0.3, 0.7), np.zeros(2)
    while now < t[-1] - 0.3:
        target = np.zeros(2) if now > t[-1] - 0.8 else rng.uniform([-27, -17], [27, 14])
        step = target - held
        duration = 0.021 + 0.0022 * float(np.hypot(*step))  # main sequence of saccades (Bahill et al. 1975)
        share = np.clip((t - now) / max(duration, 1 / score.rate_hz), 0, 1)
        score.gaze_deg += share[:, None] * step
        follow = np.clip((t - now - 0.05) / 0.35, 0, 1)
        score.angles_deg[:, :2] += (follow**2 * (3 - 2 * follow))[:, None] * step * 0.25
        held = target
        now += rng.uniform(0.35, 1.3)


def natural(score: Score, rng: np.random.Generator) -> None:
    """A resting face that looks at the camera: slow sway, faint changes of expression."""
    t = score.time_s()
    score.angles_deg += drift(t, rng, period_s=3.5)[:, :3] * [3.5, 2.5, 1.5] * np.clip(t, 0, 1)[:, None]
    faint = np.clip(drift(t, rng, period_s=4.0)[:, :2], 0, None) * np.clip(t, 0, 1)[:, None]
    score.add(0.12 * faint[:, 0], mouthSmileLeft=1.0, mouthSmileRight=0.9)
    score.add(0.12 * faint[:, 1], browInnerUp=1.0)


PROGRAMS: dict[str, Program] = {
    "headpose": headpose,
    "expression": expression,
    "talking": talking,
    "gaze": gaze,
    "natural": natural,
}


def make_program(name: str, rng: np.random.Generator, num_frames: int = 302, rate_hz: float = 30.0) -> Motion:
    """A built-in motion of `num_frames` (>= 30) at `rate_hz`; unknown names raise InputError with a suggestion."""
    check_program_name(name)
    if num_frames < 30:
        raise InputError(f"num_frames is {num_frames}; a motion needs at least 30")
    if not 1 <= rate_hz <= 1000:
        raise InputError(f"rate_hz is {rate_hz:g}; expected 1 to 1000 frames/s")
    score = Score(num_frames, rate_hz)
    PROGRAMS[name](score, rng)
    t = score.time_s()
    score.angles_deg += drift(t, rng, period_s=2.0)[:, :3] * 0.35 * np.clip(t, 0, 1)[:, None]
    score.gaze_deg += drift(t, rng, period_s=0.5)[:, :2] * 0.4
    _lids_follow_gaze(score)
    blink = blinks(t, rng)
    for side in ("eyeBlinkLeft", "eyeBlinkRight"):
        index = ARKIT_INDEX[side]
        score.arkit[:, index] = np.maximum(score.arkit[:, index], blink * rng.uniform(0.95, 1.0))
    sway = drift(t, rng, period_s=4.0)[:, :3] * [2.0, 1.5, 3.0] * np.clip(t, 0, 1)[:, None]
    return Motion(
        name=name,
        kind="program",
        rate_hz=rate_hz,
        sight_from_head=np.stack([rotation_from_euler_deg(*angles) for angles in score.angles_deg]),
        head_position_mm=sway,
        arkit=np.clip(score.arkit, 0, 1).astype(np.float32),
        gaze_deg=score.gaze_deg.astype(np.float32),
        measured=np.ones(num_frames, bool),
        expression=tuple(score.expression),
        expression_intensity=np.clip(score.intensity, 0, 1).astype(np.float32),
    )


GAZE_AT_FULL_DEG = 32.0  # eye rotation that ARKit's eyeLook coefficients mean at 1


def _lids_follow_gaze(score: Score) -> None:
    """EyeLook coefficients that belong to the gaze, so that the lids follow the eyes."""
    yaw, pitch = (score.gaze_deg / GAZE_AT_FULL_DEG).T
    right, left = np.clip(yaw, 0, 1), np.clip(-yaw, 0, 1)  # to image right is the subject's left
    score.add(right, eyeLookOutLeft=1.0, eyeLookInRight=1.0)
    score.add(left, eyeLookInLeft=1.0, eyeLookOutRight=1.0)
    score.add(np.clip(pitch, 0, 1), eyeLookUpLeft=1.0, eyeLookUpRight=1.0)
    score.add(np.clip(-pitch, 0, 1), eyeLookDownLeft=1.0, eyeLookDownRight=1.0)
