"""Labels of the driven frames: pose from the keypoints, expression and gaze from the driver, places carried by the field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32
from PIL import Image, ImageDraw

from thermvision.faces.landmark_sets import sets_of
from thermvision.faces.region_readings import read_regions
from thermvision.head.landmarks import face_box_xyxy_px
from thermvision.head.visible_share import FACE_OVAL
from thermvision.motion.arkit import ARKIT_NAMES
from thermvision.motion.euler import euler_deg
from thermvision.motion.expressions import recognise
from thermvision.motion.neutral import relative_to_neutral
from thermvision.retarget.liveportrait.driver import Driver
from thermvision.retarget.liveportrait.keypoints import HeadState, head_rotation
from thermvision.retarget.liveportrait.options import LivePortraitOptions
from thermvision.types import FrameLabels, Gender, TemperatureSource

_OF_LIPS, _OF_EYES = ("mouth", "jaw", "tongue", "cheekPuff"), ("eye",)
FACE_POINTS = 468  # without the irises


@dataclass(frozen=True, slots=True)
class Person:
    """What a portrait's owner knows of it."""

    subject: str
    gender: Gender
    temperature_source: TemperatureSource


@dataclass(frozen=True, slots=True)
class ToldMotion:
    """What the labels say of the motion, frame by frame."""

    rotation: Float[np.ndarray, "f 3 3"]  # camera_from_head
    arkit: Float32[np.ndarray, "f 52"]
    gaze_deg: Float32[np.ndarray, "f 2"]
    expression: tuple[str, ...]
    expression_intensity: Float32[np.ndarray, " f"]
    measured: Bool[np.ndarray, " f"]


def told_motion(
    source: HeadState,
    state: HeadState,
    keypoints: Float[np.ndarray, "f 21 3"],
    driver: Driver,
    options: LivePortraitOptions,
) -> ToldMotion:
    """Pose of the final keypoints; coefficients and gaze of the driver as far as the region takes them, times the multiplier.

    Relative motion tells the driver's change: what the portrait's own face does besides is not known. The pose is that of the
    published network, whose zero lies up to 2.5 degrees off an anatomical one, per person.
    """
    share = options.multiplier
    expression = source.expression + share * (state.expression - source.expression)
    scale = source.scale + share * (state.scale - source.scale)
    rotation = head_rotation(keypoints, state.canonical, expression, scale)
    told = relative_to_neutral(driver.told) if options.motion == "relative" else driver.told
    kept = {
        "all": ("",), "expression": ("",), "pose": (), "lips": _OF_LIPS, "eyes": _OF_EYES,
    }[options.region]  # fmt: skip
    taken = np.array([bool(kept) and name.startswith(tuple(kept)) for name in ARKIT_NAMES])
    arkit = np.clip(told.arkit * taken * share, 0, 1).astype(np.float32)
    gaze = told.gaze_deg * (share if options.region in ("all", "expression", "eyes") else 0)
    names, intensity = told.expression, told.expression_intensity
    if share != 1 or not taken.all():
        names, intensity = recognise(arkit)
    return ToldMotion(rotation, arkit, gaze.astype(np.float32), names, intensity, told.measured)


def frame_labels(
    person: Person,
    told: ToldMotion,
    index: int,
    temperature_k: Float32[np.ndarray, "h w"],
    landmarks_px: Float[np.ndarray, "478 2"],
    facing: Bool[np.ndarray, " 478"],
) -> FrameLabels:
    """Everything known about frame `index`; region temperatures are read in its picture."""
    height, width = temperature_k.shape
    inside = np.asarray(((landmarks_px >= 0) & (landmarks_px < [width, height])).all(axis=1))
    seen = facing & inside
    yaw, pitch, roll = euler_deg(told.rotation[index])
    towards = facing[:FACE_POINTS]
    return FrameLabels(
        subject=person.subject,
        gender=person.gender,
        bbox_xyxy_px=face_box_xyxy_px(landmarks_px.astype(np.float32), width, height),
        visible_share=float(inside[:FACE_POINTS][towards].mean()) if towards.any() else 0.0,
        landmarks_px=sets_of(landmarks_px),
        landmarks_visible={name: values > 0.99 for name, values in sets_of(seen.astype(np.float64)).items()},
        yaw_deg=float(yaw),
        pitch_deg=float(pitch),
        roll_deg=float(roll),
        arkit=told.arkit[index],
        gaze_deg=told.gaze_deg[index],
        expression=told.expression[index],
        expression_intensity=float(told.expression_intensity[index]),
        measured=bool(told.measured[index]),
        region_temperature_k=read_regions(temperature_k, landmarks_px, seen),
        temperature_source=person.temperature_source,
        label_source="transferred",
    )


def face_mask(landmarks_px: Float[np.ndarray, "478 2"], height: int, width: int) -> Bool[np.ndarray, "h w"]:
    """The face oval (forehead to chin) as pixels; hair and glasses over it are not known and count as face."""
    canvas = Image.new("1", (width, height))
    outline = [(float(x) - 0.5, float(y) - 0.5) for x, y in landmarks_px[list(FACE_OVAL)]]
    ImageDraw.Draw(canvas).polygon(outline, fill=1)
    return np.asarray(canvas, bool)
