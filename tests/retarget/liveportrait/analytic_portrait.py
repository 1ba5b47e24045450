"""A warm face on a cool wall by formula, with the average head's points on it: no renderer, any size, any turn."""

import numpy as np

from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.model import load_head_model
from thermvision.motion.euler import rotation_from_euler_deg


def portrait(height=300, width=320, turn=(0, 0, 0), px_per_mm=0.9, at=None):
    """Kelvin (h, w) and the 478 points, px."""
    model = load_head_model()
    points = landmark_positions_mm(model, model.base_mm[: model.num_vertices], "478").astype(float)
    points = (points - points.mean(axis=0)) @ rotation_from_euler_deg(*turn).T * px_per_mm
    middle = np.array([width / 2, height / 2] if at is None else at)
    y, x = np.mgrid[:height, :width] + 0.5
    away = np.hypot((x - middle[0]) / (80 * px_per_mm), (y - middle[1]) / (105 * px_per_mm))
    face = 1 / (1 + np.exp((away - 1) * 12))
    detail = 0.4 * np.sin(x / 7 / px_per_mm) * np.cos(y / 9 / px_per_mm)
    return (296 + face * (11.5 + detail)).astype(np.float32), points[:, :2] + middle
