"""A driver from a video of a real face: tracked by MediaPipe, its motion read by the motion extractor."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Float32

from thermvision.motion.gaps import bridge_values
from thermvision.motion.liveportrait_template import MotionTemplate
from thermvision.motion.scene_cut import find_cut, refuse_cut, thumbnail
from thermvision.motion.video import read_frames
from thermvision.retarget.liveportrait.crop import CropFrame, square_around_all
from thermvision.retarget.liveportrait.driver import Driver, driver_of, smoothed
from thermvision.retarget.liveportrait.head_state import head_states
from thermvision.retarget.liveportrait.networks import LivePortraitNetworks
from thermvision.retarget.liveportrait.options import LivePortraitOptions
from thermvision.retarget.liveportrait.ratios import eye_ratios, lip_ratio
from thermvision.retarget.liveportrait.resample import cut_out

_LOG = logging.getLogger(__name__)
INPUT_PX = 256
_ALREADY_CROPPED = 1.3  # a square picture whose side is within this factor of the crop's was cropped before


def driver_from_video(
    path: Path,
    model_path: Path,
    networks: LivePortraitNetworks,
    options: LivePortraitOptions,
    *,
    on_frame: Callable[[int], None] | None = None,
) -> Driver:
    """The motion of the one face in a video. model_path: the Face Landmarker bundle; the frame rate is kept.

    One level square for all frames: a crop that follows the face would hide the motion and jitter with the tracker.
    InputError as in `motion.track.track_video`, and for a video with a cut.
    """
    from thermvision.motion.track import track_video

    faces: list[Float[np.ndarray, "468 3"] | None] = []
    small: list[Float32[np.ndarray, "18 32"]] = []
    sides: list[tuple[int, ...]] = []

    def remember(picture: np.ndarray, face: np.ndarray | None) -> None:
        faces.append(face)
        small.append(thumbnail(picture))
        sides.append(picture.shape[:2])

    told = track_video(Path(path), model_path, on_frame=on_frame, on_face=remember)
    measured = np.array([face is not None for face in faces])
    points = np.stack([np.zeros((468, 3)) if face is None else face for face in faces])
    refuse_cut(find_cut(np.stack(small), points, measured), told.rate_hz, str(path))
    points = bridge_values(points.reshape(len(points), -1), measured).reshape(points.shape)[..., :2]
    crop = driver_crop(points, sides[0], options)
    seen = read_driver(read_frames(Path(path)), points, crop, networks, name=told.name, rate_hz=told.rate_hz)
    return driver_of(smoothed(seen, options.smoothing), told, calm=options.calm)


def driver_crop(
    points_px: Float[np.ndarray, "f n 2"],
    size_px: tuple[int, ...],
    options: LivePortraitOptions,
    input_px: int = INPUT_PX,
) -> CropFrame:
    """The square that all frames are cropped to; the whole picture if it is asked for, or square and about as large."""
    height, width = size_px
    whole = CropFrame(np.diag([input_px / width, input_px / height]), np.zeros(2), input_px)
    if options.driver_crop == "whole":
        if height != width:
            _LOG.warning(
                "the driver's picture is %dx%d, not square, and is squeezed: leave driver_crop at auto", width, height
            )
        return whole
    face = square_around_all(
        points_px, input_px, scale=options.driver_crop_scale, shift_down=options.driver_crop_shift_down
    )
    side_px = input_px / face.scale
    fits = height == width and 1 / _ALREADY_CROPPED < side_px / height < _ALREADY_CROPPED
    return whole if options.driver_crop == "auto" and fits else face


def read_driver(
    pictures: object,
    points_px: Float[np.ndarray, "f n 2"],
    crop: CropFrame,
    networks: LivePortraitNetworks,
    *,
    name: str,
    rate_hz: float,
) -> MotionTemplate:
    """What the motion extractor sees in RGB pictures (iterable of (h, w, 3) uint8), with eye and lip ratios of the points."""
    grey_to_unit = np.float32(1 / 255)
    crops = (
        torch.from_numpy(
            np.ascontiguousarray(cut_out(picture.astype(np.float32), crop).transpose(2, 0, 1) * grey_to_unit)
        )
        for picture in pictures  # type: ignore[attr-defined]
    )
    state = head_states(crops, networks)
    return MotionTemplate(
        name=name,
        rate_hz=rate_hz,
        rotation=state.rotation,
        expression=state.expression.astype(np.float32),
        scale=state.scale.astype(np.float32),
        translation=state.translation.astype(np.float32),
        eye_ratio=eye_ratios(points_px[: len(state)]).astype(np.float32),
        lip_ratio=lip_ratio(points_px[: len(state)]).astype(np.float32),
    )
