"""What a face wears in a picture: glasses over the eyes, a mask over the mouth; cool, opaque, and standing off the skin.

They become a relief of their own before the face, so that lids and lips move behind them and the skin below is completed.
Only what covers an eye or the mouth counts: brows, beards and cold noses belong to the skin.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Float32
from scipy.ndimage import binary_closing, binary_dilation, binary_fill_holes, gaussian_filter, label

COOLER_K = 2.6  # than the face
_RIM_SHARE = 0.1  # of the inter-ocular distance: a mask goes on round jaw and cheek
_MASK_SHARE = 0.5  # of how much cooler a mask is before the mouth: where it ends
_COVERED = 0.6  # of an eye's or the mouth's own pixels
# MediaPipe's points and, of the 68, the same places: both eyes, the mouth.
_EYES = {478: ((33, 133, 159, 145), (263, 362, 386, 374)), 68: ((36, 39, 37, 41), (45, 42, 44, 46))}
_MOUTH = {478: (61, 291, 0, 17), 68: (48, 54, 51, 57)}
# Beside and above or below, in inter-ocular distances: lenses, the arms of glasses, a mask.
_GLASSES_REACH, _ARM_REACH, _MASK_REACH = (0.2, 0.36), (0.5, 0.1), (1.1, 1.1)


def worn_before_face(
    temperature_k: Float32[np.ndarray, "h w"],
    face: Bool[np.ndarray, "h w"],
    landmarks_px: Float[np.ndarray, "n 2"],
    inter_ocular_px: float,
) -> tuple[Bool[np.ndarray, "h w"], Bool[np.ndarray, "h w"]]:
    """Pixels of glasses, and of a mask; nothing where none is worn. face: where the fitted face is seen."""
    nothing = np.zeros(face.shape, bool)
    if not face.any():
        return nothing, nothing
    level = float(np.percentile(temperature_k[face], 70))
    face = binary_fill_holes(face)  # the slit of the mouth is no skin, but behind a mask too
    cooler_k = level - gaussian_filter(temperature_k, 0.01 * inter_ocular_px)
    cool = (cooler_k > COOLER_K) & face
    count = len(landmarks_px)
    eyes = [landmarks_px[list(members)] for members in _EYES[count]]
    glasses, covered = nothing.copy(), []
    for points in eyes:
        box = _around(points, 0.02 * inter_ocular_px, 0.02 * inter_ocular_px, face.shape)
        covered.append(bool(cool[box].mean() > _COVERED))
        glasses[_around(points, _ARM_REACH[0] * inter_ocular_px, _ARM_REACH[1] * inter_ocular_px, face.shape)] = True
        glasses[
            _around(points, _GLASSES_REACH[0] * inter_ocular_px, _GLASSES_REACH[1] * inter_ocular_px, face.shape)
        ] = True
    glasses = _parts_with(cool & glasses, eyes) if all(covered) else nothing
    mouth = landmarks_px[list(_MOUTH[count])]
    mask = nothing
    if cool[_around(mouth, 0, 0, face.shape)].mean() > _COVERED:
        mask = _mask_pixels(cooler_k, face & ~glasses, mouth, inter_ocular_px)
    return _whole(glasses, inter_ocular_px) & face, mask


def _mask_pixels(
    cooler_k: np.ndarray, face: Bool[np.ndarray, "h w"], mouth_px: np.ndarray, inter_ocular_px: float
) -> Bool[np.ndarray, "h w"]:
    """Pixels of a mask over the mouth, on the face and round its jaw; cloth may be hardly cooler than a nose, so its own level decides."""
    usual_k = float(np.median(cooler_k[_around(mouth_px, 0, 0, face.shape)]))
    near = np.zeros(face.shape, bool)
    near[_around(mouth_px, _MASK_REACH[0] * inter_ocular_px, _MASK_REACH[1] * inter_ocular_px, face.shape)] = True
    mask = _whole(_parts_with((cooler_k > _MASK_SHARE * usual_k) & face & near, [mouth_px]), inter_ocular_px) & face
    rim = binary_dilation(mask, iterations=max(1, round(_RIM_SHARE * inter_ocular_px))) & ~face
    alike = np.abs(cooler_k - usual_k) < _MASK_SHARE * usual_k  # neither neck nor wall
    return _whole(mask | (rim & alike), inter_ocular_px)


def _whole(mask: Bool[np.ndarray, "h w"], inter_ocular_px: float) -> Bool[np.ndarray, "h w"]:
    """Without holes and small gaps."""
    return np.asarray(
        binary_fill_holes(binary_closing(mask, iterations=max(1, round(0.02 * inter_ocular_px))))
        if mask.any()
        else mask
    )


def _around(points: np.ndarray, beside_px: float, above_px: float, shape: tuple[int, ...]) -> tuple[slice, slice]:
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    first_row, first = max(0, int(top - above_px)), max(0, int(left - beside_px))
    last_row, last = min(shape[0], int(bottom + above_px) + 1), min(shape[1], int(right + beside_px) + 1)
    return slice(min(first_row, shape[0] - 1), max(last_row, 1)), slice(min(first, shape[1] - 1), max(last, 1))


def _parts_with(mask: np.ndarray, places: list[np.ndarray]) -> np.ndarray:
    """The connected parts that hold the middle of one of the places."""
    parts, _ = label(mask)
    found = set()
    for points in places:
        rows, columns = _around(points, 0, 0, mask.shape)
        numbers = parts[rows, columns]
        found |= set(np.unique(numbers[numbers > 0]).tolist())
    return np.isin(parts, sorted(found)) & mask
