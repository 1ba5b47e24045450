"""What is round the face: background, hair, ears, size in the picture, saturation, background noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool

from thermvision.quality.measure import (
    TOLERATED_SHARE,
    Facts,
    Finding,
    LabelledFrame,
    judge,
    judge_frames,
    not_applicable,
)
from thermvision.quality.sample import ClipLabels

GROUP = "surroundings"
HAIR_OVER_ROOM_K = (1.0, 10.0)
SATURATED_PERCENT = 0.5
PORTRAIT_SIZE_PERCENT = (25.0, 60.0)
MIN_BACKGROUND_PX = 500
ZERO_CELSIUS_K = 273.15


def background_mask(bbox_xyxy_px: Sequence[float] | np.ndarray, shape: tuple[int, int]) -> Bool[np.ndarray, "h w"]:
    """Pixels (h, w) that the head and shoulders of a face box cannot reach.

    Beside the head from 0.55 box widths off its edge, down to the mouth; above it from 0.75 box heights on. No mask of hair
    or clothes is needed, so that it holds for every source of labels.
    """
    left, top, right, bottom = (float(v) for v in bbox_xyxy_px)
    y, x = np.arange(shape[0])[:, None], np.arange(shape[1])[None]
    width, height = right - left, bottom - top
    beside = ((x < left - 0.55 * width) | (x > right + 0.55 * width)) & (y < top + 0.5 * height)
    return beside | np.broadcast_to(y < top - 0.75 * height, shape)


def surroundings_facts(frame: LabelledFrame) -> dict[str, float]:
    """Numbers of one frame: background against face, its spread, saturated share, face size."""
    picture = frame.temperature_k
    height = picture.shape[0]
    top, bottom = frame.bbox_xyxy_px[1], frame.bbox_xyxy_px[3]
    low, high = float(picture.min()), float(picture.max())
    facts = {"saturated_percent": 100.0 * float(np.mean((picture == low) | (picture == high)))}
    if high - low < 1e-3:
        facts["saturated_percent"] = 100.0
    if top > 1 and bottom < height - 1:
        facts["face_height_percent"] = 100.0 * float(bottom - top) / height
    away = picture[background_mask(frame.bbox_xyxy_px, picture.shape)]  # type: ignore[arg-type]
    if len(away) >= MIN_BACKGROUND_PX:
        facts["background_sd_over_netd"] = float(away.std()) / frame.netd_k
        if not frame.may_be_hot and frame.face_mask is not None and frame.face_mask.any():
            facts["background_minus_face_k"] = float(np.percentile(away, 99) - np.median(picture[frame.face_mask]))
    return facts


def surroundings_findings(facts: Sequence[Facts]) -> list[Finding]:
    """Findings on surroundings over the frames looked at."""
    no_background = "no frame shows background beside or above the head"
    return [
        judge_frames("background cooler than face", GROUP, facts, "background_minus_face_k", low=None, high=0.0, unit="K",
                     what="99th percentile of the background minus the face's median", absent=no_background),
        judge_frames("background not uniform", GROUP, facts, "background_sd_over_netd", low=0.95, high=None, unit="NETD",
                     what="Standard deviation of the background in units of the camera's noise", absent=no_background),
        judge_frames("not saturated", GROUP, facts, "saturated_percent", low=None, high=SATURATED_PERCENT, unit="%",
                     what="Pixels at the frame's lowest or highest value", absent="no frames"),
        judge_frames("face size of a portrait", GROUP, facts, "face_height_percent", low=PORTRAIT_SIZE_PERCENT[0], high=PORTRAIT_SIZE_PERCENT[1], unit="%",
                     what="Height of the face box in the picture's", absent="no frame holds a whole face box, or the framing is not `portrait`"),
    ]  # fmt: skip


def region_findings(clips: Sequence[ClipLabels]) -> list[Finding]:
    """Findings on labelled temperatures of hair and ears, a session each."""
    sessions = {(c.subject, c.session): c for c in clips}.values()
    mean = [{name: float(values.mean()) for name, values in clip.regions_k.items()} for clip in sessions]
    hair = [m["hair"] - c.room_c - ZERO_CELSIUS_K for m, c in zip(mean, sessions, strict=True) if "hair" in m and c.room_c is not None]  # fmt: skip
    ear = [max(m["ear_left"], m["ear_right"]) - m["forehead_centre"] for m in mean if {"ear_left", "ear_right", "forehead_centre"} <= m.keys()]  # fmt: skip
    return [
        _over_sessions("labelled hair over room", hair, *HAIR_OVER_ROOM_K, "Hair minus room"),
        _over_sessions("labelled ear below forehead", ear, None, 0.0, "Warmer ear pinna minus forehead"),
    ]


def _over_sessions(name: str, values: list[float], low: float | None, high: float | None, what: str) -> Finding:
    if not values:
        return not_applicable(name, GROUP, f"the data set has no column for it ({what.lower()})", "K")
    array = np.sort(np.array(values))
    spared = int(TOLERATED_SHARE * len(array))  # a warm ear or a cool head of hair in one session of twenty is a person
    ends = ([] if low is None else [(array[spared] - low, array[spared])]) + ([] if high is None else [(high - array[-1 - spared], array[-1 - spared])])  # fmt: skip
    value = float(min(ends)[1])
    sentence = f"{what}, from labels: {array[0]:.2f} to {array[-1]:.2f} K over {len(array)} sessions, of which {spared} may lie outside"
    return judge(name, GROUP, value, low, high, "K", sentence)
