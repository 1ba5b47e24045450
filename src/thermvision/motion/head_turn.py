"""Head rotation from a face's tracked points, freed of what the expression does to them.

MediaPipe fits a rigid mask: a smile or an open mouth lengthens the face and comes out as one to two degrees of pitch, and
its assumed lens adds a third of the turn of the line of sight. Here the points of each frame are compared with the person's
own resting face, moved by the frame's coefficients and, within a prior, by any other mix of face units.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from thermvision.motion.arkit import ARKIT_INDEX, ARKIT_NAMES

ASSET = "motion/face_shape.npz"
NUM_POINTS = 468
# Prior of each unit beyond the coefficient that the tracker gave: little, but for the jaw, whose opening trackers
# under-report and which lengthens the face as a nod does.
UNIT_SD, JAW_SD = 0.03, 0.2
POINT_SD_MM = 1.0  # of a tracked point against the moved face, across the line of sight
DEPTH_SD_MM = 3.0  # along it: a tracker guesses depth
# Nose, mouth and the middle of the brow move most with an expression, and a nose that juts out by a millimetre more than the
# average looks like a nod: they count a tenth.
_MIDLINE_MM, _MIDLINE_SD = 25.0, 10.0
_REST_PERCENT = 8.0
_CALM_SHARE = 0.2  # of the frames, the calmest, make the person's resting face
_SHAPE_ROUNDS, _STEPS = 3, 6  # further rounds change under 0.01 degrees
_MOUTH_AND_BROWS = [i for i, name in enumerate(ARKIT_NAMES) if name.startswith(("mouth", "jaw", "brow"))]


@lru_cache(maxsize=1)
def _face() -> tuple[np.ndarray, np.ndarray]:
    """Points (468, 3) of the average face about their centre, mm, and displacements (52, 468, 3) by coefficient.

    The displacements are those of MediaPipe's own points with MediaPipe's own coefficients, learned from rendered people
    whose pose is known (tools/bake_face_shape.py): what it does with a smile differs from what a smile does.
    """
    path = resources.files("thermvision") / "assets" / ASSET
    with resources.as_file(path) as file, np.load(file, allow_pickle=False) as stored:
        points = stored["points_mm"].astype(np.float64)
        units = np.zeros((len(ARKIT_NAMES), *points.shape))
        units[[ARKIT_INDEX[str(name)] for name in stored["unit_names"]]] = stored["unit_mm"]
    return points - points.mean(axis=0), units


def head_turns(points_px: Float[np.ndarray, "f 468 3"], arkit: Float[np.ndarray, "f 52"]) -> Float[np.ndarray, "f 3 3"]:
    """Rotation of the head against the line of sight in each frame, from points (x right, y down, z away, one scale).

    Generalised least squares by Gauss-Newton: rotation, translation and scale of every frame, residuals weighted by the
    covariance that units of `UNIT_SD` and the points' own noise imply.
    """
    shape, units = _face()
    spread_mm = np.sqrt((shape**2).sum())
    observed = points_px - points_px.mean(axis=1, keepdims=True)
    observed = observed * (spread_mm / np.sqrt((observed**2).sum(axis=(1, 2), keepdims=True)))
    above_rest = np.clip(arkit - np.percentile(arkit, _REST_PERCENT, axis=0), 0, 1)
    calm = np.argsort(above_rest[:, _MOUTH_AND_BROWS].sum(axis=1), kind="stable")[
        : max(1, int(_CALM_SHARE * len(arkit)))
    ]
    moved = np.einsum("fk,knj->fnj", above_rest, units)
    sd_mm = np.where(abs(shape[:, :1]) > _MIDLINE_MM, 1.0, _MIDLINE_SD) * [POINT_SD_MM, POINT_SD_MM, DEPTH_SD_MM]
    weigh = _whitener(units.reshape(len(units), -1), sd_mm.ravel())
    turns = _kabsch(observed, shape + moved)
    for _ in range(_SHAPE_ROUNDS):
        turns, upright = _fit(observed, shape, moved, turns, weigh)
        shape = (upright - moved)[calm].mean(axis=0)
    return turns


def _whitener(units: np.ndarray, sd_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Factors of the inverse covariance (Woodbury): it is diag(precision) - right @ left."""
    precision = sd_mm**-2.0
    right = (units * precision).T
    prior_sd = np.array([JAW_SD if name.startswith("jaw") else UNIT_SD for name in ARKIT_NAMES])
    inner = units @ right + np.diag(prior_sd**-2.0)
    return precision, right, np.linalg.solve(inner, right.T)


def _fit(
    observed: np.ndarray,
    shape: np.ndarray,
    moved: np.ndarray,
    turns: np.ndarray,
    weigh: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Rotations that bring the moved shape to the observed points, and the points turned back into the head's axes."""
    precision, right, left = weigh
    zero = np.zeros(len(shape))
    x, y, z = shape.T
    cross = np.stack([np.stack([zero, z, -y]), np.stack([-z, zero, x]), np.stack([y, -x, zero])])  # d(turned)/d(angle)
    columns = np.concatenate(
        [
            cross.transpose(2, 0, 1).reshape(-1, 3),
            np.tile(np.eye(3), (len(shape), 1)),
            shape.reshape(-1, 1),
        ],
        axis=1,
    )
    weighted = columns.T * precision - (columns.T @ right) @ left
    normal = weighted @ columns
    scale, shift = np.ones(len(observed)), np.zeros((len(observed), 3))
    for _ in range(_STEPS):
        upright = np.einsum("fij,fni->fnj", turns, observed) * scale[:, None, None] + shift[:, None]
        residual = (shape + moved - upright).reshape(len(observed), -1)
        step = np.linalg.solve(normal, weighted @ residual.T).T
        back = Rotation.from_rotvec(step[:, :3]).as_matrix()
        turns = turns @ np.swapaxes(back, -1, -2)
        shift = np.einsum("fij,fj->fi", back, shift) + step[:, 3:6]
        scale = scale * (1 + step[:, 6])
    return turns, np.einsum("fij,fni->fnj", turns, observed) * scale[:, None, None] + shift[:, None]


def _kabsch(observed: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """The rotations that bring each reference (f, n, 3) nearest to the observed points (Kabsch 1976)."""
    left, _, right = np.linalg.svd(np.einsum("fni,fnj->fij", observed, reference))
    left[:, :, 2] *= np.linalg.det(left @ right)[:, None]
    return np.asarray(left @ right)
