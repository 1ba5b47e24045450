"""What a fit believes before it has seen the picture: the people that `identity.draw_identity` draws, and calm faces.

The negative logarithm of the prior is quadratic plus, for face units, linear (an exponential prior: most units are at
rest), inside a box. For a unit that cannot be negative the linear term is the lasso's (Tibshirani 1996).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from thermvision.head.fit_geometry import PHENOTYPES, FaceGeometry
from thermvision.head.identity import ANCESTRIES, ASYMMETRY, LIMIT_SD, ONE_SIDED, axis_sd
from thermvision.types import Gender

# Mean and standard deviation of 20,000 drawn people; of gender each side's, or of both together where it is not known.
GENDER = {"female": (0.14, 0.06), "male": (0.86, 0.06), None: (0.5, 0.37)}
AGE, WEIGHT, ANCESTRY = (0.27, 0.18), (0.5, 0.17), (1 / 3, 0.31)
AGE_LIMITS, WEIGHT_LIMITS = (0.0, 0.8), (0.1, 0.95)
SUM_SD = 0.005  # of the three ancestries about 1
RESTING_LIDS = 0.2  # how far lids are shut at rest; the same number as in `motion.placing`, which a test holds
UNIT_SCALE, UNIT_SD = 0.25, 1.0  # of the exponential and of the Gaussian part
EASED_AT = 0.2  # a unit that is known to be this strong pays half the exponential part
LEFT_RIGHT_SD = 0.2  # difference between a unit and its twin
GAZE_SD_DEG, GAZE_LIMIT_DEG = 12.0, 40.0
GAZE_AT_FULL_DEG, GAZE_LIDS_SD = 32.0, 0.1  # eyeLook units follow the gaze; the angle is `motion.programs`'
_ONE_WAY = ("jawLeft", "mouthLeft", "eyeLookIn", "eyeLookOut")  # to the left: what their twins do the other way
FOCAL_SD, FOCAL_LIMIT = 0.3, 0.9  # of the logarithm of a focal length that is not known, about the assumed one
PLACE_LIMIT_MM = (1e5, 1e5, 1e6)
NEAREST_MM = 250.0  # the head joint: the nose is still before the camera


@dataclass(frozen=True, slots=True)
class FitPrior:
    """Cost of `HeadState.values` x: (x - mean)' precision (x - mean) / 2 + slope' x, with low <= x <= high."""

    mean: Float[np.ndarray, " p"]
    precision: Float[np.ndarray, "p p"]
    slope: Float[np.ndarray, " p"]
    resting_slope: Float[np.ndarray, " p"]  # of units at rest; 0 for all else
    low: Float[np.ndarray, " p"]
    high: Float[np.ndarray, " p"]

    def cost(self, values: Float[np.ndarray, " p"]) -> float:
        """The cost of values inside the box."""
        apart = values - self.mean
        return float(0.5 * apart @ self.precision @ apart + self.slope @ values)

    def gradient(self, values: Float[np.ndarray, " p"]) -> Float[np.ndarray, " p"]:
        """Slope of the cost."""
        return self.precision @ (values - self.mean) + self.slope

    def eased(self, values: Float[np.ndarray, " p"]) -> FitPrior:
        """The prior for a next round of a fit that stands at `values`: units at work pay less for more, those at rest the same.

        Rounds of it minimise a logarithm, which does not weaken strong units as the lasso does (Candes et al. 2008).
        """
        strength = np.maximum(values - self.mean, 0)
        return dataclasses.replace(self, slope=self.resting_slope * EASED_AT / (EASED_AT + strength))


def make_prior(geometry: FaceGeometry, log_focal: float, *, focal_is_known: bool, gender: Gender | None) -> FitPrior:
    """The prior over people, faces and cameras. log_focal: of the given or the assumed focal length in px."""
    end = geometry.part("log_focal").stop
    mean, precision, slope = np.zeros(end), np.zeros((end, end)), np.zeros(end)
    low, high = np.full(end, -np.inf), np.full(end, np.inf)
    _people(geometry, gender, mean, precision, low, high)
    _faces(geometry, mean, precision, slope, low, high)
    place, focal = geometry.part("place"), geometry.part("log_focal").start
    low[place], high[place] = (-PLACE_LIMIT_MM[0], -PLACE_LIMIT_MM[1], NEAREST_MM), PLACE_LIMIT_MM
    mean[focal], precision[focal, focal] = log_focal, FOCAL_SD**-2.0
    limit = 0.0 if focal_is_known else FOCAL_LIMIT
    low[focal], high[focal] = log_focal - limit, log_focal + limit
    return FitPrior(mean, precision, slope, slope, low, high)


def _people(
    geometry: FaceGeometry, gender: Gender | None, mean: np.ndarray, precision: np.ndarray, low: np.ndarray, high: np.ndarray
) -> None:  # fmt: skip
    place = {name: index for index, name in enumerate(geometry.axis_names)}
    spread = {"gender": GENDER[gender], "age": AGE, "weight": WEIGHT, **dict.fromkeys(ANCESTRIES, ANCESTRY)}
    limits = {"age": AGE_LIMITS, "weight": WEIGHT_LIMITS}
    for name, (centre, sd) in spread.items():
        at = place[name]
        mean[at], precision[at, at] = centre, sd**-2.0
        low[at], high[at] = limits.get(name, (0.0, 1.0))
    sum_to_one = np.isin(geometry.axis_names, ANCESTRIES).astype(float)
    mine = slice(0, len(sum_to_one))
    precision[mine, mine] += np.outer(sum_to_one, sum_to_one) * SUM_SD**-2.0
    for name in geometry.axis_names[len(PHENOTYPES) :]:
        at, axis = place[name], name.removeprefix("l-").removeprefix("r-")
        sd = axis_sd(axis)
        reach = (LIMIT_SD + 2 * ASYMMETRY * (name != axis)) * sd
        low[at], high[at] = 0.0 if axis.startswith(ONE_SIDED) else -reach, reach
        if name == axis:
            precision[at, at] = sd**-2.0
        elif name.startswith("l-"):
            twin = np.array([at, place["r-" + axis]])
            covariance = sd**2 * (np.ones((2, 2)) + ASYMMETRY**2 * np.eye(2))
            precision[np.ix_(twin, twin)] = np.linalg.inv(covariance)


def _faces(
    geometry: FaceGeometry, mean: np.ndarray, precision: np.ndarray, slope: np.ndarray, low: np.ndarray, high: np.ndarray
) -> None:  # fmt: skip
    units, gaze = geometry.part("units"), geometry.part("gaze")
    place = {name: units.start + index for index, name in enumerate(geometry.unit_names)}
    low[units], high[units] = 0.0, 1.0
    precision[units, units] += np.eye(len(place)) * UNIT_SD**-2.0
    slope[units] = 1 / UNIT_SCALE
    for side in ("Left", "Right"):
        low[place[f"eyeBlink{side}"]] = mean[place[f"eyeBlink{side}"]] = RESTING_LIDS
    low[gaze], high[gaze] = -GAZE_LIMIT_DEG, GAZE_LIMIT_DEG
    precision[gaze, gaze] += np.eye(2) * GAZE_SD_DEG**-2.0

    def tie(terms: dict[int, float], sd: float) -> None:
        row = np.zeros(len(mean))
        row[list(terms)] = list(terms.values())
        precision[...] += np.outer(row, row) * sd**-2.0

    # The eyes' yaw is positive to image right, the subject's left.
    for plus, minus, angle in (
        ("OutLeft", "InLeft", 0), ("InRight", "OutRight", 0), ("UpLeft", "DownLeft", 1), ("UpRight", "DownRight", 1),
    ):  # fmt: skip
        terms = {place[f"eyeLook{plus}"]: 1.0, place[f"eyeLook{minus}"]: -1.0}
        tie({**terms, gaze.start + angle: -1 / GAZE_AT_FULL_DEG}, GAZE_LIDS_SD)
    for name in geometry.unit_names:
        twin_name = name.removesuffix("Left") + "Right"
        if name.endswith("Left") and not name.startswith(_ONE_WAY):
            tie({place[name]: 1.0, place[twin_name]: -1.0}, LEFT_RIGHT_SD)
