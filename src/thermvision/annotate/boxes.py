"""Face boxes in the ways that formats have them, and how much two overlap."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

Box = Float[np.ndarray, " 4"]


def xywh_of_xyxy(box_xyxy_px: Box) -> Float[np.ndarray, " 4"]:
    """Left, top, width and height in px, as COCO has it, of left, top, right, bottom."""
    return np.concatenate([box_xyxy_px[:2], box_xyxy_px[2:] - box_xyxy_px[:2]])


def yolo_of_xyxy(box_xyxy_px: Box, width_px: int, height_px: int) -> Float[np.ndarray, " 4"]:
    """Middle, width and height as shares of the picture's, cut to 0-1, as YOLO has it."""
    size = np.array([width_px, height_px, width_px, height_px], float)
    low_x, low_y, high_x, high_y = np.clip(box_xyxy_px / size, 0, 1)
    return np.array([(low_x + high_x) / 2, (low_y + high_y) / 2, high_x - low_x, high_y - low_y])


def overlaps(
    some_xyxy_px: Float[np.ndarray, "n 4"], others_xyxy_px: Float[np.ndarray, "m 4"]
) -> Float[np.ndarray, "n m"]:
    """Shared area over joint area of each pair, 0-1; 0 where both are empty."""
    one, other = some_xyxy_px[:, None].astype(float), others_xyxy_px[None].astype(float)
    shared = np.prod(
        np.clip(np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2]), 0, None), axis=-1
    )
    joint = sum(np.prod(box[..., 2:] - box[..., :2], axis=-1) for box in (one, other)) - shared
    return np.divide(shared, joint, out=np.zeros_like(shared), where=joint > 0)
