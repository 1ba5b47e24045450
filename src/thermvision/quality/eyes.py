"""Eyes and brow: cornea and canthi against the forehead, structure inside the eye, lids that close."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32
from scipy import ndimage

from thermvision.motion.arkit import ARKIT_INDEX
from thermvision.quality.measure import (
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
from thermvision.quality.sample import ClipLabels

EYES_68 = {"right": tuple(range(36, 42)), "left": tuple(range(42, 48))}  # iBUG; the subject's right is image left
INNER_CANTHI_68 = {"right": 39, "left": 42}
FOREHEAD_478 = 151  # MediaPipe's point in the middle of the forehead
MIN_EYE_WIDTH_PX = 12.0  # smaller eyes hold no cornea that can be told from the lids
CORNEA_BELOW_K, CORNEA_ABOVE_K = -1.0, 0.5
CANTHUS_ABOVE_FOREHEAD_K = (0.1, 2.3)
BLUR_PX = 2.0
ODD_CANTHI, ODD_CORNEAS = 0.031, 0.02  # of people: 31 of 987 (Wang et al. 2023); estimate
MIN_BLINKS = 3  # some corneas are as warm as their lid
LID_K = 0.05  # estimate: a lid that is drawn at all is warmer by 0.2-0.7 K
SHUT_APERTURE = 0.12  # height over width; open eyes have about 0.3 (estimate from the 68-point eye aspect ratio)
GROUP = "eyes"


def forehead_k(frame: LabelledFrame) -> float | None:
    """Mean reading in kelvin of a disc of 8 mm in the middle of the forehead, or None where it is not seen."""
    return _spot_478(frame, FOREHEAD_478)


def canthus_max_k(frame: LabelledFrame) -> float | None:
    """Hottest 3x3 mean in kelvin near the inner canthi that are seen, or None.

    The reading that Wang et al. 2023 (PhysioNet face-oral-temp-data 1.0.0) call canthiMax.
    """
    found = []
    for side, point in INNER_CANTHI_68.items():
        width = eye_width_px(frame.points_68_px[list(EYES_68[side])])
        if not frame.seen_68[point] or width < MIN_EYE_WIDTH_PX / 2:
            continue
        box = crop(frame.points_68_px[point], frame.points_68_px[point], 0.3 * width + 2, frame.temperature_k.shape)  # type: ignore[arg-type]
        if box is not None:
            found.append(float(ndimage.uniform_filter(frame.temperature_k[box], 3).max()))
    return max(found) if found else None


def eye_facts(frame: LabelledFrame) -> dict[str, float]:
    """Numbers of one frame: cornea and canthi against the forehead, the eye's mean against the canthus, edges inside it."""
    facts: dict[str, float] = {}
    if not frame.frontal() or "glasses" in frame.worn:
        return facts
    forehead, canthus = forehead_k(frame), canthus_max_k(frame)
    if forehead is not None and canthus is not None:
        facts["canthus_minus_forehead_k"] = canthus - forehead
    for side in EYES_68:
        eye = _eye(frame, side)
        if eye is None:
            continue
        cornea, mean, ratio = eye
        if forehead is not None:
            keep_worst(facts, "cornea_minus_forehead_k", cornea - forehead)
        if canthus is not None:
            keep_worst(facts, "eye_minus_canthus_k", mean - canthus)
        keep_worst(facts, "inside_eye_gradient_ratio", ratio)
    if frame.frontal(20.0):
        spots = [_spot_at_eye(frame, side) for side in EYES_68]
        if all(len(spot) for spot in spots):
            facts["eye_k"] = float(np.mean([spot.mean() for spot in spots]))
            facts["blink"] = min(frame.arkit.get("eyeBlinkLeft", 0.0), frame.arkit.get("eyeBlinkRight", 0.0))
    return facts


def eye_findings(facts: Sequence[Facts]) -> list[Finding]:
    """Findings on eyes over the frames looked at. Cornea near the forehead's temperature: Efron et al. 1989."""
    absent = "no frame shows an open eye wide enough, frontal and without glasses"
    return [
        judge_frames("cornea near forehead", GROUP, facts, "cornea_minus_forehead_k", low=CORNEA_BELOW_K, high=CORNEA_ABOVE_K, unit="K",
                     what="Cornea minus forehead (glowing or dead eyes fail)", absent=absent, odd_people=ODD_CORNEAS),
        judge_frames("eye cooler than canthus", GROUP, facts, "eye_minus_canthus_k", low=None, high=0.0, unit="K",
                     what="Mean of the eye minus the hottest inner canthus", absent=absent),
        judge_frames("no iris or pupil edge", GROUP, facts, "inside_eye_gradient_ratio", low=None, high=1.0, unit="",
                     what="Gradient energy inside the eye over that at its lid edge", absent=absent),
        judge_frames("canthus warmest", GROUP, facts, "canthus_minus_forehead_k", low=CANTHUS_ABOVE_FOREHEAD_K[0], high=CANTHUS_ABOVE_FOREHEAD_K[1], unit="K",
                     what="Hottest inner canthus minus forehead (real people 1.18 +- 0.48)", absent="no frontal frame shows canthus and forehead", odd_people=ODD_CANTHI),
    ]  # fmt: skip


def blink_finding(clips: Sequence[ClipLabels]) -> Finding:
    """Whether the lids of the landmarks meet when eyeBlink exceeds 0.9, over all frames of all clips."""
    name, apertures, where = "blink closes the lids", [], []
    for clip in clips:
        for side, points in EYES_68.items():
            coefficient = clip.arkit[:, ARKIT_INDEX[f"eyeBlink{side.capitalize()}"]]
            shut = (coefficient > 0.9) & (np.abs(clip.yaw_deg) < 30)
            values = aperture(clip.points_68_px[:, points])[shut]
            apertures += values.tolist()
            where += [f"{clip.folder.name} frame {i}" for i in np.flatnonzero(shut)]
    if not apertures:
        return not_applicable(name, GROUP, "no frame has eyeBlink above 0.9 with the face towards the camera")
    value, worst = float(np.percentile(apertures, 95)), where[int(np.argmax(apertures))]
    return judge(name, GROUP, value, None, SHUT_APERTURE, "",
                 f"Lid height over eye width when eyeBlink > 0.9: 95 % of {len(apertures)} eyes below {value:.3f}, widest in {worst}")  # fmt: skip


def lid_finding(facts: Sequence[Facts]) -> Finding:
    """Whether the picture shows the warmer lid in place of the cornea when the eyes are shut (lid 0.2-0.6, cornea -0.1 K of the forehead)."""
    name, change = "blink shows the lid", blink_change_k(facts, "eye_k")
    if len(change) < MIN_BLINKS:
        return not_applicable(
            name,
            GROUP,
            f"{len(change)} clips show a bare eye shut and, near in time, open; {MIN_BLINKS} are needed",
            "K",
        )
    least = min(change, key=lambda clip: change[clip])
    value = float(np.median(list(change.values())))
    said = f"Eye while shut minus open, in the picture: median {value:+.2f} K over {len(change)} clips, least {change[least]:+.2f} K in {least}"
    return judge(name, GROUP, value, LID_K, None, "K", said)


def blink_change_k(facts: Sequence[Facts], key: str) -> dict[str, float]:
    """By clip: reading `key` in its most shut frame (over 0.9) minus that of the nearest open one (under 0.15), K."""
    by_clip: dict[str, list[Facts]] = {}
    for one in facts:
        if key in one.values:
            by_clip.setdefault(one.clip, []).append(one)
    change = {}
    for clip, frames in by_clip.items():
        shut = max(frames, key=lambda one: one.values["blink"])
        wide = [one for one in frames if one.values["blink"] < 0.15]
        if shut.values["blink"] > 0.9 and wide:
            change[clip] = shut.values[key] - min(wide, key=lambda one: abs(one.frame - shut.frame)).values[key]
    return change


def aperture(eye_px: Float32[np.ndarray, "f 6 2"]) -> Float32[np.ndarray, " f"]:
    """Height over width of six-point eyes (Soukupova and Cech 2016, eye aspect ratio)."""
    height = np.linalg.norm(eye_px[:, 1] - eye_px[:, 5], axis=1) + np.linalg.norm(eye_px[:, 2] - eye_px[:, 4], axis=1)
    return height / np.maximum(2 * np.linalg.norm(eye_px[:, 0] - eye_px[:, 3], axis=1), 1e-6)


def _eye(frame: LabelledFrame, side: str) -> tuple[float, float, float] | None:
    """Cornea (K), mean of the eye (K), gradient energy inside over that of the lid edge; None for a small, shut or hidden eye."""
    points = frame.points_68_px[list(EYES_68[side])]
    width = eye_width_px(frame.points_68_px[list(EYES_68[side])])
    if width < MIN_EYE_WIDTH_PX or not frame.seen_68[list(EYES_68[side])].all() or aperture(points[None])[0] < 0.2:
        return None
    box = crop(points.min(axis=0), points.max(axis=0), 4, frame.temperature_k.shape)  # type: ignore[arg-type]
    if box is None:
        return None
    shift = np.array([box[1].start, box[0].start])
    picture = frame.temperature_k[box]
    opening = polygon_mask(points - shift, picture.shape)  # type: ignore[arg-type]
    depth = ndimage.distance_transform_edt(opening) - ndimage.distance_transform_edt(~opening)
    inside, edge = depth > max(2.0, 0.06 * width), np.abs(depth) <= 2.0
    cornea = disc(picture, points.mean(axis=0) - shift, 0.12 * width)
    if inside.sum() < 6 or not edge.any() or not len(cornea):
        return None
    energy = ndimage.gaussian_gradient_magnitude(picture, 0.7) ** 2
    noise = (
        0.4 * frame.netd_k
    ) ** 2  # of the smoothed gradient; keeps two flat areas from being compared by their noise
    return (
        float(cornea.mean()),
        float(picture[inside].mean()),
        float(energy[inside].mean() / (energy[edge].mean() + noise)),
    )


def eye_width_px(points_px: Float32[np.ndarray, "6 2"]) -> float:
    """Distance of the corners of a six-point eye, px."""
    return float(np.linalg.norm(points_px[3] - points_px[0]))


def _spot_at_eye(frame: LabelledFrame, side: str) -> Float32[np.ndarray, " k"]:
    """Values in a disc just above the line between an eye's corners: cornea when open, upper lid above its lashes when shut.

    Empty for a small eye.
    """
    points = frame.points_68_px[list(EYES_68[side])]
    width = eye_width_px(points)
    if width < MIN_EYE_WIDTH_PX:
        return np.empty(0, np.float32)
    along = (points[3] - points[0]) / max(width, 1e-6)
    up = np.array([along[1], -along[0]])  # corners run from image left to right in both eyes, y points down
    return disc(frame.temperature_k, (points[0] + points[3]) / 2 + 0.09 * width * up, 0.07 * width)


def _spot_478(frame: LabelledFrame, point: int) -> float | None:
    if frame.points_478_px is None or frame.seen_478 is None or not frame.seen_478[point]:
        return None
    radius = 0.045 * float(np.linalg.norm(frame.points_68_px[45] - frame.points_68_px[36]))
    radius = max(radius, 1.0)
    if frame.face_mask is not None:  # a fringe or a hat within the camera's blur of the spot would be read as skin
        skin = disc(frame.face_mask, frame.points_478_px[point], radius + BLUR_PX)
        if not len(skin) or not skin.all():
            return None
    values = disc(frame.temperature_k, frame.points_478_px[point], radius)
    return float(values.mean()) if len(values) else None


def keep_worst(facts: dict[str, float], key: str, value: float) -> None:
    """Of the two eyes, the one farther from zero for differences, the larger for ratios."""
    if key not in facts or (abs(value) > abs(facts[key]) if key.startswith("cornea") else value > facts[key]):
        facts[key] = value
