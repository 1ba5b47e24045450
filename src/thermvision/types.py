"""The vocabulary: what a subject, a session, a motion, a frame and its labels are.

Conventions, for the whole package (tests/test_conventions.py holds them):

* pixels: centres at +0.5, x right, y down; `(h, w)` images, `xyxy` boxes in pixels.
* camera frame: x right, y down, z into the scene. The head frame has the same axes at rest, so a
  frontal head has `camera_from_head = identity`; the face of a frontal head points to -z.
* Euler angles are for display: `camera_from_head = Rz(roll) Ry(-yaw) Rx(-pitch)`. yaw > 0: the face
  turns to image right; pitch > 0: the face turns up; roll > 0: the head tilts clockwise on the screen.
* left and right are the subject's: the subject's left is image right.
* lengths in millimetres, temperatures in kelvin (`_k`) or degrees Celsius (`_c`), angles in degrees.

Shape letters: f frames, h w image size, v vertices, t triangles, n points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float, Float32, UInt16

Gender = Literal["female", "male"]
TemperatureSource = Literal["physics", "measured", "span", "assumed"]
LabelSource = Literal["geometry", "transferred", "detector", "annotated"]  # annotated: by people, in an imported set

ZERO_CELSIUS_K = 273.15

# A frame is a dict of named passes. Those that exist today:
#   temperature_k    Float32 (h, w)   apparent temperature, kelvin
#   face_mask        Bool    (h, w)   visible skin of the face, ears and neck excluded
Frame = dict[str, np.ndarray]


class InputError(ValueError):
    """What the user gave cannot be used: one sentence naming the field, its value, what was expected and the remedy."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A synthetic person: what stays the same over sessions."""

    id: str  # F001, M017
    gender: Gender
    index: int  # place in the data set, 0-based
    identity: dict[str, float]  # phenotype and shape axes of the head, by name
    glasses: str  # spectacles the person owns, empty for none


@dataclass(frozen=True, slots=True)
class Session:
    """One recording occasion of a subject: surroundings and the state of the skin."""

    id: str  # S01
    index: int
    room_temperature_c: float
    core_temperature_c: float
    region_temperature_k: dict[str, float]  # the state of the skin, true (not apparent) temperatures
    hair: str  # arrangement of the subject's hair; styles are names, empty where nothing is worn
    clothes: str
    glasses: str
    headwear: str
    face_mask: str
    background: str
    camera: str


@dataclass(frozen=True, slots=True)
class Portrait:
    """One thermal person ready to be moved: who, when, and the head in three dimensions."""

    subject: Subject
    session: Session
    head: Any  # thermvision.head.thermal_head.ThermalHead
    temperature_source: TemperatureSource
    dynamics: Any = None  # thermvision.physiology.dynamics.Dynamics of a clip; None: nothing changes in time
    body: Any = None  # thermvision.body.wear.DressedBody; None: a bust


@dataclass(frozen=True, slots=True)
class Motion:
    """What moves, frame by frame. Positions are absolute in the camera frame."""

    name: str
    kind: Literal["tracked", "program"]
    rate_hz: float
    sight_from_head: Float[
        np.ndarray, "f 3 3"
    ]  # as seen by a camera that looks straight at the head (motion.line_of_sight)
    head_position_mm: Float[np.ndarray, "f 3"]  # of the head's centre, camera frame; only differences are used
    arkit: Float32[np.ndarray, "f 52"]  # 0-1, order of motion.arkit.ARKIT_NAMES
    gaze_deg: Float32[np.ndarray, "f 2"]  # yaw, pitch of both eyes in the head frame, signs as above
    measured: Bool[np.ndarray, " f"]  # False where the face was lost and the gap is bridged
    expression: tuple[str, ...]  # one of motion.expressions.EXPRESSIONS per frame
    expression_intensity: Float32[np.ndarray, " f"]  # 0-1

    def __len__(self) -> int:
        return len(self.arkit)


@dataclass(frozen=True, slots=True)
class FrameLabels:
    """Everything known about one frame. Landmark sets are named `5`, `54`, `68`, `70`, `478`."""

    subject: str
    gender: Gender
    bbox_xyxy_px: Float32[np.ndarray, " 4"]
    visible_share: float  # of the face that is turned to the camera: in the frame and not hidden, 0-1
    landmarks_px: dict[str, Float32[np.ndarray, "n 2"]]
    landmarks_visible: dict[str, Bool[np.ndarray, " n"]]
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    arkit: Float32[np.ndarray, " 52"]
    gaze_deg: Float32[np.ndarray, " 2"]
    expression: str
    expression_intensity: float
    measured: bool
    region_temperature_k: dict[str, float]
    temperature_source: TemperatureSource
    label_source: LabelSource
    others: tuple[FrameLabels, ...] = ()  # further people in the frame


# What a CameraModel may hold: field -> lowest and highest value.
CAMERA_LIMITS: dict[str, tuple[float, float]] = {
    "width_px": (1, 16384), "height_px": (1, 16384), "horizontal_fov_deg": (0.1, 170.0), "netd_k": (0.0, 10.0),
    "fixed_pattern_k": (0.0, 10.0), "column_noise_k": (0.0, 10.0), "blur_sigma_px": (0.0, 50.0), "level_error_k": (0.0, 20.0),
    "emissivity_setting": (0.01, 1.0), "row_noise_k": (0.0, 10.0), "temporal_row_k": (0.0, 10.0),
    "temporal_column_k": (0.0, 10.0), "frame_bounce_k": (0.0, 10.0), "pattern_growth_k": (0.0, 10.0),
    "pattern_growth_power": (0.0, 2.0), "bowl_k": (0.0, 10.0), "drift_k_per_s": (0.0, 1.0), "shutter_interval_s": (1.0, 1e6),
    "shutter_freeze_s": (0.0, 60.0), "shutter_step_k": (0.0, 10.0), "time_constant_s": (0.0, 1.0), "rate_hz": (0.1, 1000.0),
    "dead_pixel_share": (0.0, 0.001),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CameraModel:
    """A thermal camera: geometry in pixels, imperfections in kelvin (standard deviations at 30 C) and pixels.

    The sigmas are the seven parts of the 3-D noise model (D'Agostino & Webb 1991). Values outside CAMERA_LIMITS, NaN
    included, raise InputError.
    """

    name: str
    width_px: int
    height_px: int
    horizontal_fov_deg: float
    netd_k: float  # sigma_tvh: one pixel, white and new in every frame
    fixed_pattern_k: float  # sigma_vh just after a shutter event: pixels
    column_noise_k: float  # sigma_h: columns, constant between shutter events
    blur_sigma_px: float  # Gaussian, optics and detector together
    level_error_k: float = 0.0  # of the absolute level, over clips
    emissivity_setting: float = 0.98  # what the camera assumes when it turns radiance into temperature: skin
    row_noise_k: float = 0.0  # sigma_v: rows, constant between shutter events
    temporal_row_k: float = 0.0  # sigma_tv: rows, new in every frame
    temporal_column_k: float = 0.0  # sigma_th: columns, new in every frame
    frame_bounce_k: float = 0.0  # sigma_t: the whole frame, new in every frame
    pattern_growth_k: float = 0.0  # what is added to sigma_vh within a minute after a shutter event
    pattern_growth_power: float = 0.5  # ... and as which power of time it grows
    bowl_k: float = 0.0  # vignetting and narcissus: middle against corner, new at each shutter event
    drift_k_per_s: float = 0.0  # largest drift of the level between shutter events
    shutter_interval_s: float | None = None  # None: no shutter event within a clip
    shutter_freeze_s: float = 0.5  # how long the image repeats at a shutter event
    shutter_step_k: float = 0.0  # of the level that a shutter event leaves
    time_constant_s: float = 0.0  # thermal time constant of the detector
    rate_hz: float = 30.0
    dead_pixel_share: float = 0.0  # replaced by neighbours
    band_um: tuple[float, float] = (7.5, 14.0)  # for the record: thermal.radiometry computes 7.5-14 um

    def __post_init__(self) -> None:
        for field, (low, high) in CAMERA_LIMITS.items():
            value = getattr(self, field)
            if value is None and field == "shutter_interval_s":
                continue
            if not low <= value <= high:  # also catches NaN
                raise InputError(
                    f"{field} of camera '{self.name}' is {value:g}; expected {low:g} to {high:g}: change it"
                )
        if not 0 < self.band_um[0] < self.band_um[1]:
            raise InputError(
                f"band_um of camera '{self.name}' is {self.band_um}; expected shorter, longer wavelength in um"
            )


CentikelvinImage = UInt16[np.ndarray, "h w"]
