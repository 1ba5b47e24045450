"""A mouth that opens is warm inside: the networks, trained on visible light, draw it dark, which in kelvin is cold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from thermvision.physiology.region_table import COEFFICIENTS, MEASURED
from thermvision.retarget.liveportrait.resample import sample_at
from thermvision.retarget.liveportrait.told_labels import face_mask

_INNER_LIPS = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)
# An open mouth reads 0.83 K more than the inner corner of the eye (987 people at 24 C); teeth and tongue are below its
# warmest by about as much again. Nothing inside is taken to be colder than that.
_OVER_CANTHUS_K = float(COEFFICIENTS[MEASURED.index("mouth_open_max"), 0] - COEFFICIENTS[MEASURED.index("inner_canthus_max"), 0])  # fmt: skip
_TEETH_BELOW_K = 0.8
_OPENS_FROM, _OPEN_AT = 0.03, 0.10  # more than in the portrait, height over width of the inner lips
_EDGE_SHARE = 0.03  # of the mouth's width: how softly the lips end
_LIPS = (0, 37, 267, 17, 84, 314)  # on the red of the lips
_RIM_BELOW_K = 0.5  # a lip may be this much below the portrait's own


@dataclass(frozen=True, slots=True)
class OwnMouth:
    """What the portrait shows of its mouth and skin."""

    opening: float  # as `opening` says
    lips_k: float
    warmest_k: float  # of the face: its inner eye corners


def warmed_mouth(
    temperature_k: Float32[np.ndarray, "h w"],
    landmarks_px: Float[np.ndarray, "478 2"],
    own: OwnMouth,
) -> Float32[np.ndarray, "h w"]:
    """The frame with the inside of an opened mouth no colder than teeth are, and its rim no colder than lips.

    Warmer parts and everything else stay, and so does what the portrait shows of its own mouth.
    """
    share = np.clip((opening(landmarks_px) - own.opening - _OPENS_FROM) / (_OPEN_AT - _OPENS_FROM), 0, 1)
    if share == 0:
        return temperature_k
    lips = landmarks_px[list(_INNER_LIPS)]
    width_px = float(np.linalg.norm(lips[0] - lips[10]))
    low = np.maximum(np.floor(lips.min(axis=0) - width_px / 4), 0).astype(int)
    high = np.minimum(np.ceil(lips.max(axis=0) + width_px / 4), temperature_k.shape[::-1]).astype(int)
    if (high - low < 2).any():
        return temperature_k
    canvas = Image.new("1", (int(high[0] - low[0]), int(high[1] - low[1])))
    ImageDraw.Draw(canvas).polygon([(float(x), float(y)) for x, y in lips - low - 0.5], fill=1)
    edge_px = max(0.5, _EDGE_SHARE * width_px)
    inside = gaussian_filter(np.asarray(canvas, np.float32), edge_px)
    reach = np.clip(4 * gaussian_filter(np.asarray(canvas, np.float32), 2 * edge_px), 0, 1)  # over the rim as well
    rim_k, teeth_k = own.lips_k - _RIM_BELOW_K, own.warmest_k + _OVER_CANTHUS_K - _TEETH_BELOW_K
    floor_k = np.float32(rim_k) + inside * np.float32(max(teeth_k - rim_k, 0.0))
    warmed = temperature_k.copy()
    part = warmed[low[1] : high[1], low[0] : high[0]]
    part += np.float32(share) * reach * np.maximum(floor_k - part, 0)
    return warmed


def opening(landmarks_px: Float[np.ndarray, "478 2"]) -> float:
    """Height of the gap between the lips over its width."""
    up, down, right, left = (landmarks_px[point] for point in (13, 14, 78, 308))
    return float(np.linalg.norm(up - down) / max(float(np.linalg.norm(right - left)), 1e-6))


def own_mouth(temperature_k: Float32[np.ndarray, "h w"], landmarks_px: Float[np.ndarray, "478 2"]) -> OwnMouth:
    """Read from the portrait; the warmest is the 98th percentile of the face, without a hot pixel."""
    mask = face_mask(landmarks_px, *temperature_k.shape)
    skin_k = temperature_k[mask] if mask.any() else temperature_k
    lips_k = np.median(sample_at(temperature_k, landmarks_px[list(_LIPS)]))
    return OwnMouth(opening(landmarks_px), float(lips_k), float(np.quantile(skin_k, 0.98)))
