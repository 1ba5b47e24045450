"""What speaks against a picture as a thermal portrait, from its values alone."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, UInt8
from scipy.spatial import ConvexHull, QhullError

_LEVELS = 24  # of brightness, within which a palette has one colour
_LEAST_SPREAD = 9.0  # of colour differences within a level, of 255; JPEG leaves a palette about 3
_OVAL = 468


def looks_coloured(colour: UInt8[np.ndarray, "h w 3"]) -> bool:
    """Whether pixels of one brightness differ in colour, which neither grey nor one palette does."""
    values = colour[::2, ::2].reshape(-1, 3).astype(np.float32)
    brightness = values @ np.array([0.299, 0.587, 0.114], np.float32)
    differences = np.stack([values[:, 0] - values[:, 1], values[:, 2] - values[:, 1]], axis=1)
    level = np.minimum((brightness * _LEVELS / 256).astype(int), _LEVELS - 1)
    spread = [differences[level == k].std(axis=0).mean() for k in range(_LEVELS) if (level == k).sum() >= 30]
    share = [(level == k).sum() for k in range(_LEVELS) if (level == k).sum() >= 30]
    return bool(spread) and float(np.average(spread, weights=share)) > _LEAST_SPREAD


def saturated_share(image: Float32[np.ndarray, "h w"], landmarks_px: Float32[np.ndarray, "478 2"]) -> tuple[float, str]:
    """Share 0-1 of the face's pixels at the picture's highest or lowest value, whichever is more, and which of the two."""
    height, width = image.shape
    low = np.clip(np.floor(landmarks_px[:_OVAL].min(axis=0)), 0, [width - 1, height - 1]).astype(int)
    high = np.clip(np.ceil(landmarks_px[:_OVAL].max(axis=0)), low + 1, [width, height]).astype(int)
    step = max(1, int(max(high - low) / 100))
    y, x = np.mgrid[low[1] : high[1] : step, low[0] : high[0] : step]
    try:
        sides = ConvexHull(landmarks_px[:_OVAL]).equations  # outward normal and offset of each
    except QhullError:  # all landmarks on one line
        return 0.0, "highest"
    places = np.stack([x.ravel(), y.ravel()], 1) + 0.5
    inside = (places @ sides[:, :2].T + sides[:, 2] <= 0).all(axis=1)
    values = image[y.ravel()[inside], x.ravel()[inside]]
    if not len(values) or image.max() == image.min():
        return 0.0, "highest"
    top, bottom = float((values == image.max()).mean()), float((values == image.min()).mean())
    return (top, "highest") if top >= bottom else (bottom, "lowest")
