"""Frames as a camera shows them: noise-free, or through one of the presets at the frame's size."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from thermvision.animate.held import HeldPortrait
from thermvision.animate.settings import NO_CAMERA
from thermvision.retarget.mesh import retarget
from thermvision.thermal.camera import camera_state, observe
from thermvision.thermal.presets import camera_model
from thermvision.types import CameraModel, Frame, FrameLabels, Motion


def shown(
    held: HeldPortrait, motion: Motion, camera: str, stream: np.random.Generator
) -> Iterator[tuple[Frame, FrameLabels]]:
    """Frames (`temperature_k`, `face_mask`) and labels of a portrait moved by a motion that is its own (`compose.moved`).

    camera: a preset, whose noise and blur are added at the frame's size, or `none`: a portrait made by a camera has its
    noise already. Apparent temperatures at emissivity 0.98 either way.
    """
    model = camera_of(camera, held.width_px, held.height_px)
    state = camera_state(model, held.portrait.head.reflected_k, stream, motion.rate_hz)
    for frame, labels in retarget(held.portrait, motion, **held.view()):
        yield {"temperature_k": observe(frame["radiance_w"], state, stream), "face_mask": frame["face_mask"]}, labels


def camera_of(name: str, width_px: int, height_px: int) -> CameraModel:
    """A preset at the frame's size; `none` has no noise and no blur. InputError for unknown names."""
    if name == NO_CAMERA:
        return CameraModel(NO_CAMERA, width_px, height_px, 24.0, 0.0, 0.0, 0.0, 0.0)
    return dataclasses.replace(camera_model(name, width_px, height_px), width_px=width_px, height_px=height_px)
