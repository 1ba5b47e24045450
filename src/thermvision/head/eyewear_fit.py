"""Where glasses sit on a face: measured from the person's own landmarks and surface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from thermvision.head.envelope import SurfaceMap, height_map
from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.model import HeadModel

PANTOSCOPIC_TILT_DEG = 8.0
FACE_FORM_DEG = 5.0  # each lens turns outwards: the front wraps a little around the face
LENS_SPHERE_MM = 130.0
_SIDES = ("left", "right")
_CORNEA_TO_LENS_MM = (12.0, 13.5)  # where the lens starts, and how far it may go forward before it slides down instead


@dataclass(frozen=True, slots=True)
class FaceForGlasses:
    """Measures of one face; left and right are averaged, since frames are straight where faces are not."""

    middle_x_mm: float
    pupil_x_mm: float  # half the distance of the pupils
    pupil_y_mm: float
    cornea_z_mm: float
    ear_root_mm: Float[np.ndarray, "2 3"]  # left, right: where an arm rests, at the top of the ear's root
    front: SurfaceMap  # height towards the camera, -z
    sides: tuple[SurfaceMap, SurfaceMap]  # left, right: height along +x and -x, without ears


def measure_face(model: HeadModel, neutral_mm: Float32[np.ndarray, "v 3"]) -> FaceForGlasses:
    """Measures of the neutral face, mm, in its head frame."""
    points = neutral_mm.astype(float)
    pupils = landmark_positions_mm(model, neutral_mm, "478")[[473, 468]].astype(float)
    eyes = [np.unique(model.triangles[model.triangle_part == model.part_names.index(f"eye_{s}")]) for s in _SIDES]
    skin = model.triangles[model.triangle_part == 0]
    ears = [model.vertex_masks[f"ear_{side}"] > 0.5 for side in _SIDES]
    bald = skin[~(ears[0] | ears[1])[skin].any(axis=1)]
    sides = (
        height_map(points, bald, np.array([1.0, 0.0, 0.0])),
        height_map(points, bald, np.array([-1.0, 0.0, 0.0])),
    )
    return FaceForGlasses(
        middle_x_mm=float(pupils[:, 0].mean()),
        pupil_x_mm=float(np.ptp(pupils[:, 0]) / 2),
        pupil_y_mm=float(pupils[:, 1].mean()),
        cornea_z_mm=float(np.mean([points[eye, 2].min() for eye in eyes])),
        ear_root_mm=np.stack([_ear_root(points, skin, *pair) for pair in zip(ears, sides, strict=True)]),
        front=height_map(points, bald, np.array([0.0, 0.0, -1.0])),
        sides=sides,
    )


def _ear_root(points: np.ndarray, skin: np.ndarray, ear: np.ndarray, side: SurfaceMap) -> np.ndarray:
    """Where the ear's upper edge meets the skull: inwards of the highest vertices that stand off it."""
    outer = points[np.unique(skin[ear[skin].all(axis=1)])]
    local = outer @ side.frame.T
    stands_off = outer[local[:, 2] - side.at(local[:, :2], blur=3.0) > 5.0]
    top = stands_off[stands_off[:, 1] < np.quantile(stands_off[:, 1], 0.1)].mean(axis=0)
    height = float(side.at((top @ side.frame.T)[None, :2], blur=3.0)[0])
    return np.array([side.frame[2, 0] * (height + 1.5), top[1] + 2.5, top[2]])


def seat(
    face: FaceForGlasses, rim_mm: Float[np.ndarray, "n 3"], bridge_mm: Float[np.ndarray, "m 3"], clearance_mm: float
) -> Float[np.ndarray, " 3"]:
    """Shift (x, y, z) mm that puts a front, built around the pupils at z = 0, before the face without cutting it.

    The front stands 12 mm before the cornea, moves forward by up to 1.5 mm where brow, cheek or nose ask for it and,
    when that is not enough, slides down the nose in steps; only then it moves on forward.
    """
    points = np.concatenate([rim_mm, bridge_mm])
    nearest = np.array([face.middle_x_mm, face.pupil_y_mm, face.cornea_z_mm - _CORNEA_TO_LENS_MM[0]])
    best = nearest
    for down in (0.0, 1.0, 2.0, 3.0, 4.0):
        at = points + nearest + np.array([0, down, 0])
        skin_z = -face.front.at(at[:, :2])
        forward = max(0.0, float((at[:, 2] - (skin_z - clearance_mm)).max()))
        shift = nearest + np.array([0, down, -forward])
        if down == 0.0 or -shift[2] < -best[2] - 0.4:
            best = shift
        if forward <= _CORNEA_TO_LENS_MM[1] - _CORNEA_TO_LENS_MM[0]:
            break
    return best
