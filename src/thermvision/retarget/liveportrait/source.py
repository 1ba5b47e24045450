"""A portrait ready to be driven: its crop, what the networks read from it, and what they lose of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from thermvision.flux.span import Span
from thermvision.retarget.liveportrait.crop import CropFrame, crop_around
from thermvision.retarget.liveportrait.field import DEPTH_OFFSET, enlarged
from thermvision.retarget.liveportrait.kelvin_grey import to_grey, to_kelvin
from thermvision.retarget.liveportrait.networks import LivePortraitNetworks
from thermvision.retarget.liveportrait.options import LivePortraitOptions
from thermvision.retarget.liveportrait.relief import Relief, relief_under
from thermvision.retarget.liveportrait.resample import cut_out, halved
from thermvision.retarget.liveportrait.rts import smooth_values

CROP_NOISE = 10.0  # noise over motion of a moving portrait's crop: it follows the face calmly


@dataclass(frozen=True, slots=True)
class SourceFrame:
    """One picture of the portrait in its crop, whose pixels are those of the networks' output."""

    picture_k: Float32[np.ndarray, "h w"]
    crop: CropFrame
    crop_k: Float32[np.ndarray, "n n"]
    points: Float[np.ndarray, "478 3"]  # of the face, x, y, z in the crop, -1 to 1
    relief: Relief

    def network_input(self, span: Span) -> Float[Tensor, "1 3 m m"]:
        """The crop as the networks take it: half the size, grey 0-1 in three equal channels."""
        grey = torch.from_numpy(halved(to_grey(self.crop_k, span)))
        return grey.expand(1, 3, -1, -1)


@dataclass(frozen=True, slots=True)
class Rest:
    """The portrait as the networks draw it when nothing moves."""

    residual_k: Float32[np.ndarray, "n n"]  # portrait minus drawn
    occlusion: Float32[np.ndarray, "n n"]


def crops_of(landmarks_px: Float[np.ndarray, "f 478 2"], options: LivePortraitOptions, size_px: int) -> list[CropFrame]:
    """The crop of each picture. Those of a video are smoothed together: a crop that jitters makes a picture that jitters."""
    frames = [
        crop_around(
            points, size_px, scale=options.crop_scale, shift_right=options.crop_shift_right,
            shift_down=options.crop_shift_down, upright=options.crop_upright,
        )
        for points in landmarks_px
    ]  # fmt: skip
    if len(frames) == 1:
        return frames
    numbers = np.stack([np.concatenate([frame.linear[0], frame.offset]) for frame in frames])
    return [
        CropFrame(np.array([[a, b], [-b, a]]), np.array([x, y]), size_px)
        for a, b, x, y in smooth_values(numbers, CROP_NOISE)
    ]


def source_frame(
    picture_k: Float32[np.ndarray, "h w"], landmarks_px: Float[np.ndarray, "478 2"], crop: CropFrame
) -> SourceFrame:
    """One picture with the face's points laid into its crop."""
    relief = relief_under(landmarks_px)
    half = crop.size_px / 2
    flat = crop.to_crop(landmarks_px) / half - 1
    depth = relief.depth_px * crop.scale / half + DEPTH_OFFSET
    return SourceFrame(picture_k, crop, cut_out(picture_k, crop), np.column_stack([flat, depth]), relief)


def rest_of(
    frame: SourceFrame, volume: Tensor, keypoints: Float[Tensor, "1 21 3"], networks: LivePortraitNetworks, span: Span
) -> Rest:
    """What the networks make of the picture when the driving keypoints are its own."""
    drawn_k, warped = draw(volume, keypoints, keypoints, networks, span)
    return Rest(frame.crop_k - drawn_k, occlusion_of(warped, len(drawn_k)))


def draw(
    volume: Tensor, keypoints_source: Tensor, keypoints_driving: Tensor, networks: LivePortraitNetworks, span: Span
) -> tuple[Float32[np.ndarray, "n n"], Any]:
    """Temperatures that the networks draw, the three channels averaged, and what the warping network said besides."""
    warped = networks.warp(volume, keypoints_source, keypoints_driving)
    grey = networks.generate(warped.features).mean(dim=1)[0].cpu().numpy()
    return to_kelvin(grey, span), warped


def occlusion_of(warped: Any, size: int) -> Float32[np.ndarray, "n n"]:
    """The occlusion map at the size of the output: 0 hidden, 1 visible in the source."""
    return enlarged(warped.occlusion[0, 0].cpu().numpy(), size)
