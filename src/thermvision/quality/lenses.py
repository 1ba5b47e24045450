"""Glasses: lenses near the room's temperature, opaque, and untouched by a blink behind them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from thermvision.quality.eyes import EYES_68, blink_change_k, eye_width_px, keep_worst
from thermvision.quality.measure import (  # fmt: skip
    Facts,
    Finding,
    LabelledFrame,
    crop,
    disc,
    judge,
    judge_frames,
    not_applicable,
    polygon_mask,
)
from thermvision.types import ZERO_CELSIUS_K

GROUP = "glasses"
OVER_ROOM_K, STRUCTURE_K, BLINK_K = 4.0, 0.35, 0.15
MIN_EYE_WIDTH_PX = 10.0


def lens_facts(frame: LabelledFrame) -> dict[str, float]:
    """Numbers of one frame in which glasses are worn: lens minus room, eye opening against what is round it, K.

    Both lenses are read where the eyes are by the landmarks, which know nothing of glasses.
    """
    facts: dict[str, float] = {}
    if "glasses" not in frame.worn or not frame.frontal(20.0):
        return facts
    for points in (frame.points_68_px[list(numbers)] for numbers in EYES_68.values()):
        width = eye_width_px(points)
        lens = disc(frame.temperature_k, points.mean(axis=0), 0.3 * width)
        if width < MIN_EYE_WIDTH_PX or not len(lens):
            continue
        if frame.room_c is not None:
            over = (
                float(np.median(lens)) - frame.room_c - ZERO_CELSIUS_K
            )  # the room by the label, the lens by the camera
            keep_worst(facts, "lens_over_room_k", over - np.sign(over) * min(abs(over), 2 * frame.level_error_k))
        if (structure := _opening_against_round_k(frame, points, width)) is not None:
            keep_worst(facts, "lens_structure_k", structure)
        facts["lens_k"] = facts.get("lens_k", 0.0) + float(lens.mean()) / 2
    if facts:
        facts["blink"] = min(frame.arkit.get("eyeBlinkLeft", 0.0), frame.arkit.get("eyeBlinkRight", 0.0))
    return facts


def lens_findings(facts: Sequence[Facts]) -> list[Finding]:
    """Findings on lenses. At most 4 K above the room: section 4.5; a blink moves bare eyes by about 0.7 K (lid minus cornea)."""
    none = "no frontal frame of the data set shows glasses"
    name, change = "a blink does not show through", blink_change_k(facts, "lens_k")
    if change:
        worst = max(change, key=lambda clip: abs(change[clip]))
        value = float(np.median(np.abs(list(change.values()))))
        said = f"Lens while the eyes are shut minus open: median size {value:.2f} K over {len(change)} clips, largest {change[worst]:+.2f} K in {worst} (bare eyes about +0.7 K)"
        through = judge(name, GROUP, value, None, BLINK_K, "K", said)
    else:
        through = not_applicable(name, GROUP, "no clip shows glasses and a blink", "K")
    return [
        judge_frames("lenses near the room", GROUP, facts, "lens_over_room_k", low=None, high=OVER_ROOM_K, unit="K",
                     what="Warmer lens minus room", absent=none),
        judge_frames("no eye behind the lens", GROUP, facts, "lens_structure_k", low=None, high=STRUCTURE_K, unit="K",
                     what="Eye opening by the landmarks against the lens round it", absent=none),
        through,
    ]  # fmt: skip


def _opening_against_round_k(frame: LabelledFrame, points: np.ndarray, width: float) -> float | None:
    """Size of the mean of the eye's opening minus that of a ring round it, a plane over both taken out, K."""
    box = crop(points.min(axis=0), points.max(axis=0), 0.2 * width, frame.temperature_k.shape)  # type: ignore[arg-type]
    if box is None:
        return None
    picture = frame.temperature_k[box]
    opening = polygon_mask(points - np.array([box[1].start, box[0].start]), picture.shape)  # type: ignore[arg-type]
    near = ndimage.distance_transform_edt(~opening)
    ring, inside = (near > 0.05 * width) & (near < 0.16 * width), ndimage.binary_erosion(opening)
    if inside.sum() < 6 or ring.sum() < 12:
        return None
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]]
    design = np.stack([np.ones(ring.sum()), x[ring], y[ring]], axis=1)
    plane, *_ = np.linalg.lstsq(design, picture[ring], rcond=None)
    expected = plane[0] + plane[1] * x[inside] + plane[2] * y[inside]
    return abs(float((picture[inside] - expected).mean()))
