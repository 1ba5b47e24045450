"""From landmarks on one picture to the head behind them: who it is, what the face does, how it is held, through which lens.

Analysis by synthesis with a 3-D morphable model (Blanz and Vetter 1999), on landmarks alone: the most probable identity,
face units, gaze, pose and focal length given where the landmarks lie and which people and faces there are (`fit_prior`).
How exact the landmarks are is found on the way, from what no head explains.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from thermvision.head.fit_descent import Descent, Loss, Observed, descend
from thermvision.head.fit_geometry import FaceGeometry, HeadState, face_geometry
from thermvision.head.fit_prior import NEAREST_MM, make_prior
from thermvision.head.fit_report import EYE_CORNERS, NEAR_SHARE, HeadFit, check_fit, check_given
from thermvision.head.fit_start import starting_pose
from thermvision.head.identity import ANCESTRIES
from thermvision.head.projection import View
from thermvision.types import Gender

# Standard deviation of a landmark and reach of its loss, as shares of the inter-ocular distance: for the pose alone, then
# for everything. Wide at first: shut lids are a tenth away from open ones, and must not count as wrong landmarks.
FIRST_LOSSES = ((0.06, 0.3), (0.02, 0.3))
SD_LIMITS, LEAST_REACH, REACH_SDS = (0.003, 0.04), 0.05, 4.0
MOST_SD = 0.1  # that can be said of given landmarks
ROUNDS = 3  # of finding how exact the landmarks are, and which units are at work
_MEDIAN_OF_RAYLEIGH = 1.1774  # distance over standard deviation in x and y (Rayleigh's distribution)


def fit_head(
    landmarks_px: Float[np.ndarray, "n 2"],
    weights: Float[np.ndarray, " n"],
    view: View,
    *,
    focal_is_known: bool = True,
    gender: Gender | None = None,
    least_sd_share: float = SD_LIMITS[0],
) -> HeadFit:
    """The head that explains the landmarks of one picture best, by robust least squares with a prior; the same input gives the same fit.

    landmarks_px: the 68 or the 478 points, pixel centres at +0.5. weights: 0 to 1, 0 for hidden or unknown ones, whose
    places are not looked at. view: the picture's size and its focal length; `View.from_fov` makes it from a field of view.
    focal_is_known: False to fit the focal length too, within a factor of 2.5 of the view's. gender: of the person, if it is
    known. least_sd_share: how exact the landmarks are at best, of the inter-ocular distance, 0.003 to 0.1. A network's go
    wrong together, as another face would have them; a head explains that, so what it leaves over does not tell. InputError says why a fit is refused: see `fit_report.check_given` and `check_fit`.
    """
    check_given(landmarks_px, weights, view)
    least_sd = float(np.clip(least_sd_share, SD_LIMITS[0], MOST_SD))
    geometry = face_geometry(str(len(landmarks_px)))
    centre_px = np.array([0.5 * view.width_px, 0.5 * view.height_px])
    places = np.where(weights[:, None] > 0, landmarks_px, centre_px)
    observed = Observed(places.astype(np.float64), weights.astype(np.float64), centre_px)
    prior = make_prior(geometry, math.log(view.focal_px), focal_is_known=focal_is_known, gender=gender)
    state = _start(geometry, observed, np.clip(prior.mean, prior.low, prior.high), view.focal_px)
    for pose_only, (sd, reach) in zip((True, False), FIRST_LOSSES, strict=True):
        eyes_px = _inter_ocular_px(geometry, state)
        found = descend(geometry, observed, prior, state, Loss(sd * eyes_px, reach * eyes_px), pose_only=pose_only)
        state = found.state
    for _ in range(ROUNDS):
        eyes_px = _inter_ocular_px(geometry, found.state)
        prior = prior.eased(found.state.values)
        found = descend(geometry, observed, prior, found.state, _loss(found, observed.weights, eyes_px, least_sd))
    fit = _report(geometry, observed, found, view)
    check_fit(fit)
    return fit


def _start(geometry: FaceGeometry, observed: Observed, values: np.ndarray, focal_px: float) -> HeadState:
    average = geometry.neutral_mm(values[geometry.part("identity")])[0][: geometry.num_points]
    turn, place = starting_pose(average, observed.landmarks_px, observed.weights, observed.centre_px, focal_px)
    values[geometry.part("place")] = place * max(1.0, NEAREST_MM / place[2])
    return HeadState(values, turn)


def _inter_ocular_px(geometry: FaceGeometry, state: HeadState) -> float:
    """Distance of the outer eye corners as it would be seen from the front."""
    right, left = geometry.camera_mm(state)[0][list(EYE_CORNERS[geometry.num_points])]
    focal_px = math.exp(state.values[geometry.part("log_focal")][0])
    return float(focal_px * np.linalg.norm(left - right) / (0.5 * (left[2] + right[2])))


def _loss(found: Descent, weights: np.ndarray, eyes_px: float, least_sd: float) -> Loss:
    """How exact the landmarks are: their median distance, enlarged by what as many fitted values take away."""
    numbers = 2 * weights.sum()
    order = np.argsort(found.distance_px, kind="stable")
    middle = found.distance_px[order[np.searchsorted(np.cumsum(weights[order]), 0.25 * numbers)]]
    enlarged = math.sqrt(numbers / max(numbers - found.determined, 0.2 * numbers))
    sd = max(least_sd, float(np.clip(enlarged * middle / _MEDIAN_OF_RAYLEIGH / eyes_px, *SD_LIMITS)))
    return Loss(sd * eyes_px, max(REACH_SDS * sd, LEAST_REACH) * eyes_px)


def _report(geometry: FaceGeometry, observed: Observed, found: Descent, view: View) -> HeadFit:
    values = found.state.values.copy()
    ancestry = [geometry.axis_names.index(name) for name in ANCESTRIES]
    values[ancestry] /= values[ancestry].sum()
    state = HeadState(values, found.state.camera_from_head)
    placed = geometry.picture_px(state, observed.centre_px)[0]
    distance, eyes_px = np.linalg.norm(placed - observed.landmarks_px, axis=1), _inter_ocular_px(geometry, state)
    near = observed.weights * (distance < NEAR_SHARE * eyes_px)
    identity = values[geometry.part("identity")]
    return HeadFit(
        identity=dict(zip(geometry.axis_names, identity.tolist(), strict=True)),
        arkit=values[geometry.part("units")].astype(np.float32),
        gaze_deg=values[geometry.part("gaze")],
        camera_from_head=state.camera_from_head,
        head_position_mm=values[geometry.part("place")],
        view=View(view.width_px, view.height_px, math.exp(values[geometry.part("log_focal")][0])),
        landmarks_px=placed,
        residual_px=distance,
        inter_ocular_px=eyes_px,
        landmark_error_share=float(near @ distance / max(near.sum(), 1e-9) / eyes_px),
        used_share=float(near.sum() / observed.weights.sum()),
        turn_sd_deg=found.turn_sd_deg,
    )
