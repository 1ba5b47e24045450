"""The labels that are compared: boxes cut to their images, images without a label of the task left out, all of it counted."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from thermvision.tasks.baselines import thumbnail
from thermvision.tasks.labelled import LabelledImage
from thermvision.tasks.measures.landmark_points import CONVENTIONS

CUT, OUTSIDE = "boxes reach beyond their images and were cut", "boxes lie wholly outside their images and were left out"
HIDDEN = "faces of which too little is seen (--least-visible) were neither asked for nor held against"
UNLABELLED = {
    "detect": "images whose faces nobody labelled were left out",
    "landmarks": "images without landmarks were left out",
    "gender": "images without a gender were left out",
}
NO_PERSON = "images show a person whom the source does not name, each counted as a person of its own: intervals are too narrow if people come back"


def cleaned(image: LabelledImage, counts: Counter[str]) -> LabelledImage:
    """The image with its boxes cut to it; boxes without anything in it are taken out. What was done is added to `counts`."""
    size = np.array([image.width_px, image.height_px, image.width_px, image.height_px], float)
    boxes = image.faces_xyxy_px
    finite = np.isfinite(boxes).all(axis=1)
    cut = np.clip(np.where(np.isfinite(boxes), boxes, 0), 0, size)
    kept = finite & (cut[:, 2:] > cut[:, :2]).all(axis=1)
    counts[OUTSIDE] += int((~kept).sum())
    counts[CUT] += int((np.abs(cut - boxes)[kept] > 1e-3).any(axis=1).sum())
    own = image.bbox_xyxy_px
    if np.isfinite(own).all():
        own_cut = np.clip(own, 0, size)
        own = own_cut if (own_cut[2:] > own_cut[:2]).all() else np.full(4, np.nan)
    else:
        own = _about_points(image)
    hidden = np.clip(image.hidden_xyxy_px, 0, size)
    hidden = hidden[(hidden[:, 2:] > hidden[:, :2]).all(axis=1)]  # not of those that are no numbers
    counts[HIDDEN] += len(hidden)
    return dataclasses.replace(image, faces_xyxy_px=cut[kept], hidden_xyxy_px=hidden, bbox_xyxy_px=own)


def _about_points(image: LabelledImage) -> Float[np.ndarray, " 4"]:
    """The box about the own person's landmarks, for sources that give no box; NaN where there are none."""
    points = image.points_px
    points = points[np.isfinite(points).all(axis=1)] if len(points) else points
    return np.concatenate([points.min(axis=0), points.max(axis=0)]) if len(points) else np.full(4, np.nan)


def is_labelled(task: str, image: LabelledImage) -> bool:
    """Whether the image can be compared in a task."""
    checks: dict[str, Callable[[], bool]] = {
        "detect": lambda: image.boxes_labelled,
        "landmarks": lambda: len(image.points_px) in CONVENTIONS and bool(np.isfinite(image.points_px).any()),
        "gender": lambda: image.gender in ("female", "male"),
    }
    return checks[task]()


def slim(image: LabelledImage) -> LabelledImage:
    """The image without its picture, of which the baselines' thumbnail of the face stays."""
    if image.temperature_k is None:
        return image
    small = thumbnail(image.temperature_k, image.bbox_xyxy_px)
    return dataclasses.replace(image, temperature_k=None, thumbnail=small)
