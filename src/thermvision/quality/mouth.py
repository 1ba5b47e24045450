"""The open mouth: its inside is the warmest thing in a face."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from thermvision.quality.eyes import canthus_max_k
from thermvision.quality.measure import Facts, Finding, LabelledFrame, crop, judge_frames, polygon_mask

INNER_LIPS_68 = list(range(60, 68))
MIN_OPENING_PX = 5.0
JAW_OPEN = 0.4
COOLER_IN_REAL_PEOPLE = 0.2  # 12 % of 1,020 people had an open mouth below the canthus; landmarks add the rest


def mouth_facts(frame: LabelledFrame) -> dict[str, float]:
    """Hottest 3x3 mean between the inner lips minus the hottest canthus, kelvin, when jawOpen exceeds 0.4."""
    lips = frame.points_68_px[INNER_LIPS_68]
    opening = float(np.linalg.norm(lips[2] - lips[6]))
    if frame.arkit.get("jawOpen", 0.0) <= JAW_OPEN or opening < MIN_OPENING_PX or not frame.frontal():
        return {}
    canthus = canthus_max_k(frame)
    box = crop(lips.min(axis=0), lips.max(axis=0), 3, frame.temperature_k.shape)  # type: ignore[arg-type]
    if canthus is None or box is None or "mask_worn" in frame.worn:
        return {}
    picture = frame.temperature_k[box]
    inside = polygon_mask(lips - np.array([box[1].start, box[0].start]), picture.shape)  # type: ignore[arg-type]
    inside = ndimage.binary_erosion(inside)
    if inside.sum() < 9:
        return {}
    return {"mouth_minus_canthus_k": float(ndimage.uniform_filter(picture, 3)[inside].max()) - canthus}


def mouth_findings(facts: Sequence[Facts]) -> list[Finding]:
    """Finding on the open mouth. An open mouth is 0.94 +- 0.49 K warmer than a shut one and above the canthus in 88 % (Wang et al. 2023)."""
    return [
        judge_frames("open mouth warm", "mouth", facts, "mouth_minus_canthus_k", low=0.0, high=None, unit="K",
                     what="Hottest spot inside the open mouth minus the hottest inner canthus", tolerated=COOLER_IN_REAL_PEOPLE,
                     absent="no frontal frame has jawOpen above 0.4 and a mouth open by 5 px"),
    ]  # fmt: skip
