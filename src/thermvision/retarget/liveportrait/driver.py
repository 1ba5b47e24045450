"""A driver as the retargeter wants it: what its head and keypoints do, from which calm face, and what is known of it in words."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from thermvision.motion.liveportrait_template import MotionTemplate
from thermvision.motion.neutral import mean_rotation, neutral_frames
from thermvision.motion.template_motion import motion_from_template
from thermvision.retarget.liveportrait.rts import smooth_turns, smooth_values
from thermvision.types import Motion

SCALE_TIMES = (
    30.0  # size is smoothed this much more: heads come near slowly, and a size that pumps is the fault most reported
)


@dataclass(frozen=True, slots=True)
class Calm:
    """The driver's calm face, from which relative motion counts."""

    rotation: Float[np.ndarray, "3 3"]
    expression: Float[np.ndarray, "21 3"]
    scale: float
    translation: Float[np.ndarray, " 3"]


@dataclass(frozen=True, slots=True)
class Driver:
    """Keypoints' motion frame by frame (`seen`), the calm face, and the same motion in coefficients and gaze (`told`)."""

    seen: MotionTemplate
    calm: Calm
    told: Motion  # for the labels: coefficients, gaze, expression, whether measured

    def __len__(self) -> int:
        return len(self.seen)


def calm_of(seen: MotionTemplate, frames: Int[np.ndarray, " n"]) -> Calm:
    """The mean of these frames. The original takes the first frame alone, with its noise, whatever it shows."""
    return Calm(
        rotation=mean_rotation(seen.rotation[frames]),
        expression=seen.expression[frames].mean(axis=0, dtype=np.float64),
        scale=float(seen.scale[frames].mean(dtype=np.float64)),
        translation=seen.translation[frames].mean(axis=0, dtype=np.float64),
    )


def driver_of(seen: MotionTemplate, told: Motion | None = None, *, calm: str = "auto") -> Driver:
    """A driver from a template, and what a tracker says of the same frames if there is any.

    calm `auto`: the frames in which mouth and brows move least and the head is turned alike; `first`: the first frame.
    """
    told = motion_from_template(seen) if told is None else told
    frames = np.array([0]) if calm == "first" else neutral_frames(told)
    return Driver(seen, calm_of(seen, frames), told)


def smoothed(seen: MotionTemplate, noise_ratio: float) -> MotionTemplate:
    """The driver without its tracker's jitter; blinks and speech stay: see `rts`. Ratios are smoothed too."""
    if noise_ratio <= 0 or len(seen) < 2:
        return seen

    def smooth(values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else smooth_values(values, noise_ratio)

    return MotionTemplate(
        name=seen.name,
        rate_hz=seen.rate_hz,
        rotation=smooth_turns(seen.rotation, noise_ratio),
        expression=smooth_values(seen.expression, noise_ratio),
        scale=smooth_values(seen.scale, SCALE_TIMES * noise_ratio),
        translation=smooth_values(seen.translation, noise_ratio),
        eye_ratio=smooth(seen.eye_ratio),
        lip_ratio=smooth(seen.lip_ratio),
    )


SCALE_TIMES = (
    30.0  # size is smoothed this much more: heads come near slowly, and a size that pumps is the fault most reported
)


def first_frames(driver: Driver, count: int) -> Driver:
    """The driver's first `count` frames; its calm face stays what it was."""
    if count >= len(driver):
        return driver
    told, seen = driver.told, driver.seen
    parts = ("rotation", "expression", "scale", "translation", "eye_ratio", "lip_ratio")
    cut: dict[str, Any] = {name: None if getattr(seen, name) is None else getattr(seen, name)[:count] for name in parts}
    known = (
        "sight_from_head",
        "head_position_mm",
        "arkit",
        "gaze_deg",
        "measured",
        "expression",
        "expression_intensity",
    )
    return Driver(
        dataclasses.replace(seen, **cut),
        driver.calm,
        dataclasses.replace(told, **{name: getattr(told, name)[:count] for name in known}),
    )
