"""A portrait moved by LivePortrait's networks: its picture and landmarks in, frames with labels out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Float32
from scipy.ndimage import zoom

from thermvision import weights
from thermvision.animate.prepare import Prepared
from thermvision.animate.settings import NO_CAMERA, Region
from thermvision.animate.shown import camera_of
from thermvision.flux.needed import need
from thermvision.motion.endings import is_motion_file
from thermvision.thermal.camera import camera_state, observe
from thermvision.thermal.radiometry import band_radiance
from thermvision.types import Frame, FrameLabels, InputError, Motion

SKIN_SETTING = 0.98  # the emissivity that cameras assume


@dataclass(frozen=True, slots=True)
class NetworkWishes:
    """What a user may choose of the networks' way of moving."""

    motion: Literal["relative", "absolute"] = "relative"
    region: Region = "all"
    strength: float = 1.0
    camera: str = NO_CAMERA  # whose noise is added
    model: Path | None = None  # the tracker's, for a driving video


def check_networks() -> None:
    """InputError if LivePortrait cannot run here: packages or weights are missing."""
    need("torch", "safetensors")
    weights.find_folder("liveportrait")


def shown_by_networks(
    prepared: Prepared,
    driving: Path | Motion,
    wishes: NetworkWishes,
    stream: np.random.Generator,
    *,
    networks: Any = None,
) -> Iterator[tuple[Frame, FrameLabels]]:
    """Frames (`temperature_k`, `face_mask`) and labels of a portrait moved by the published networks.

    driving: a video, a template or table of `motion.read_any`, or a motion. networks: `LivePortraitNetworks`; None takes the
    fetched weights, loaded once a process. A camera's noise is added as for `mesh`. InputError: see
    `retarget.liveportrait.retarget`, and if the landmarks are not the 478.
    """
    from thermvision.retarget.liveportrait.options import make_options
    from thermvision.retarget.liveportrait.retarget import retarget

    if len(prepared.landmarks_px) != 478:
        raise InputError(
            f"{prepared.picture.name} has {len(prepared.landmarks_px)} landmarks; --retarget liveportrait needs MediaPipe's 478: leave --landmarks out"
        )
    held = prepared.held
    options: dict[str, Any] = {"motion": wishes.motion, "region": wishes.region, "multiplier": wishes.strength}
    if prepared.picture.span is not None:
        options["span_c"] = (prepared.picture.span.low_c, prepared.picture.span.high_c)
    video = isinstance(driving, Path) and not is_motion_file(driving)
    picture_k, points_px = scaled(prepared.picture.temperature_k, prepared.landmarks_px, held.width_px, held.height_px)
    frames = retarget(
        picture_k,
        points_px,
        driving,
        networks=_networks() if networks is None else networks,
        options=make_options(options, "animate"),
        landmarker=weights.find("face-landmarker", wishes.model) if video else None,
        subject=held.portrait.subject.id,
        gender=held.portrait.subject.gender,
        temperature_source=prepared.picture.temperature_source,
    )
    reflected_k = held.portrait.head.reflected_k
    model = camera_of(wishes.camera, held.width_px, held.height_px)
    state = camera_state(model, reflected_k, stream)
    for frame, labels in frames:
        if wishes.camera == NO_CAMERA:
            yield frame, labels
            continue
        radiance = SKIN_SETTING * band_radiance(frame["temperature_k"]) + (1 - SKIN_SETTING) * band_radiance(
            reflected_k
        )
        yield {**frame, "temperature_k": observe(radiance.astype(np.float32), state, stream)}, labels


def scaled(
    picture_k: Float32[np.ndarray, "h w"], points_px: Float[np.ndarray, "n 2"], width_px: int, height_px: int
) -> tuple[Float32[np.ndarray, "h2 w2"], Float[np.ndarray, "n 2"]]:
    """A picture and its points at another size; pixel centres at +0.5."""
    high, wide = picture_k.shape
    if (high, wide) == (height_px, width_px):
        return picture_k, points_px
    factors = np.array([height_px / high, width_px / wide])
    larger = zoom(picture_k, factors, order=1, mode="nearest", grid_mode=True)
    return np.ascontiguousarray(larger, np.float32), points_px * factors[::-1]


@lru_cache(maxsize=1)
def _networks() -> Any:
    from thermvision.retarget.liveportrait.networks import LivePortraitNetworks

    return LivePortraitNetworks.load(weights.find_folder("liveportrait"), dtype="auto")
