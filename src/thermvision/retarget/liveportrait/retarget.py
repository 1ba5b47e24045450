"""Move a thermal portrait with LivePortrait's networks: frames in kelvin with labels, one by one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from thermvision import weights
from thermvision.flux.needed import need
from thermvision.flux.span import Span
from thermvision.retarget.liveportrait.options import LivePortraitOptions, without_effect
from thermvision.types import Frame, FrameLabels, Gender, InputError, TemperatureSource

_LOG = logging.getLogger(__name__)
COLDEST_K, HOTTEST_K = 150.0, 700.0

FindLandmarks = Callable[[np.ndarray], np.ndarray | None]


def retarget(
    picture_k: Float[np.ndarray, "*f_h_w"],
    landmarks_px: Float[np.ndarray, "*f_n_2"],
    driving: Any,
    *,
    networks: Any = None,
    options: LivePortraitOptions | None = None,
    landmarker: Path | None = None,
    find_landmarks: FindLandmarks | None = None,
    subject: str = "portrait",
    gender: Gender = "female",
    temperature_source: TemperatureSource = "measured",
    on_frame: Callable[[int], None] | None = None,
) -> Iterator[tuple[Frame, FrameLabels]]:
    """Frames of a portrait moved by a driver (Guo et al. 2024), at the driver's rate.

    picture_k: one picture (h, w) in kelvin, or the frames (f, h, w) of a video. landmarks_px: MediaPipe's points of the face
    in each, (478, 2) or (f, 478, 2).
    driving: a path of a video, a template (.pkl, .npz) or a motion (.npz, .csv), or a MotionTemplate, Motion or Driver.
    networks: LivePortraitNetworks; None loads the fetched weights. landmarker: MediaPipe's bundle for a driving video.
    find_landmarks: (h, w) kelvin -> (478, 2) px or None, asked for every frame; without it the points are carried by the
    networks' own motion field. on_frame hears how many frames of a driving video are read.

    Each frame has `temperature_k` (h, w) float32 and `face_mask` (h, w) bool; labels are `transferred`. InputError, before the
    first frame, for what cannot be used: picture, points, options, a driver without a face or with a cut, missing weights.
    A video and a driver of unlike lengths end with the shorter.
    """
    need("torch", "safetensors")
    from thermvision.retarget.liveportrait.drivers import make_driver
    from thermvision.retarget.liveportrait.frames import driven_frames
    from thermvision.retarget.liveportrait.networks import LivePortraitNetworks
    from thermvision.retarget.liveportrait.told_labels import Person

    options = options or LivePortraitOptions()
    span = Span(*options.span_c)
    pictures, points = _checked(picture_k, landmarks_px)
    if networks is None:
        networks = LivePortraitNetworks.load(weights.find_folder("liveportrait"), dtype="auto")
    driver = make_driver(driving, networks, options, landmarker=landmarker, on_frame=on_frame)
    moving = len(pictures) > 1
    for sentence in without_effect(
        options, moving_source=moving, frames=len(driver), driver_has_ratios=driver.seen.eye_ratio is not None
    ):
        _LOG.warning("%s", sentence)
    if moving and len(pictures) != len(driver):
        _LOG.warning("the portrait has %d frames and the driver %d; the longer one is cut", len(pictures), len(driver))
    person = Person(subject, gender, temperature_source)
    return driven_frames(pictures, points, driver, networks, options, span, person, find_landmarks)


def _checked(picture_k: np.ndarray, landmarks_px: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (f, h, w) and points (f, 478, 2), or an InputError that says what is wrong with them."""
    pictures = np.asarray(picture_k, np.float32)
    points = np.asarray(landmarks_px, np.float64)
    pictures = pictures[None] if pictures.ndim == 2 else pictures
    points = points[None] if points.ndim == 2 else points
    if pictures.ndim != 3 or not pictures.size:
        raise InputError(
            f"picture_k has shape {np.shape(picture_k)}; expected (h, w) or (f, h, w) of temperatures in kelvin"
        )
    if points.shape != (len(pictures), 478, 2):
        raise InputError(
            f"landmarks_px has shape {np.shape(landmarks_px)}; expected MediaPipe's 478 points of the face in each of"
            f" {len(pictures)} pictures: find them with the landmark model"
        )
    if not (np.isfinite(pictures).all() and pictures.min() >= COLDEST_K and pictures.max() <= HOTTEST_K):
        raise InputError(
            f"picture_k holds values from {np.nanmin(pictures):.6g} to {np.nanmax(pictures):.6g}; expected kelvin, {COLDEST_K:g} to"
            f" {HOTTEST_K:g}: read the picture with its radiometric values, or give its span"
        )
    return pictures, points
