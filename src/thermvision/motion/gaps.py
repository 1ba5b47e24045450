"""Frames where the face was lost: short gaps are bridged, long ones refused."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float
from scipy.interpolate import PchipInterpolator
from scipy.spatial.transform import Rotation, Slerp

from thermvision.types import InputError

LONGEST_GAP_S = 2.0


def check_gaps(measured: Bool[np.ndarray, " f"], rate_hz: float, source: str) -> None:
    """Refuse a track with too few faces or with a gap longer than `LONGEST_GAP_S`; the message names the times."""
    if not measured.any():
        raise InputError(
            f"{source}: no face was found in any of {len(measured)} frames; use a video of one face, at least 100 pixels high"
        )
    for start, stop in gaps(measured):
        if (stop - start) / rate_hz > LONGEST_GAP_S:
            raise InputError(
                f"{source}: the face is lost for {(stop - start) / rate_hz:.1f} s, from {start / rate_hz:.1f} s to {stop / rate_hz:.1f} s"
                f" (at most {LONGEST_GAP_S:g} s can be bridged); cut the video there and use the parts"
            )
    if measured.mean() < 0.5:
        raise InputError(
            f"{source}: a face was found in only {100 * measured.mean():.0f} % of {len(measured)} frames (at least 50 %); use a clearer video"
        )


def gaps(measured: Bool[np.ndarray, " f"]) -> list[tuple[int, int]]:
    """Runs of lost frames as (first, one past the last)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[1], measured.astype(int), [1]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def bridge_rotations(
    rotations: Float[np.ndarray, "f 3 3"], measured: Bool[np.ndarray, " f"]
) -> Float[np.ndarray, "f 3 3"]:
    """Rotations with the lost frames filled by spherical interpolation; the ends hold their nearest value."""
    known = np.flatnonzero(measured)
    if len(known) == 1:
        return np.repeat(rotations[known], len(rotations), axis=0)
    slerp = Slerp(known, Rotation.from_matrix(rotations[known]))
    filled = slerp(np.clip(np.arange(len(rotations)), known[0], known[-1])).as_matrix()
    return np.where(measured[:, None, None], rotations, filled)


def bridge_values(values: Float[np.ndarray, "f n"], measured: Bool[np.ndarray, " f"]) -> Float[np.ndarray, "f n"]:
    """Values with the lost frames filled without overshoot; the ends hold their nearest value."""
    known = np.flatnonzero(measured)
    if len(known) == 1:
        return np.repeat(values[known], len(values), axis=0)
    filled = PchipInterpolator(known, values[known], axis=0)(np.clip(np.arange(len(values)), known[0], known[-1]))
    return np.where(measured[:, None], values, filled)
