"""Simulated people on whom the shipped networks are tried."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import pytest

from thermvision.motion.euler import rotation_from_euler_deg
from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait
from thermvision.retarget.mesh import retarget
from thermvision.thermal.radiometry import radiance_to_temperature_k
from thermvision.types import FrameLabels, Motion

SIZE = 256
TURNS = {"front": (0, 0, 0), "left": (25, 5, 0), "right": (-40, -8, 6), "tilted": (8, 0, 20), "profile": (80, 0, 0)}


@dataclass(frozen=True)
class Still:
    kelvin: np.ndarray
    labels: FrameLabels

    @property
    def grey(self) -> np.ndarray:
        """White-hot, 0 to 255, nothing cut off."""
        low, high = self.kelvin.min(), self.kelvin.max()
        return np.rint(255 * (self.kelvin - low) / (high - low)).astype(np.float32)


def stills_of(index: int, gender: str) -> dict[str, Still]:
    subject = draw_subject(4242, index, gender)
    session = dataclasses.replace(
        draw_session(4242, subject, 0), glasses="", headwear="", face_mask="", background="wall"
    )
    count = len(TURNS)
    motion = Motion(
        "turns", "program", 30.0, np.stack([rotation_from_euler_deg(*turn) for turn in TURNS.values()]), np.zeros((count, 3)),
        np.zeros((count, 52), np.float32), np.zeros((count, 2), np.float32), np.ones(count, bool), ("neutral",) * count,
        np.zeros(count, np.float32),
    )  # fmt: skip
    frames = retarget(
        make_portrait(subject, session, 4242), motion, width_px=SIZE, height_px=SIZE, horizontal_fov_deg=24.0
    )
    noise = np.random.default_rng(index)
    return {
        name: Still((radiance_to_temperature_k(frame["radiance_w"]) + noise.normal(0, 0.04, (SIZE, SIZE))).astype(np.float32), labels)
        for name, (frame, labels) in zip(TURNS, frames, strict=True)
    }  # fmt: skip


@pytest.fixture(scope="session")
def woman() -> dict[str, Still]:
    return stills_of(0, "female")


@pytest.fixture(scope="session")
def man() -> dict[str, Still]:
    return stills_of(3, "male")
