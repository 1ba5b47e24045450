"""The loop over driven frames: warp, draw, keep the temperature, paste back, label."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from thermvision.flux.span import Span
from thermvision.retarget.liveportrait import drift
from thermvision.retarget.liveportrait.driver import Driver, first_frames
from thermvision.retarget.liveportrait.field import carried, displacement_of, surface_move
from thermvision.retarget.liveportrait.head_state import head_states
from thermvision.retarget.liveportrait.kelvin_grey import warn_outside
from thermvision.retarget.liveportrait.last_steps import finished_keypoints
from thermvision.retarget.liveportrait.networks import LivePortraitNetworks
from thermvision.retarget.liveportrait.options import LivePortraitOptions
from thermvision.retarget.liveportrait.ratios import eye_ratios, lip_ratio
from thermvision.retarget.liveportrait.resample import Paste
from thermvision.retarget.liveportrait.source import (
    Rest,
    SourceFrame,
    crops_of,
    draw,
    occlusion_of,
    rest_of,
    source_frame,
)
from thermvision.retarget.liveportrait.told_labels import Person, face_mask, frame_labels, told_motion
from thermvision.retarget.liveportrait.transfer import driven_keypoints, transferred
from thermvision.retarget.liveportrait.warm_mouth import OwnMouth, own_mouth, warmed_mouth
from thermvision.types import Frame, FrameLabels

OUTPUT_PX = 512  # the networks take half of it; the published weights were trained at this size


@dataclass(frozen=True, slots=True)
class Drawn:
    """A driven crop: temperatures, how much each pixel is at rest, and the face's points (-1 to 1, with depth)."""

    crop_k: Float32[np.ndarray, "n n"]
    rest: Float32[np.ndarray, "n n"]
    points: Float[np.ndarray, "478 3"]


@dataclass(frozen=True, slots=True)
class Prepared:
    """One picture of the portrait with what the networks made of it once."""

    frame: SourceFrame
    volume: Tensor
    keypoints: Float[Tensor, "1 21 3"]
    rest: Rest | None


def driven_frames(
    pictures_k: Float32[np.ndarray, "s h w"],
    landmarks_px: Float[np.ndarray, "s 478 2"],
    driver: Driver,
    networks: LivePortraitNetworks,
    options: LivePortraitOptions,
    span: Span,
    person: Person,
    find_landmarks: Any = None,
    output_px: int = OUTPUT_PX,
) -> Iterator[tuple[Frame, FrameLabels]]:
    """Frames and labels as `retarget.retarget` gives them. output_px: a multiple of 256; other than 512 is for tests.

    All keypoints are worked out before the first frame: the networks behind them take milliseconds.
    """
    moving = len(pictures_k) > 1
    if moving:
        driver = first_frames(driver, len(pictures_k))
        pictures_k, landmarks_px = pictures_k[: len(driver)], landmarks_px[: len(driver)]
    crops = crops_of(landmarks_px, options, output_px)

    @lru_cache(maxsize=1)
    def source(index: int) -> SourceFrame:
        return source_frame(pictures_k[index], landmarks_px[index], crops[index])

    for index in {0, len(crops) - 1}:
        warn_outside(source(index).crop_k, span, "the face and its surroundings")
    own = head_states((source(index).network_input(span)[0] for index in range(len(crops))), networks)
    state = transferred(own, driver, options)
    ratios = eye_ratios(landmarks_px), lip_ratio(landmarks_px)
    keypoints = finished_keypoints(
        networks, own.keypoints(), driven_keypoints(own, state, driver, options), ratios, driver.seen, options
    )
    told = told_motion(own, state, keypoints, driver, options)

    @lru_cache(maxsize=1)
    def prepared(index: int) -> Prepared:
        return prepare(source(index), own.keypoints()[index], networks, options, span)

    @lru_cache(maxsize=1)
    def mouth(index: int) -> OwnMouth:
        return own_mouth(pictures_k[index], landmarks_px[index])

    def frames() -> Iterator[tuple[Frame, FrameLabels]]:
        for index in range(len(driver)):
            ready = prepared(index if moving else 0)
            drawn = drive(ready, keypoints[index], networks, span)
            temperature_k, points_px = place(ready.frame, drawn, options)
            found = None if find_landmarks is None else find_landmarks(temperature_k)
            points_px = points_px if found is None else np.asarray(found, np.float64)
            if options.warm_mouth:
                temperature_k = warmed_mouth(temperature_k, points_px, mouth(index if moving else 0))
            turn = told.rotation[index] @ own.rotation[index if moving else 0].T
            facing = ready.frame.relief.facing(turn @ ready.frame.relief.rotation)
            labels = frame_labels(person, told, index, temperature_k, points_px, facing)
            yield {"temperature_k": temperature_k, "face_mask": face_mask(points_px, *temperature_k.shape)}, labels

    return frames()


def prepare(
    frame: SourceFrame,
    keypoints: Float[np.ndarray, "21 3"],
    networks: LivePortraitNetworks,
    options: LivePortraitOptions,
    span: Span,
) -> Prepared:
    """The appearance volume of a picture and, if temperature is to be kept, what the networks lose of it."""
    x_s = torch.tensor(keypoints[None], dtype=torch.float32, device=networks.device)
    volume = networks.extract_appearance(frame.network_input(span).to(networks.device))
    rest = rest_of(frame, volume, x_s, networks, span) if options.keep_temperature else None
    return Prepared(frame, volume, x_s, rest)


def drive(ready: Prepared, keypoints: Float[np.ndarray, "21 3"], networks: LivePortraitNetworks, span: Span) -> Drawn:
    """The crop driven to these keypoints, its temperatures kept, and the face's points carried along."""
    frame, size = ready.frame, len(ready.frame.crop_k)
    x_d = torch.tensor(keypoints[None], dtype=torch.float32, device=networks.device)
    drawn_k, warped = draw(ready.volume, ready.keypoints, x_d, networks, span)
    field = displacement_of(warped.deformation[0].cpu().numpy())
    points = carried(field, frame.points)
    if ready.rest is None:
        return Drawn(drawn_k, np.zeros_like(drawn_k), points)
    move_px = surface_move(field, points, size)
    visible = drift.visibility(occlusion_of(warped, size), ready.rest.occlusion, move_px)
    rest = drift.at_rest(move_px, visible)
    kept_k = drawn_k + drift.carried_residual(ready.rest.residual_k, move_px, visible)
    return Drawn(drift.anchored(kept_k, frame.crop_k, rest), rest, points)


def place(
    frame: SourceFrame, drawn: Drawn, options: LivePortraitOptions
) -> tuple[Float32[np.ndarray, "h w"], Float[np.ndarray, "478 2"]]:
    """The frame's temperatures, whole picture or crop, and the face's points in it, px.

    Where the skin is at rest the picture's own pixels stay: what a crop loses by being sampled twice is put back.
    """
    points_px = (drawn.points[:, :2] + 1) * (frame.crop.size_px / 2)
    if not options.paste_back:
        return drawn.crop_k, points_px
    paste = Paste(frame.crop, *frame.picture_k.shape)
    under = frame.picture_k[paste.box]
    values = paste.back(drawn.crop_k)
    values = values + paste.back(drawn.rest) * (under - paste.back(frame.crop_k))
    return paste.into(frame.picture_k, values.astype(np.float32)), frame.crop.to_picture(points_px)
