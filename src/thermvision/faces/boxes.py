"""Face boxes from the finder's maps: peaks, their boxes, and only one box for a face."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32
from scipy.ndimage import maximum_filter

from thermvision.faces.networks import FINDER_LONG_SIDE_PX, SHIPPED, Networks, find_maps
from thermvision.faces.sampling import resampled, stretched

LONG_SIDE_PX, MULTIPLE = FINDER_LONG_SIDE_PX, 32
LEAST_PEAK, MOST_OVERLAP, MOST_BOXES = 0.1, 0.4, 24
# Share of the finder's long side, and how much wider than the picture the look is: a face that fills the picture is found the second way.
LOOKS = ((1.0, 1.0), (0.5, 1.5))
_CELL_PX = 4


def face_boxes(
    picture: Float32[np.ndarray, "h w"],
    networks: Networks = SHIPPED,
    *,
    least_peak: float = LEAST_PEAK,
    most: int = MOST_BOXES,
) -> tuple[Float[np.ndarray, "n 4"], Float[np.ndarray, " n"]]:
    """Boxes xyxy in px, which may reach beyond the picture, and their scores 0-1, the surest first.

    At most `most` of a score of `least_peak` or more; lower both for curves of precision against recall.
    """
    found = [_boxes_of_look(picture, *look, networks, least_peak) for look in LOOKS]
    boxes, scores = (np.concatenate(part) for part in zip(*found, strict=True))
    kept = one_each(boxes, scores)[:most]
    return boxes[kept], scores[kept]


def _boxes_of_look(
    picture: np.ndarray, share: float, room: float, networks: Networks, least_peak: float
) -> tuple[np.ndarray, np.ndarray]:
    height, width = picture.shape
    scale = share * networks.finder_long_side_px / (room * max(height, width))  # network px for one of the picture
    rows, columns = (MULTIPLE * int(np.ceil(room * side * scale / MULTIPLE - 1e-6)) for side in (height, width))
    middle = np.array([width, height]) / 2
    seen = resampled(picture, middle, np.diag([columns, rows]) / (2 * scale), rows, columns)
    logit, dx, dy, log_width, log_height = find_maps(stretched(seen)[None, None], networks)[0].astype(float)
    score = 1 / (1 + np.exp(-logit))
    y, x = np.nonzero((score >= least_peak) & (score == maximum_filter(score, 3)))
    at = (np.stack([x, y], 1) + 0.5) * _CELL_PX + 8 * np.stack([dx[y, x], dy[y, x]], 1)
    half = 8 * np.exp(np.clip(np.stack([log_width[y, x], log_height[y, x]], 1), -3, 4))
    corner = middle - np.array([columns, rows]) / (2 * scale)
    return np.concatenate([at - half, at + half], 1) / scale + np.tile(corner, 2), score[y, x]


def one_each(boxes_xyxy: Float[np.ndarray, "n 4"], scores: Float[np.ndarray, " n"]) -> list[int]:
    """Numbers of the boxes to keep, the surest first: none that overlaps a surer one by more than MOST_OVERLAP."""
    kept: list[int] = []
    for index in np.argsort(-scores, kind="stable").tolist():
        if all(overlap(boxes_xyxy[index], boxes_xyxy[other]) <= MOST_OVERLAP for other in kept):
            kept.append(index)
    return kept


def overlap(one: Float[np.ndarray, " 4"], other: Float[np.ndarray, " 4"]) -> float:
    """Shared area over joint area; of boxes one within the other, over the smaller, less 0.3."""
    shared = np.prod(np.clip(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]), 0, None))
    areas = [np.prod(box[2:] - box[:2]) for box in (one, other)]
    return float(max(shared / max(sum(areas) - shared, 1e-9), shared / max(min(areas), 1e-9) - 0.3))
