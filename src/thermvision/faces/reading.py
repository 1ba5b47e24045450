"""What the landmark network says of a face: read once in its box, then five times upright and about the middle, and averaged.

Where that moves the box, it is read again there: from a box that holds half of a face the network walks to the face. Where it is not
sure of the face it came to, it sets out from other boxes about the first: profiles under hair are found so, whose box was the whole head.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from thermvision.faces.boxes import overlap
from thermvision.faces.networks import SHIPPED, Networks, read_crops
from thermvision.faces.sampling import resampled, stretched

CROP_PX, ROOM = 128, 1.45  # side of a crop over the longer side of the face box
MESH = 468  # points of the face; behind them the irises'
SD_FACTOR = 1.0  # of what the network expects, so that it holds for people it never saw (tools/judge_faces.py)
# Turn in degrees, size, shift right and down as shares of half a side, of each of the crops that are averaged.
_FIRST = ((0.0, 1.0, 0.0, 0.0),)
_AGAIN = ((0.0, 1.0, 0.0, 0.0), (4.0, 0.95, 0.03, 0.0), (-4.0, 1.05, -0.03, 0.0), (3.0, 1.04, 0.0, 0.03), (-3.0, 0.96, 0.0, -0.03))  # fmt: skip
# Overlap of a face's box with the box it was read in, from which on it is not read again; readings at most.
SETTLED, MOST_STEPS = 0.85, 8
# Where it sets out from until it is that sure of a face: middle right and down of the box's middle in half sides, and size over the box's.
SURE = 0.97
STARTS = ((0.0, 0.0, 1.0), (0.0, 0.0, 0.6), (-1.0, 0.0, 0.7), (1.0, 0.0, 0.7), (0.0, -0.8, 0.7), (0.0, 0.0, 1.5))


@dataclass(frozen=True, slots=True)
class Reading:
    """One face, in pixels of the picture; shares are 0-1."""

    landmarks_px: Float[np.ndarray, "478 2"]
    sd_px: Float[np.ndarray, " 478"]
    visible: Float[np.ndarray, " 478"]  # not hidden; the picture's borders are not asked
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    face: float
    inverted: float
    visible_light: float


def read_face(
    picture: Float32[np.ndarray, "h w"],
    box_xyxy_px: Float[np.ndarray, " 4"],
    least_share: float,
    networks: Networks = SHIPPED,
    *,
    near: bool = False,
) -> Reading | None:
    """The face in a box; None where the network is less than `least_share` sure that there is one.

    near: the box may not fit; the surest face that is come to from it and from boxes about it.
    """
    middle, half = 0.5 * (box_xyxy_px[:2] + box_xyxy_px[2:]), 0.5 * (box_xyxy_px[2:] - box_xyxy_px[:2])
    best: Reading | None = None
    for right, down, size in STARTS if near else STARTS[:1]:
        there = middle + half * [right, down]
        found = _walked(picture, np.concatenate([there - size * half, there + size * half]), least_share, networks)
        if found is not None and (best is None or found.face > best.face):
            best = found
        if best is not None and best.face >= SURE:
            break
    if best is None:
        return None
    reading = _read(picture, _box_turned(best, best.roll_deg), best.roll_deg, _AGAIN, networks)
    return reading if reading.face >= least_share else None


def _walked(picture: np.ndarray, box: np.ndarray, least_share: float, networks: Networks) -> Reading | None:
    """What is read in a box, then in the box about that, until it stays; None where there is less of a face on the way."""
    turn_deg = 0.0
    for _ in range(MOST_STEPS):
        reading = _read(picture, box, turn_deg, _FIRST, networks)
        if reading.face < least_share:
            return None
        if overlap(box, _box_turned(reading, turn_deg)) >= SETTLED:
            break
        turn_deg = reading.roll_deg
        box = _box_turned(reading, turn_deg)
    return reading


def _box_turned(reading: Reading, turn_deg: float) -> Float[np.ndarray, " 4"]:
    """The box about the mesh, xyxy in a frame turned by `turn_deg`."""
    places = reading.landmarks_px[:MESH] @ rotation(turn_deg)
    return np.concatenate([places.min(axis=0), places.max(axis=0)])


def _read(
    picture: np.ndarray, box: np.ndarray, turn_deg: float, looks: tuple[tuple[float, ...], ...], networks: Networks
) -> Reading:
    """Mean of several looks at a box that lies in a frame turned by `turn_deg`."""
    side = 0.5 * ROOM * float(max(box[2] - box[0], box[3] - box[1], 1.0))
    middle = rotation(turn_deg) @ (0.5 * (box[:2] + box[2:]))
    middles, axes, crops = [], [], []
    for turn, size, right, down in looks:
        frame = rotation(turn_deg + turn) * (side * size)
        middles.append(middle + frame @ [right, down])
        axes.append(frame)
        crops.append(stretched(resampled(picture, middles[-1], frame, CROP_PX, CROP_PX)))
    landmarks, log_sd, seen, pose, kind = (
        part.astype(float) for part in read_crops(np.stack(crops)[:, None], networks)
    )
    places = np.einsum("nij,npj->npi", np.stack(axes), landmarks) + np.stack(middles)[:, None]
    leans = np.arctan2(pose[:, 2], pose[:, 3]) + np.radians([look[0] for look in looks])
    lean_deg = float(np.degrees(np.arctan2(np.sin(leans).mean(), np.cos(leans).mean())))
    face, inverted, visible_light = share(kind.mean(axis=0))
    yaw_deg, pitch_deg = np.clip(90 * pose[:, :2].mean(axis=0), -110, 110)
    return Reading(
        landmarks_px=places.mean(axis=0),
        sd_px=SD_FACTOR * side * np.exp(np.clip(log_sd.mean(axis=0), -6, 1)),
        visible=share(seen.mean(axis=0)),
        yaw_deg=float(yaw_deg),
        pitch_deg=float(pitch_deg),
        roll_deg=(turn_deg + lean_deg + 180) % 360 - 180,
        face=float(face),
        inverted=float(inverted),
        visible_light=float(visible_light),
    )


def rotation(degrees: float) -> Float[np.ndarray, "2 2"]:
    """Clockwise on the screen."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[cos, -sin], [sin, cos]])


def share(logit: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    """0 to 1."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -30, 30))))
