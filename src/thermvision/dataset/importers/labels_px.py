"""Labels of a frame in the pixels of its image: scaled from the view they refer to, boxes cut, the main face first."""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np
from jaxtyping import Float32

from thermvision.dataset.importers.boxes import area, cut_to_image, scaled, scaled_points
from thermvision.dataset.importers.frame import ImportedFace, ImportedFrame


def faces_in_pixels(
    frame: ImportedFrame, width_px: int, height_px: int, odd: Counter[str]
) -> tuple[ImportedFace, ...] | None:
    """The faces of a frame in its image's pixels, the largest first; None if nobody labelled it.

    Boxes are cut to the image; a face whose box lies wholly outside, or has no area, is left out. Both are counted in `odd`.
    """
    if frame.faces is None:
        return None
    view = frame.label_size or (width_px, height_px)
    by = (width_px / view[0], height_px / view[1])
    found = []
    for face in frame.faces:
        box = face.bbox
        if box is not None:
            part = cut_to_image(scaled(box, by), width_px, height_px)
            if part is None:
                odd["boxes outside the image or without area, left out with their points"] += 1
                continue
            odd["boxes that reach beyond the image, cut"] += part.cut
            box = part.bbox_xyxy_px
        points = {
            name: _plausible(scaled_points(one, by), width_px, height_px, odd) for name, one in face.landmarks.items()
        }
        found.append(dataclasses.replace(face, bbox=box, landmarks=points))
    if frame.faces and not found:
        return None  # faces are there, nobody knows where: to call the picture free of faces would be wrong
    return tuple(sorted(found, key=lambda face: -area(face.bbox) if face.bbox else 0.0))


def darker_than_around(temperature_k: Float32[np.ndarray, "h w"], face: ImportedFace) -> bool | None:
    """Whether a labelled face is darker than what surrounds it, which tells the polarity of most pictures; None without a box or room."""
    if face.bbox is None:
        return None
    height, width = temperature_k.shape
    x0, y0, x1, y1 = face.bbox
    inner = temperature_k[round(0.7 * y0 + 0.3 * y1) : round(0.3 * y0 + 0.7 * y1), round(0.7 * x0 + 0.3 * x1) : round(0.3 * x0 + 0.7 * x1)]  # fmt: skip
    outside = np.ones((height, width), bool)
    reach_x, reach_y = 0.4 * (x1 - x0), 0.4 * (y1 - y0)
    outside[max(round(y0 - reach_y), 0) :, max(round(x0 - reach_x), 0) : round(x1 + reach_x)] = (
        False  # hair, neck, clothes
    )
    if not inner.size or outside.sum() < 0.05 * outside.size:
        return None
    return bool(np.median(inner) < np.median(temperature_k[outside]))


def _plausible(points: np.ndarray, width_px: int, height_px: int, odd: Counter[str]) -> np.ndarray:
    """Points far outside the image as NaN: nobody sees a landmark a picture's width away."""
    far = (np.abs(points[:, 0] - width_px / 2) > 1.5 * width_px) | (
        np.abs(points[:, 1] - height_px / 2) > 1.5 * height_px
    )
    odd["landmarks a picture's width outside the image, left out"] += int(far.sum())
    return np.where(far[:, None], np.nan, points)
