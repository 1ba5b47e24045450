"""Small views of frames for the report, and where in them each number was taken."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from thermvision.quality.measure import LabelledFrame, View, crop

FACE_VIEW_PX, PICTURE_VIEW_PX = 224, 288
_EYES, _LIPS, _CANTHI, _BROWS = tuple(range(36, 48)), tuple(range(48, 68)), (39, 42), tuple(range(17, 27))
_PLACES_68 = {  # points whose box was measured, and the margin round them in widths of the eyes' box
    "cornea_minus_forehead_k": (_EYES, 0.05), "eye_minus_canthus_k": (_EYES, 0.05), "inside_eye_gradient_ratio": (_EYES, 0.05),
    "lid_minus_cornea_k": (_EYES, 0.05), "lens_over_room_k": (_EYES, 0.15), "lens_structure_k": (_EYES, 0.15),
    "canthus_minus_forehead_k": (_CANTHI, 0.08), "mouth_minus_canthus_k": (_LIPS, 0.02), "brow_minus_forehead_k": (_BROWS, 0.04),
    "beard_minus_cheek_k": ((5, 6, 7, 8, 9, 10, 11), 0.02), "half_minus_half_k": (tuple(range(27)), 0.0),
}  # fmt: skip
_PLACES_478 = {
    "forehead_ridges": (103, 332, 107, 336), "forehead_texture_ratio": (103, 332, 107, 336),
    "forehead_picture_minus_label_k": (108, 337, 107, 336), "cheek_contrast_minus_label_k": (50, 280, 108, 337),
}  # fmt: skip


def stretched(picture: Float32[np.ndarray, "h w"], low: float, high: float, side_px: int, unit: str) -> View:
    """An 8-bit view between two levels, its longer side at most `side_px`."""
    from PIL import Image

    grey = np.clip((picture - low) / max(high - low, 1e-6), 0, 1) * 255
    view = Image.fromarray(grey.astype(np.uint8))
    view.thumbnail((side_px, side_px))
    return View(np.asarray(view), low, high, unit, shrunk=max(picture.shape) / max(view.size))


def whole_view(picture: Float32[np.ndarray, "h w"], unit: str, side_px: int = PICTURE_VIEW_PX) -> View:
    """A whole picture, its 0.3-99.7 % range stretched."""
    low, high = np.percentile(picture, [0.3, 99.7])
    return stretched(picture, float(low), float(high), side_px, unit)


def face_view(frame: LabelledFrame) -> View:
    """The face with a third of its height round it, the face's own range of temperatures stretched."""
    box = frame.bbox_xyxy_px
    area = crop(box[:2], box[2:], 0.35 * float(box[3] - box[1]), frame.temperature_k.shape)  # type: ignore[arg-type]
    if area is None:
        return whole_view(frame.temperature_k, "K", FACE_VIEW_PX)
    picture = frame.temperature_k[area]
    inside = picture if frame.face_mask is None else picture[frame.face_mask[area]]
    low, high = np.percentile(inside if inside.size else picture, [0.5, 99.8])
    view = stretched(picture, float(low) - 2.5, max(float(high) + 0.2, float(low) - 1.5), FACE_VIEW_PX, "K")
    return View(view.grey, view.low, view.high, "K", float(area[1].start), float(area[0].start), view.shrunk)


def marks_of(frame: LabelledFrame) -> dict[str, tuple[float, float, float, float]]:
    """Boxes (left, top, right, bottom in px) of what was measured, by the name of the number."""
    eyes = float(np.ptp(frame.points_68_px[list(_EYES), 0]))
    marks = {
        name: _box(frame.points_68_px[list(points)], 2 + margin * eyes) for name, (points, margin) in _PLACES_68.items()
    }
    if frame.points_478_px is not None:
        marks |= {name: _box(frame.points_478_px[list(points)], 2.0) for name, points in _PLACES_478.items()}
    return marks


def _box(points_px: Float32[np.ndarray, "n 2"], margin_px: float) -> tuple[float, float, float, float]:
    (left, top), (right, bottom) = points_px.min(axis=0) - margin_px, points_px.max(axis=0) + margin_px
    return float(left), float(top), float(right), float(bottom)
