"""Who and what networks are trained on: people in all conditions, held in all poses."""

from __future__ import annotations

import dataclasses

import numpy as np
from jaxtyping import Float, Float32

from thermvision.head.clothes import NECKLINES
from thermvision.head.face_mask import MASK_STYLES
from thermvision.head.hair import STYLES_BY_GENDER
from thermvision.head.headwear import HEADWEAR_STYLES
from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.lens_shapes import GLASSES_STYLES
from thermvision.head.pose import pose_vertices
from thermvision.head.projection import View
from thermvision.motion.arkit import ARKIT_INDEX, ARKIT_NAMES
from thermvision.motion.euler import rotation_from_euler_deg
from thermvision.motion.expressions import EXPRESSIONS, preset
from thermvision.motion.placing import FACE_HEIGHT_MM
from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait, start_clip
from thermvision.retarget.mesh import lids_meet_once
from thermvision.rng import rng
from thermvision.types import Portrait

EYEWEAR, SUNGLASSES, HEADWEAR, FACE_MASK = 0.36, 0.10, 0.22, 0.08  # shares of people
FACE_SHARE = (0.56, 0.70)  # of the frame's height: hairline to chin
FOV_DEG = (9.0, 48.0)


def draw_person(seed: int, index: int, *, full_body: bool = False, any_hair: bool = False) -> tuple[Portrait, float]:
    """A portrait with glasses, hats, masks and beards more often than among people, and the lens: (portrait, fov in degrees).

    Women at even places. any_hair: hair and neckline drawn whatever the gender, so that they tell nothing of it. The same seed and index give the same person, with or without a body.
    """
    stream = rng(seed, "faces person", index)
    subject = draw_subject(seed, index, "female" if index % 2 == 0 else "male")
    room_c = float(stream.uniform(12, 34)) if stream.random() < 0.5 else None
    session = draw_session(seed, subject, 0, "generic", room_c)
    chance, frames = stream.random(3), [style for style in GLASSES_STYLES if style != "sunglasses"]
    headwear = str(
        stream.choice([style for style in HEADWEAR_STYLES if style != "scarf" or subject.gender == "female"])
    )
    session = dataclasses.replace(
        session,
        glasses="sunglasses" if chance[0] < SUNGLASSES else (str(stream.choice(frames)) if chance[0] < EYEWEAR else ""),
        headwear=headwear if chance[1] < HEADWEAR else "",
        face_mask=str(stream.choice(list(MASK_STYLES))) if chance[2] < FACE_MASK else "",
    )
    if any_hair:
        styles = sorted({style for styles in STYLES_BY_GENDER.values() for style in styles})
        hair, neckline = str(stream.choice(styles)), str(stream.choice(sorted(NECKLINES)))
        session = dataclasses.replace(session, hair=hair, clothes=neckline)
    portrait = start_clip(
        make_portrait(subject, session, seed, full_body=full_body), rng(seed, "faces dynamics", index)
    )
    return portrait, float(np.exp(stream.uniform(*np.log(FOV_DEG))))


def draw_face(stream: np.random.Generator) -> tuple[Float[np.ndarray, " 52"], Float[np.ndarray, " 2"]]:
    """52 coefficients and the gaze of one moment: a basic expression, or a few units at random; open mouths, shut eyes, glances."""
    face: np.ndarray = np.zeros(52, np.float32)
    if stream.random() < 0.55:
        name = str(stream.choice(EXPRESSIONS))
        face = preset(name) * stream.uniform(0.3, 1.1) * stream.uniform(0.7, 1.3, 52).astype(np.float32)
    if stream.random() < 0.5:
        for unit in stream.choice(52, int(stream.integers(1, 7)), replace=False):
            value, name = stream.uniform(0.1, 0.9), ARKIT_NAMES[unit]
            face[unit] = value
            other = name.replace("Left", "Right") if "Left" in name else name.replace("Right", "Left")
            if (
                name[0] != "j"
                and name not in ("mouthLeft", "mouthRight")
                and other in ARKIT_INDEX
                and stream.random() < 0.75
            ):
                face[ARKIT_INDEX[other]] = value * stream.uniform(0.8, 1.2)
    face[ARKIT_INDEX["tongueOut"]] *= stream.random() < 0.3
    if stream.random() < 0.22:
        face[ARKIT_INDEX["jawOpen"]] = stream.uniform(0.2, 0.95)
    lids = stream.random()
    for side in ("Left", "Right"):
        if lids < 0.14:
            face[ARKIT_INDEX[f"eyeBlink{side}"]] = stream.uniform(0.9, 1.0)
        elif lids < 0.3:
            face[ARKIT_INDEX[f"eyeBlink{side}"]] = stream.uniform(0.1, 0.8)
    gaze = stream.uniform((-30, -20), (30, 18)) if stream.random() < 0.4 else stream.normal(0, 4, 2)
    return np.clip(face, 0, 1), gaze


def draw_turns(stream: np.random.Generator) -> tuple[Float[np.ndarray, "3 3"], Float[np.ndarray, "3 3"]]:
    """Turn of the body (yaw only) and of the head in camera coordinates: yaw to 90 degrees, pitch and roll as heads have them."""
    kind = stream.random()
    yaw = stream.uniform(-92, 92) if kind < 0.40 else (stream.normal(0, 22) if kind < 0.8 else stream.normal(0, 5))
    pitch = float(np.clip(stream.normal(0, 13), -42, 42)) if stream.random() < 0.8 else float(stream.uniform(-40, 40))
    roll = float(np.clip(stream.normal(0, 7), -25, 25))
    body = float(np.clip(yaw - stream.uniform(-45, 45) * min(1.0, abs(yaw) / 30), -100, 100))
    return rotation_from_euler_deg(body, 0.0, 0.0), rotation_from_euler_deg(float(np.clip(yaw, -92, 92)), pitch, roll)


def pose_person(
    portrait: Portrait,
    arkit: Float[np.ndarray, " 52"],
    gaze_deg: Float[np.ndarray, " 2"],
    camera_from_body: Float[np.ndarray, "3 3"],
    camera_from_head: Float[np.ndarray, "3 3"],
    view: View,
    face_share: float,
    stream: np.random.Generator,
) -> Float32[np.ndarray, "v 3"]:
    """Vertices in the camera frame, mm; the face's height `face_share` of the frame's, its middle about the frame's."""
    head = portrait.head
    order = [ARKIT_NAMES.index(name) for name in head.model.unit_names]
    posed = pose_vertices(
        head.rig, lids_meet_once(arkit)[order], gaze_deg, camera_from_body.T @ camera_from_head, np.zeros(3)
    )
    posed = posed @ camera_from_body.T.astype(np.float32)
    points = landmark_positions_mm(head.model, posed, "478")
    middle = 0.5 * (points.min(axis=0) + points.max(axis=0))
    depth = view.focal_px * FACE_HEIGHT_MM / (face_share * view.height_px)
    reach = 0.5 * view.width_px * depth / view.focal_px
    aside = stream.uniform(-0.16, 0.16, 2) * reach
    return np.ascontiguousarray(posed + np.array([*(aside - middle[:2]), depth - middle[2]], np.float32), np.float32)
