"""What borders the face in the picture itself: brows, beard, ears and hair, by places that landmarks give."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from thermvision.quality.eyes import forehead_k
from thermvision.quality.measure import Facts, Finding, LabelledFrame, disc, judge_frames, polygon_mask
from thermvision.types import ZERO_CELSIUS_K

GROUP = "hair and ears"
BROWS_68, CHIN_68 = (18, 19, 20, 23, 24, 25), (6, 7, 8, 9, 10)
CHEEKS_478 = (50, 280)
TOP_478, CHIN_478 = 10, 152
NO_HAIR = ("shaved", "bald", "receding", "cropped")
FULL_BEARD = 0.8
HAIR_OVER_ROOM_K, GLOW_K, BROW_K = (1.0, 10.0), 0.5, 0.15


def outside_face_facts(frame: LabelledFrame) -> dict[str, float]:
    """Numbers of one frontal frame: brow, ear and hair against the forehead, beard against the cheeks, hair against the room; K."""
    facts: dict[str, float] = {}
    forehead = forehead_k(frame)
    if not frame.frontal(15.0) or frame.points_478_px is None:
        return facts
    bare = "headwear" not in frame.worn
    if bare and "glasses" not in frame.worn and (brow := _brow_minus_forehead_k(frame)) is not None:
        facts["brow_minus_forehead_k"] = brow
    cheek = _cheek_k(frame)
    if frame.beard is not None and frame.beard >= FULL_BEARD and "mask_worn" not in frame.worn and cheek is not None:
        span = _height_px(frame)
        spots = [disc(frame.temperature_k, frame.points_68_px[i] + (0, -0.04 * span), 0.02 * span) for i in CHIN_68]
        if all(len(spot) for spot in spots):
            facts["beard_minus_cheek_k"] = float(np.mean([spot.mean() for spot in spots])) - cheek
    if bare and forehead is not None and not frame.may_be_hot:
        beside = frame.temperature_k[_beside_face(frame)]
        if len(beside) > 50:
            facts["beside_minus_forehead_k"] = float(np.percentile(beside, 97)) - forehead
    if bare and frame.hair_style not in (None, *NO_HAIR):
        top, chin = frame.points_478_px[TOP_478], frame.points_478_px[CHIN_478]
        hair = disc(frame.temperature_k, top + 0.16 * (top - chin), 0.03 * _height_px(frame))
        if len(hair):
            warmth = float(np.median(hair))
            if frame.room_c is not None:
                facts["hair_over_room_k"] = warmth - frame.room_c - ZERO_CELSIUS_K
            if forehead is not None:
                facts["hair_minus_forehead_k"] = warmth - forehead
    return facts


def outside_face_findings(facts: Sequence[Facts]) -> list[Finding]:
    """Findings on hair, brows, beard and ears by the picture. 1-10 K of hair over the room: section 4.5; margins for blur are estimates."""
    frontal = "no frontal frame without a hat"
    return [
        judge_frames("brows cooler than forehead", GROUP, facts, "brow_minus_forehead_k", low=None, high=BROW_K, unit="K",
                     what="Brows minus the skin just above and below", absent=f"{frontal} and glasses shows both brows"),
        judge_frames("beard cooler than cheek", GROUP, facts, "beard_minus_cheek_k", low=None, high=0.0, unit="K",
                     what="Bearded chin minus cheeks", absent="no frontal frame shows somebody whom the data set gives a full beard"),
        judge_frames("no glowing ear rim", GROUP, facts, "beside_minus_forehead_k", low=None, high=GLOW_K, unit="K",
                     what="Warmest 3 % of what is beside the cheeks (ears, hair) minus forehead", absent=f"{frontal} before a background that is cooler than skin"),
        judge_frames("hair over room", GROUP, facts, "hair_over_room_k", low=HAIR_OVER_ROOM_K[0], high=HAIR_OVER_ROOM_K[1], unit="K",
                     what="Hair above the hairline minus room", absent=f"{frontal} shows hair with a room temperature"),
        judge_frames("hair cooler than skin", GROUP, facts, "hair_minus_forehead_k", low=None, high=-0.5, unit="K",
                     what="Hair above the hairline minus forehead", absent=f"{frontal} shows hair and forehead"),
    ]  # fmt: skip


def _brow_minus_forehead_k(frame: LabelledFrame) -> float | None:
    """Mean of six discs on the brows minus that of discs above and below, where all of them are on bare skin."""
    scale = float(np.linalg.norm(frame.points_68_px[45] - frame.points_68_px[36]))
    up = frame.points_68_px[27] - frame.points_68_px[33]
    step = 0.13 * scale * up / max(float(np.linalg.norm(up)), 1e-6)
    apart = []
    for point in (frame.points_68_px[i] for i in BROWS_68):
        values = [disc(frame.temperature_k, at, 0.02 * scale) for at in (point, point + step, point - step)]
        if not all(len(v) for v in values) or not (_on_skin(frame, point + step) and _on_skin(frame, point)):
            continue
        brow, above, below = (float(v.mean()) for v in values)
        apart.append(brow - max(above, below))
    return float(np.mean(apart)) if len(apart) >= 4 else None


def _on_skin(frame: LabelledFrame, point_px: Float[np.ndarray, " 2"]) -> bool:
    if frame.face_mask is None:
        return True
    x, y = (int(v) for v in point_px)
    return bool(0 <= y < frame.face_mask.shape[0] and 0 <= x < frame.face_mask.shape[1] and frame.face_mask[y, x])


def _cheek_k(frame: LabelledFrame) -> float | None:
    assert frame.points_478_px is not None
    spots = [disc(frame.temperature_k, frame.points_478_px[i], 0.03 * _height_px(frame)) for i in CHEEKS_478]
    return float(np.mean([spot.mean() for spot in spots])) if all(len(spot) for spot in spots) else None


def _height_px(frame: LabelledFrame) -> float:
    return float(frame.bbox_xyxy_px[3] - frame.bbox_xyxy_px[1])


def _beside_face(frame: LabelledFrame) -> Bool[np.ndarray, "h w"]:
    """Pixels (h, w) beside both cheeks between brows and nose, 4-20 % of the face's width off it, the face mask left out."""
    points = frame.points_68_px
    up = 0.02 * _height_px(frame)
    width = float(points[16, 0] - points[0, 0])
    top, bottom = float(points[[19, 24], 1].mean()) - up, float(points[33, 1])
    picked = np.zeros(frame.temperature_k.shape, bool)
    for edge, sign in ((float(points[0, 0]), -1.0), (float(points[16, 0]), 1.0)):
        near, far = edge + sign * 0.04 * width, edge + sign * 0.20 * width
        corners = np.array([[near, top], [far, top], [far, bottom], [near, bottom]])
        picked |= polygon_mask(corners, frame.temperature_k.shape)  # type: ignore[arg-type]
    return picked if frame.face_mask is None else picked & ~frame.face_mask
