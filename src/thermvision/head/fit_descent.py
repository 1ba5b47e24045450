"""Levenberg-Marquardt inside a box, with a prior and a loss that wrong landmarks cannot bend.

Damped Gauss-Newton steps (Marquardt 1963) over the values that are free: those at a limit that the slope pushes outwards are
held (Bertsekas 1982). The loss of a landmark is Geman and McClure's, Barron's (2019) with alpha = -2: quadratic near zero,
flat far away. Its width narrows from stage to stage, so that what looks wrong early may still count later.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.spatial.transform import Rotation

from thermvision.head.fit_geometry import FaceGeometry, HeadState
from thermvision.head.fit_prior import FitPrior

FIRST_DAMPING, LEAST_DAMPING, MOST_DAMPING = 1e-3, 1e-7, 1e8
SMALL_GAIN = 1e-4  # of the cost: less than this in a step ends a stage


@dataclass(frozen=True, slots=True)
class Observed:
    """Landmarks of one picture, and where its optical axis meets it."""

    landmarks_px: Float[np.ndarray, "n 2"]
    weights: Float[np.ndarray, " n"]
    centre_px: Float[np.ndarray, " 2"]


@dataclass(frozen=True, slots=True)
class Loss:
    """sd_px: standard deviation of a good landmark in x and in y; kernel_px: at this distance a landmark counts a quarter."""

    sd_px: float
    kernel_px: float

    def weights(self, distance_px: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """What landmarks at a distance still count, 1 at zero."""
        return (1 + (distance_px / self.kernel_px) ** 2) ** -2.0

    def of(self, distance_px: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """The loss of landmarks at a distance: half its square in sds near zero, bounded far away."""
        return 0.5 * (distance_px / self.sd_px) ** 2 / (1 + (distance_px / self.kernel_px) ** 2)


@dataclass(frozen=True, slots=True)
class Descent:
    """Where a stage ended."""

    state: HeadState
    distance_px: Float[np.ndarray, " n"]  # of the landmarks given from those of the head
    determined: float  # how many values the landmarks, not the prior, determine
    turn_sd_deg: float  # standard deviation of the rotation about its least certain axis


def descend(
    geometry: FaceGeometry,
    observed: Observed,
    prior: FitPrior,
    state: HeadState,
    loss: Loss,
    *,
    pose_only: bool = False,
    steps: int = 25,
) -> Descent:
    """The state of least cost near `state`.

    pose_only: identity, face and focal length stay. At most `steps` steps are taken.
    """
    size = len(state.values)
    movable = np.ones(size + 3, bool)
    if pose_only:
        movable[:size] = False
        movable[geometry.part("place")] = True
    damping, at = FIRST_DAMPING, _linearised(geometry, observed, prior, state, loss)
    for _ in range(steps):
        at_low, at_high = state.values <= prior.low, state.values >= prior.high
        free = movable.copy()
        free[:size] &= ~(at_low & (at.gradient[:size] > 0)) & ~(at_high & (at.gradient[:size] < 0))
        here = at
        while damping < MOST_DAMPING:
            step = np.zeros(size + 3)
            step[free] = _damped_step(here.hessian[np.ix_(free, free)], here.gradient[free], damping)
            candidate = _moved(state, step, prior)
            # Most steps are taken, so that the slopes worked out with the cost are seldom in vain.
            tried = _linearised(geometry, observed, prior, candidate, loss)
            if tried.cost < here.cost:
                state, at, damping = candidate, tried, max(damping / 6, LEAST_DAMPING)
                break
            damping *= 8
        if here.cost - at.cost < SMALL_GAIN * (1 + abs(at.cost)):
            break
    return Descent(state, at.distance_px, *_certainty(at.hessian, prior, state))


@dataclass(frozen=True, slots=True)
class _Linear:
    """At one state: the cost, its slope and its curvature (Gauss-Newton's) in `values` and a small turn."""

    cost: float
    gradient: Float[np.ndarray, " q"]
    hessian: Float[np.ndarray, "q q"]
    distance_px: Float[np.ndarray, " n"]


def _linearised(geometry: FaceGeometry, observed: Observed, prior: FitPrior, state: HeadState, loss: Loss) -> _Linear:
    placed, slopes = geometry.picture_px(state, observed.centre_px)
    apart = placed - observed.landmarks_px
    distance = np.linalg.norm(apart, axis=1)
    root = np.sqrt(observed.weights * loss.weights(distance))[:, None] / loss.sd_px
    rows = (root[:, :, None] * slopes).reshape(-1, slopes.shape[2])
    size = len(state.values)
    hessian, gradient = rows.T @ rows, rows.T @ (root * apart).ravel()
    hessian[:size, :size] += prior.precision
    gradient[:size] += prior.gradient(state.values)
    cost = float(observed.weights @ loss.of(distance)) + prior.cost(state.values)
    return _Linear(cost, gradient, hessian, distance)


def _damped_step(hessian: np.ndarray, gradient: np.ndarray, damping: float) -> np.ndarray:
    damped = hessian + np.diag(damping * np.diag(hessian))
    try:
        return -cho_solve(cho_factor(damped), gradient)
    except LinAlgError:  # numerically singular: a short step downhill, which the caller lengthens or refuses
        return -gradient / np.diag(damped)


def _moved(state: HeadState, step: np.ndarray, prior: FitPrior) -> HeadState:
    values = np.clip(state.values + step[:-3], prior.low, prior.high)
    return HeadState(values, Rotation.from_rotvec(step[-3:]).as_matrix() @ state.camera_from_head)


def _certainty(hessian: np.ndarray, prior: FitPrior, state: HeadState) -> tuple[float, float]:
    """Values determined by the data among the free ones, n - tr(H^-1 P) (MacKay 1992), and the rotation's deviation (Laplace)."""
    size = len(state.values)
    free = np.append((state.values > prior.low) & (state.values < prior.high), np.ones(3, bool))
    believed = np.zeros_like(hessian)
    believed[:size, :size] = prior.precision
    inverse = np.linalg.pinv(hessian[np.ix_(free, free)], hermitian=True)
    determined = float(free.sum() - (inverse * believed[np.ix_(free, free)]).sum())
    return determined, float(np.degrees(np.sqrt(max(np.linalg.eigvalsh(inverse[-3:, -3:])[-1], 0.0))))
