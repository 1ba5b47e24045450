"""What of a picture is left when the face is taken out, as a small vector: may it tell who it is?"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32
from scipy import ndimage

from thermvision.quality.measure import LabelledFrame

FEATURE_PX = 24


def masked_feature(frame: LabelledFrame) -> Float32[np.ndarray, " k"] | None:
    """What surrounds the face, 24 x 24 readings in K over 2.4 box heights centred on the box, the face and ears blanked.

    What is blanked has the same shape for everybody, so that its outline does not tell a wide face from a narrow one.
    Readings are relative to their median, so that the room's temperature, which a session shares, says nothing.
    """
    left, top, right, bottom = (float(v) for v in frame.bbox_xyxy_px)
    height = bottom - top
    if height < 20 or not frame.frontal(20.0):
        return None
    x, y = (left + right) / 2, (top + bottom) / 2
    grid = (np.arange(FEATURE_PX) + 0.5) / FEATURE_PX - 0.5
    rows, columns = y + grid * 2.4 * height, x + grid * 2.4 * height
    step = max(round(2.4 * height / FEATURE_PX), 1)
    smooth = ndimage.uniform_filter(frame.temperature_k[::2, ::2], max(step // 2, 1))
    r = np.clip(rows / 2, 0, smooth.shape[0] - 1).astype(int)
    c = np.clip(columns / 2, 0, smooth.shape[1] - 1).astype(int)
    seen = smooth[np.ix_(r, c)].astype(np.float32)
    across = np.abs(columns - x) < 0.5 * height
    inside = ((rows > top - 0.1 * height) & (rows < bottom + 0.05 * height))[:, None] & across[None]
    seen -= np.median(seen[~inside])
    seen[inside] = 0.0
    return seen.ravel()


def corner_feature(frame: LabelledFrame) -> Float32[np.ndarray, " k"] | None:
    """The two upper corners (12 % of the width, 35 % of the height each) as 2 x 8 x 16 readings in K relative to their median.

    None where a corner may hold more than background. The corners are fixed in the picture, so that their outline tells nothing.
    """
    height, width = frame.temperature_k.shape
    rows, columns = round(0.35 * height), round(0.12 * width)
    left, top, right, bottom = (float(v) for v in frame.bbox_xyxy_px)
    reach, shoulders = 0.35 * (right - left), top + 0.7 * (bottom - top)
    if left - reach < columns or right + reach > width - columns or shoulders < rows:
        return None
    y, x = (np.arange(16) * rows) // 16, (np.arange(8) * columns) // 8
    smooth = ndimage.uniform_filter(frame.temperature_k[:rows], max(rows // 16, 1))
    seen = np.concatenate([smooth[np.ix_(y, x)], smooth[np.ix_(y, width - columns + x)]]).astype(np.float32)
    return (seen - np.median(seen)).ravel()
