"""The face as a whole: no light from a side, levels that follow the labels, detail that stays when the head turns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from thermvision.quality.measure import (  # fmt: skip
    Facts,
    Finding,
    LabelledFrame,
    disc,
    judge,
    judge_frames,
    not_applicable,
    polygon_mask,
)

GROUP = "whole face"
SIDE_LIGHT_K = (
    1.0  # estimate: three standard deviations of measured left-right differences (Wang et al. 2023: 0.31-0.37)
)
DETAIL_KEPT = 0.5  # estimate
CONTRAST_K = 0.6
FROM_DEG, FRONTAL_DEG = 30.0, 12.0
_CHEEKS_478, _FOREHEAD_478 = (50, 205, 187, 280, 425, 411), (151,)  # what the labels' cheeks are anchored at


def form_facts(frame: LabelledFrame) -> dict[str, float]:
    """Numbers of one frame: the face's left half minus its right, cheek against forehead beyond the labels, detail; K."""
    facts: dict[str, float] = {}
    if frame.face_mask is None:
        return facts
    if (detail := _detail_k(frame)) is not None:
        facts |= {"detail_k": detail, "turn_deg": abs(frame.yaw_deg)}
    if not frame.frontal(FRONTAL_DEG) or frame.worn.keys() & {"glasses", "mask_worn"}:
        return facts
    if "headwear" not in frame.worn and (halves := _half_minus_half_k(frame)) is not None:
        facts["half_minus_half_k"] = halves
    if frame.points_478_px is not None and {"cheek_left", "cheek_right", "forehead_centre"} <= frame.regions_k.keys():
        radius = 0.03 * float(frame.bbox_xyxy_px[3] - frame.bbox_xyxy_px[1])
        read = [[disc(frame.temperature_k, frame.points_478_px[i], radius) for i in part] for part in (_CHEEKS_478, _FOREHEAD_478)]  # fmt: skip
        if all(len(spot) for part in read for spot in part) and frame.seen_478 is not None and frame.seen_478[[*_CHEEKS_478, *_FOREHEAD_478]].all():  # fmt: skip
            cheek, forehead = (float(np.mean([spot.mean() for spot in part])) for part in read)
            said = (frame.regions_k["cheek_left"] + frame.regions_k["cheek_right"]) / 2 - frame.regions_k["forehead_centre"]  # fmt: skip
            facts["cheek_contrast_minus_label_k"] = cheek - forehead - said
    return facts


def form_findings(facts: Sequence[Facts]) -> list[Finding]:
    """Findings on the face as a whole."""
    return [
        judge_frames("no light from a side", GROUP, facts, "half_minus_half_k", low=-SIDE_LIGHT_K, high=SIDE_LIGHT_K, unit="K",
                     what="Image right half of the face minus the left one", absent="no frontal frame shows both halves of a bare face with a face mask"),
        judge_frames("contrast agrees with labels", GROUP, facts, "cheek_contrast_minus_label_k", low=-CONTRAST_K, high=CONTRAST_K, unit="K",
                     what="Cheeks minus forehead in the picture beyond what the labels say", absent="no frontal frame has labelled cheeks and forehead"),
        _turned(facts),
    ]  # fmt: skip


def _turned(facts: Sequence[Facts]) -> Finding:
    """Detail of faces turned by over 30 degrees against the same clip's frontal frames."""
    name, kept = "structure kept when turned", {}
    by_clip: dict[str, list[Facts]] = {}
    for one in facts:
        if "detail_k" in one.values:
            by_clip.setdefault(one.clip, []).append(one)
    for clip, frames in by_clip.items():
        turned = [f.values["detail_k"] for f in frames if f.values["turn_deg"] > FROM_DEG]
        frontal = [f.values["detail_k"] for f in frames if f.values["turn_deg"] < FRONTAL_DEG]
        if turned and frontal:
            kept[clip] = float(np.median(turned) / max(np.median(frontal), 1e-6))
    if not kept:
        return not_applicable(name, GROUP, "no clip shows the face both frontal and turned by over 30 degrees")
    value, worst = float(np.quantile(list(kept.values()), 0.05, method="higher")), min(kept, key=lambda clip: kept[clip])  # fmt: skip
    said = f"Detail inside the face turned by over {FROM_DEG:.0f} degrees over that of the same clip's frontal frames: least {kept[worst]:.2f} in {worst} of {len(kept)} clips, median {np.median(list(kept.values())):.2f}"
    return judge(name, GROUP, value, DETAIL_KEPT, None, "", said)


def _detail_k(frame: LabelledFrame) -> float | None:
    """Root mean square in K of what is finer than a sixteenth of the face and coarser than its noise, inside the face mask."""
    assert frame.face_mask is not None
    left, top, right, bottom = (int(v) for v in frame.bbox_xyxy_px)
    height = bottom - top
    if height < 40 or right - left < 20:
        return None
    mask = ndimage.binary_erosion(frame.face_mask[top:bottom, left:right], iterations=max(height // 40, 1))
    if mask.sum() < 400:
        return None
    picture = frame.temperature_k[top:bottom, left:right]
    band = ndimage.gaussian_filter(picture, height / 160) - ndimage.gaussian_filter(picture, height / 40)
    return float(np.sqrt((band[mask] ** 2).mean()))


def _half_minus_half_k(frame: LabelledFrame) -> float | None:
    """Mean of the image right half of the jaw's and brows' outline minus that of the left half, K."""
    assert frame.face_mask is not None
    points = frame.points_68_px
    middle, means = points[[27, 28, 29, 30, 33, 51, 57, 8]], []
    for side in ((*range(8, 17), 24), (*range(8, -1, -1), 19)):
        mask = polygon_mask(np.concatenate([middle, points[list(side)]]), frame.temperature_k.shape) & frame.face_mask  # type: ignore[arg-type]
        if mask.sum() < 200:
            return None
        means.append(float(frame.temperature_k[mask].mean()))
    return means[0] - means[1]
