"""How well a moved portrait does what it should, from landmarks and angles: landmarks, pose, expression, identity."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float
from scipy.spatial.transform import Rotation

from thermvision.motion.euler import rotation_from_euler_deg

# Of MediaPipe's 478, the subject's right first.
OUTER_CORNERS, MOUTH_CORNERS, INNER_LIPS = (33, 263), (61, 291), (13, 14)
_LIDS = {"right": (159, 145, 33, 133), "left": (386, 374, 263, 362)}  # upper, lower, outer corner, inner corner
_BROWS = {"right": (105, 33, 133), "left": (334, 263, 362)}  # middle of the brow, corners of the eye
# Surface points that hardly move with the face: forehead, temples, nose, corners of the eyes, cheekbones
STEADY = (10, 109, 338, 127, 356, 234, 454, 6, 197, 195, 5, 4, 1, 33, 133, 362, 263, 93, 323)
LEAST_CHANGE = 0.01  # of a measure over a clip (5 to 95 %): below it there is nothing to correlate
MEASURES = ("mouth_open", "mouth_width", "eye_right", "eye_left", "brow_right", "brow_left")


def landmark_errors_percent(
    found_px: Float[np.ndarray, "f 478 2"], true_px: Float[np.ndarray, "f 478 2"], seen: Bool[np.ndarray, "f 478"]
) -> Float[np.ndarray, " f"]:
    """Mean distance of the seen landmarks, % of the true inter-ocular distance as the frame shows it; NaN where none is seen."""
    apart = np.linalg.norm(found_px - true_px, axis=2)
    eyes = _between(true_px, *OUTER_CORNERS)
    count = seen.sum(axis=1)
    mean = np.where(seen, apart, 0.0).sum(axis=1) / np.where(count > 0, count, np.nan)
    return np.asarray(100 * mean / eyes)


def pose_errors_deg(
    found_deg: Float[np.ndarray, "f 3"], true_deg: Float[np.ndarray, "f 3"], *, change: bool = False
) -> Float[np.ndarray, " f"]:
    """Angle between two poses given as (yaw, pitch, roll), frame by frame.

    change: compare what the head does against its own first frame, for people who are held differently.
    """
    found, true = (Rotation.from_matrix(np.array([rotation_from_euler_deg(*one) for one in a])) for a in (found_deg, true_deg))  # fmt: skip
    if change:
        found, true = found[0].inv() * found, true[0].inv() * true
    return np.degrees((true.inv() * found).magnitude())


def expression_measures(points_px: Float[np.ndarray, "f 478 2"]) -> dict[str, Float[np.ndarray, " f"]]:
    """What lips, lids and brows do, by MEASURES, each over a length of the same face that it does not change.

    mouth_open: between the inner lips; mouth_width: between the corners, both over the nose's length and the eyes' distance
    together; eyes: between the lids over the eye's width; brows: from the brow to the eye's line over its width.
    """
    eyes, nose = _between(points_px, *OUTER_CORNERS), _between(points_px, 6, 1)
    face = np.sqrt(eyes * np.maximum(nose, 1e-6))
    told = {
        "mouth_open": _between(points_px, *INNER_LIPS) / face,
        "mouth_width": _between(points_px, *MOUTH_CORNERS) / face,
    }
    for side, (upper, lower, outer, inner) in _LIDS.items():
        told[f"eye_{side}"] = _between(points_px, upper, lower) / _between(points_px, outer, inner)
    for side, (brow, outer, inner) in _BROWS.items():
        across = points_px[:, inner] - points_px[:, outer]
        up = points_px[:, brow] - points_px[:, outer]
        height = np.abs(across[:, 0] * up[:, 1] - across[:, 1] * up[:, 0]) / np.linalg.norm(across, axis=1)
        told[f"brow_{side}"] = height / np.linalg.norm(across, axis=1)
    return told


def expression_correlations(
    found_px: Float[np.ndarray, "f 478 2"], true_px: Float[np.ndarray, "f 478 2"]
) -> dict[str, float]:
    """Correlation over time of each expression measure that changes in the true frames; the others are left out."""
    found, true = expression_measures(found_px), expression_measures(true_px)
    return {
        name: float(np.corrcoef(found[name], true[name])[0, 1]) if found[name].std() > 1e-9 else 0.0
        for name in MEASURES
        if np.ptp(np.percentile(true[name], [5, 95])) >= LEAST_CHANGE
    }


def shape_distance_percent(one_px: Float[np.ndarray, "478 2"], other_px: Float[np.ndarray, "478 2"]) -> float:
    """How unlike two faces are that are turned alike, % of the inter-ocular distance.

    Mean distance of the steady points after the best shift, turn and scale (Procrustes).
    """
    places = list(STEADY)
    scale = np.linalg.norm(other_px[OUTER_CORNERS[1]] - other_px[OUTER_CORNERS[0]])
    moved, kept = (points[places] - points[places].mean(axis=0) for points in (one_px, other_px))
    # In complex numbers the best turn and scale is one regression.
    a, b = moved[:, 0] + 1j * moved[:, 1], kept[:, 0] + 1j * kept[:, 1]
    factor = np.vdot(a, b) / np.vdot(a, a)
    return float(100 * np.abs(factor * a - b).mean() / scale)


def _between(points_px: Float[np.ndarray, "f 478 2"], first: int, second: int) -> Float[np.ndarray, " f"]:
    return np.asarray(np.linalg.norm(points_px[:, first] - points_px[:, second], axis=1))
