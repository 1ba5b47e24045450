"""What a fit found and how well, and the reasons for which it is refused."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from thermvision.head.projection import View
from thermvision.types import InputError

EYE_CORNERS = {68: (36, 45), 478: (33, 263)}  # outer corners of the right and the left eye, by the size of the set
NEAR_SHARE = 0.08  # of the inter-ocular distance: landmarks farther from the head than this are not used
LEAST_LANDMARKS = 20
LEAST_SIZE_PX, MOST_SIZE_PX = 16, 16384
LEAST_INTER_OCULAR_PX = 8.0
MOST_TURNED_DEG = 75.0
MOST_TURN_SD_DEG = 4.0
LEAST_USED_SHARE, MOST_ERROR_SHARE = 0.75, 0.045


@dataclass(frozen=True, slots=True)
class HeadFit:
    """A head that was fitted to one picture.

    `arkit` holds the coefficients that `pose.pose_vertices` takes, with lids at rest a fifth shut (`fit_prior.RESTING_LIDS`);
    `portraits.fitted` gives those of a `types.Motion`. The inter-ocular distance is that of the outer eye corners as seen from the front.
    """

    identity: dict[str, float]  # phenotype and shape axes, as `identity.draw_identity` names them
    arkit: Float32[np.ndarray, " 52"]  # 0-1, order of `model.unit_names`
    gaze_deg: Float[np.ndarray, " 2"]  # yaw, pitch in the head frame
    camera_from_head: Float[np.ndarray, "3 3"]
    head_position_mm: Float[np.ndarray, " 3"]  # of the head joint, camera frame
    view: View  # of the picture, with the focal length given or fitted
    landmarks_px: Float[np.ndarray, "n 2"]  # of the fitted head, hidden ones too
    residual_px: Float[np.ndarray, " n"]  # distance to the landmarks given; of those without a weight it means nothing
    inter_ocular_px: float
    landmark_error_share: float  # mean residual of the used landmarks over the inter-ocular distance
    used_share: float  # of the landmarks given, by weight: those nearer to the head than NEAR_SHARE
    turn_sd_deg: (
        float  # standard deviation of the rotation about its least certain axis, as landmarks and prior leave it
    )

    @property
    def focal_px(self) -> float:
        """Focal length, given or fitted."""
        return self.view.focal_px

    @property
    def turned_deg(self) -> float:
        """Angle between where the face looks and the way to the camera's plane, 0 from the front, 90 in profile."""
        return math.degrees(math.acos(float(np.clip(self.camera_from_head[2, 2], -1, 1))))


def check_given(landmarks_px: np.ndarray, weights: np.ndarray, view: View) -> None:
    """InputError for what no fit can start from: sizes, numbers that are not finite, too few landmarks, too small a face."""
    size = f"{view.width_px}x{view.height_px} px"
    sides = (view.width_px, view.height_px)
    if min(sides) < LEAST_SIZE_PX or max(sides) > MOST_SIZE_PX:
        raise InputError(
            f"the picture's size is {size}; expected {LEAST_SIZE_PX} to {MOST_SIZE_PX} px a side: give another picture"
        )
    if not 0.1 * view.width_px < view.focal_px < 1000.0 * view.width_px:  # also catches NaN
        raise InputError(
            f"focal_px is {view.focal_px:g} in a picture {view.width_px} px wide; expected 0.1 to 1000 widths: state the field of view"
        )
    if len(landmarks_px) not in EYE_CORNERS or landmarks_px.shape != (len(landmarks_px), 2):
        raise InputError(
            f"landmarks have the shape {landmarks_px.shape}; expected (68, 2) or (478, 2): use the 68 or the 478 point set"
        )
    if weights.shape != landmarks_px.shape[:1] or not ((weights >= 0) & (weights <= 1)).all():
        raise InputError(
            f"weights of the landmarks are not {len(landmarks_px)} numbers from 0 to 1; give one for each landmark, 0 for hidden"
        )
    seen = weights > 0
    if not np.isfinite(landmarks_px[seen]).all():
        raise InputError("landmarks hold numbers that are not finite (NaN); give such landmarks the weight 0")
    if weights.sum() < LEAST_LANDMARKS:
        raise InputError(
            f"landmarks with a weight add up to {weights.sum():.3g}; a fit needs {LEAST_LANDMARKS}: give a picture that shows more of the face"
        )
    extent = np.ptp(landmarks_px[seen], axis=0)
    if extent.max() < LEAST_INTER_OCULAR_PX:
        raise InputError(f"the landmarks span {extent.max():.1f} px; give a picture in which the face is larger")


def check_fit(fit: HeadFit) -> None:
    """InputError for a fit that must not be used: the pose out of reach or uncertain, or landmarks that are no face's."""
    if fit.inter_ocular_px < LEAST_INTER_OCULAR_PX:
        raise InputError(
            f"the eyes lie {fit.inter_ocular_px:.1f} px apart; expected {LEAST_INTER_OCULAR_PX:g} or more: give a larger face"
        )
    if fit.used_share < LEAST_USED_SHARE or fit.landmark_error_share > MOST_ERROR_SHARE:
        raise InputError(
            f"the landmarks are no one face's: {100 * fit.used_share:.0f} % of them fit a head, with an error of {100 * fit.landmark_error_share:.1f} % of the"
            f" inter-ocular distance (needed: {100 * LEAST_USED_SHARE:.0f} %, {100 * MOST_ERROR_SHARE:.1f} %); give a picture with one whole face, or correct them"
        )
    if fit.turned_deg > 90:
        raise InputError(
            "the landmarks show the face from behind, so their left and right, or up and down, must be exchanged; left is the subject's: mirror them"
        )
    if fit.turned_deg > MOST_TURNED_DEG:
        raise InputError(
            f"the face is turned away by {fit.turned_deg:.0f} degrees; up to {MOST_TURNED_DEG:.0f} can be fitted: give a picture taken more from the front"
        )
    if fit.turn_sd_deg > MOST_TURN_SD_DEG:
        raise InputError(
            f"the landmarks leave the head's rotation open by {fit.turn_sd_deg:.1f} degrees (at most {MOST_TURN_SD_DEG:g}); give landmarks all over the face"
        )
