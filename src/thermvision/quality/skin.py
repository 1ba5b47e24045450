"""Skin: no cliffs, no vein mesh, no texture finer than skin can carry, labels that agree with the picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float32
from scipy import ndimage

from thermvision.quality.eyes import forehead_k
from thermvision.quality.measure import Facts, Finding, LabelledFrame, crop, judge_frames, mm_per_px, polygon_mask

FOREHEAD_OUTLINE_478 = (
    103,
    67,
    109,
    10,
    338,
    297,
    332,
    334,
    296,
    336,
    9,
    107,
    66,
    105,
)  # MediaPipe: hairline, then brows
NOT_SKIN_68 = ((17, 18, 19, 20, 21), (22, 23, 24, 25, 26), (31, 32, 33, 34, 35), tuple(range(36, 42)), tuple(range(42, 48)), tuple(range(48, 60)))  # fmt: skip
STEP_PX, STEP_K = 3, 5.0
RIDGE_K, RIDGE_LENGTH_MM, RIDGES_IN_REAL_PEOPLE = 0.12, 18.0, 3.0
FINEST_MM = 2.0  # heat conduction in skin leaves nothing finer
TEXTURE_OVER_NOISE = 3.0
GROUP = "skin"


def skin_facts(frame: LabelledFrame) -> dict[str, float]:
    """Numbers of one frame: largest step, vessel-like ridges and fine texture of the forehead, label against picture."""
    facts: dict[str, float] = {}
    if frame.face_mask is not None and (step := _largest_step_k(frame)) is not None:
        facts["step_k"] = step
    if frame.frontal(25.0):
        patch = _forehead(frame)
        if patch is not None:
            facts |= _forehead_facts(*patch, mm_per_px(frame), frame.netd_k)
        read, said = forehead_k(frame), frame.regions_k.get("forehead_centre")
        if read is not None and said is not None:
            off = read - said
            beyond = max(abs(off) - 2 * frame.level_error_k, 0.0)
            facts["forehead_picture_minus_label_k"] = float(np.sign(off) * beyond)
    return facts


def skin_findings(facts: Sequence[Facts]) -> list[Finding]:
    """Findings on skin. Ridge and texture limits are estimates from real long-wave pictures."""
    return [
        judge_frames("no cliff in the skin", GROUP, facts, "step_k", low=None, high=STEP_K, unit="K",
                     what="Largest step within 3 px of the skin, away from hair, brows, nostrils, eyes and lips", absent="no frame has a face mask"),
        judge_frames("no vein mesh", GROUP, facts, "forehead_ridges", low=None, high=RIDGES_IN_REAL_PEOPLE, unit="lines",
                     what="Bright lines longer than 18 mm on the forehead", absent="no frontal frame shows a forehead of enough pixels"),
        judge_frames("no texture finer than skin's", GROUP, facts, "forehead_texture_ratio", low=None, high=TEXTURE_OVER_NOISE, unit="",
                     what="Power on the forehead above 1 cycle in 2 mm over the noise floor", absent="pixels are too coarse on the face (over 0.7 mm) to hold texture of 1 cycle in 2 mm"),
        judge_frames("picture agrees with labels", GROUP, facts, "forehead_picture_minus_label_k", low=-0.6, high=0.6, unit="K",
                     what="Forehead in the picture minus its label, beyond two standard deviations of the camera's level", absent="no frontal frame shows a forehead with a labelled temperature"),
    ]  # fmt: skip


def _largest_step_k(frame: LabelledFrame) -> float | None:
    points, margin = frame.points_68_px, 0.05 * float(np.ptp(frame.points_68_px[:, 1]))
    box = crop(points.min(axis=0), points.max(axis=0), 2 * margin, frame.temperature_k.shape)  # type: ignore[arg-type]
    if box is None or frame.face_mask is None or frame.worn.keys() & {"glasses", "mask_worn"}:
        return None
    shift, picture = np.array([box[1].start, box[0].start]), frame.temperature_k[box]
    excluded = np.zeros(picture.shape, bool)
    for outline in NOT_SKIN_68:
        excluded |= polygon_mask(points[list(outline)] - shift, picture.shape)  # type: ignore[arg-type]
    reach = max(3, round(margin))
    excluded = ndimage.distance_transform_edt(~excluded) <= reach
    whole = ndimage.binary_fill_holes(frame.face_mask[box])
    skin = (ndimage.distance_transform_edt(whole) > reach) & frame.face_mask[box] & ~excluded
    smooth = ndimage.uniform_filter(picture, 3)
    steps = []
    for axis in (0, 1):
        length = picture.shape[axis]
        near, far = np.arange(length - STEP_PX), np.arange(STEP_PX, length)
        both = skin.take(near, axis) & skin.take(far, axis)
        if both.any():
            steps.append(float(np.abs(smooth.take(near, axis) - smooth.take(far, axis))[both].max()))
    return max(steps) if steps else None


def _forehead(frame: LabelledFrame) -> tuple[Float32[np.ndarray, "h w"], Bool[np.ndarray, "h w"]] | None:
    """The forehead's picture and which of its pixels are bare skin well inside."""
    if frame.points_478_px is None or "headwear" in frame.worn:
        return None
    outline = frame.points_478_px[list(FOREHEAD_OUTLINE_478)]
    box = crop(outline.min(axis=0), outline.max(axis=0), 2, frame.temperature_k.shape)  # type: ignore[arg-type]
    if box is None:
        return None
    picture = frame.temperature_k[box]
    inside = polygon_mask(outline - np.array([box[1].start, box[0].start]), picture.shape)  # type: ignore[arg-type]
    if frame.face_mask is not None:
        inside = inside & frame.face_mask[box]
    inside = ndimage.binary_erosion(inside, iterations=max(3, round(0.04 * picture.shape[1])))
    return (picture, inside) if inside.sum() > 400 else None


def _forehead_facts(
    picture: Float32[np.ndarray, "h w"], inside: Bool[np.ndarray, "h w"], scale_mm: float, netd_k: float
) -> dict[str, float]:
    facts = {"forehead_ridges": float(count_ridges(picture, inside, scale_mm))}
    if scale_mm <= 0.7:
        facts["forehead_texture_ratio"] = _texture_over_noise(picture, inside, scale_mm, netd_k)
    return facts


def count_ridges(picture: Float32[np.ndarray, "h w"], inside: Bool[np.ndarray, "h w"], scale_mm: float) -> int:
    """Bright lines 2-4 mm wide, over 0.12 K strong and over 18 mm long, `scale_mm` per pixel (Frangi et al. 1998, one scale)."""
    sigma = max(1.5 / scale_mm, 1.2)
    xx, yy, xy = (ndimage.gaussian_filter(picture, sigma, order=order) for order in ((0, 2), (2, 0), (1, 1)))
    lower = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
    upper = (xx + yy) / 2 + np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
    strength = -lower * sigma**2 * 2.0
    ridge = inside & (strength > RIDGE_K) & (np.abs(upper) < 0.5 * np.abs(lower))
    labelled, count = ndimage.label(ridge, np.ones((3, 3)))
    long = 0
    for rows, columns in ndimage.find_objects(labelled, count):
        length = float(np.hypot(rows.stop - rows.start, columns.stop - columns.start)) * scale_mm
        long += int(length >= RIDGE_LENGTH_MM)
    return long


def _texture_over_noise(
    picture: Float32[np.ndarray, "h w"], inside: Bool[np.ndarray, "h w"], scale_mm: float, netd_k: float
) -> float:
    """Power per frequency bin above 1 cycle in 2 mm, over that of white noise of the camera's NETD."""
    depth = ndimage.distance_transform_edt(inside)
    row, column = np.unravel_index(int(np.argmax(depth)), depth.shape)
    half = max(int(depth[row, column] / np.sqrt(2)), 4)
    patch = picture[max(row - half, 0) : row + half, max(column - half, 0) : column + half]
    patch = patch - ndimage.gaussian_filter(patch, 4.0)
    window = np.outer(np.hanning(patch.shape[0]), np.hanning(patch.shape[1]))
    power = np.abs(np.fft.fft2(patch * window)) ** 2 / float((window**2).sum())
    frequency = np.hypot(np.fft.fftfreq(patch.shape[0])[:, None], np.fft.fftfreq(patch.shape[1])[None])
    fine = frequency > scale_mm / FINEST_MM
    return float(power[fine].mean() / netd_k**2) if fine.any() else 1.0
