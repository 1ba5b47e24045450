"""What of a picture is worth keeping for a task: the whole of it, not too large, or the surroundings of each face."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from thermvision.faces.sampling import resampled
from thermvision.tasks.training.samples import Sample

WHOLE_PX = 448  # longer side of a kept picture at most
ROOM, FACE_PX = 2.8, 128  # side of what is kept about a face over the face's, and longest side of a kept face


def whole(sample: Sample) -> Sample:
    """The picture, smaller where its longer side exceeds WHOLE_PX; labels in its new pixels."""
    height, width = sample.picture.shape
    scale = min(1.0, WHOLE_PX / max(height, width))
    if scale == 1:
        return sample
    size = (max(8, round(height * scale)), max(8, round(width * scale)))
    return _placed(sample, np.zeros(2), np.array([width, height], float), size)


def face_by_face(sample: Sample) -> Iterator[Sample]:
    """A sample of one face for each face of a picture: its surroundings, which end where the picture ends."""
    size = np.array(sample.picture.shape[::-1], float)
    for k, box in enumerate(sample.faces_xyxy_px):
        long = float(max(box[2:] - box[:2]))
        middle = 0.5 * (box[:2] + box[2:]).astype(float)
        low = np.floor(np.clip(middle - 0.5 * ROOM * long, 0, size - 8))
        high = np.ceil(np.clip(middle + 0.5 * ROOM * long, low + 8, size))
        scale = min(1.0, FACE_PX / max(long, 1.0))
        columns, rows = np.maximum(8, np.rint((high - low) * scale)).astype(int)
        yield _placed(one_face(sample, k), low, high, (int(rows), int(columns)))


def one_face(sample: Sample, k: int) -> Sample:
    """The sample with face number k alone."""
    points, seen = sample.landmarks_478_px, sample.landmarks_478_visible
    return replace(
        sample,
        faces_xyxy_px=sample.faces_xyxy_px[k : k + 1],
        visible_share=sample.visible_share[k : k + 1],
        landmarks_68_px=sample.landmarks_68_px[k : k + 1],
        landmarks_478_px=None if points is None else points[k : k + 1],
        pose_deg=sample.pose_deg[k : k + 1],
        male=sample.male[k : k + 1],
        people=sample.people[k : k + 1],
        landmarks_478_visible=None if seen is None else seen[k : k + 1],
    )


def _placed(sample: Sample, low: np.ndarray, high: np.ndarray, size: tuple[int, int]) -> Sample:
    """The part of the picture from `low` to `high` (x, y in px) at `size` (height, width), labels moved with it."""
    rows, columns = size
    part = sample.picture[int(low[1]) : int(high[1]), int(low[0]) : int(high[0])]
    if part.shape != size:
        span = np.array(part.shape[::-1], float)
        part = resampled(part, span / 2, np.diag(span / 2), rows, columns)
    scale = np.array([columns, rows]) / (high - low)

    def moved(points: np.ndarray) -> np.ndarray:
        return ((points - low) * scale).astype(np.float32)

    boxes = sample.faces_xyxy_px
    points = sample.landmarks_478_px
    return replace(
        sample,
        picture=np.ascontiguousarray(part, np.float32),
        faces_xyxy_px=moved(boxes.reshape(-1, 2, 2)).reshape(-1, 4),
        landmarks_68_px=moved(sample.landmarks_68_px),
        landmarks_478_px=None if points is None else moved(points),
    )
