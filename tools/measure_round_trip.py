"""The table of docs/portrait_of_picture.md: portrait of one frame of a simulated clip, moved as the other frames move, against them.

Arguments: number of people (12), seed (21), size in pixels (512), `--found` to take landmarks from the network instead of the
true ones with 1 px of noise, `--sheet FILE` for a picture of source, truth and what was made.
A person's line: landmark error in % of the inter-ocular distance and pose error in degrees (median, worst over frames with
|yaw| <= 30), difference of the skin's temperature where both show the face (median over pixels, worst frame), drift of
forehead and inner canthus against the source frame.
"""

from __future__ import annotations

import argparse
import dataclasses

import numpy as np
from scipy.spatial.transform import Rotation

from thermvision.head.projection import View
from thermvision.motion.euler import rotation_from_euler_deg
from thermvision.motion.line_of_sight import sight_turn
from thermvision.motion.programs import make_program
from thermvision.portraits.from_picture import PicturePortrait, portrait_of_picture
from thermvision.portraits.picture_radiance import apparent_temperature_k
from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait
from thermvision.retarget.mesh import retarget
from thermvision.rng import rng
from thermvision.types import FrameLabels, InputError, Motion, Portrait

FOV_DEG, AHEAD = 24.0, np.array([0.0, 0.0, 1.0])
KINDS = ("expression", "talking", "natural", "gaze")
FRAMES, SOURCE_YAW_DEG, MOST_YAW_DEG, MOST_PITCH_DEG, MOST_ROLL_DEG = 16, 15.0, 30.0, 14.0, 10.0
EYE_CORNERS = (33, 263)
SPOTS = {
    "forehead": ((151, 9), 6),
    "canthus": ((133,), 2),
    "other canthus": ((362,), 2),
}  # landmarks of 478, half width in px at 512


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("people", type=int, nargs="?", default=12)
    arguments.add_argument("seed", type=int, nargs="?", default=21)
    arguments.add_argument("size", type=int, nargs="?", default=512)
    arguments.add_argument("--found", action="store_true")
    arguments.add_argument("--sheet")
    given = arguments.parse_args()
    rows, sheet = [], []
    print("person | landmarks % | pose deg | skin K | drift of forehead, canthi K | fit %, seen, skin")
    for index in range(given.people):
        row, pictures = _person(given.seed, index, given.size, given.found)
        rows += [row] if row is not None else []
        sheet += pictures
    values = np.array(rows)
    middle, worst = np.median(values, axis=0), values.max(axis=0)
    print("median | " + " | ".join(f"{value:.2f}" for value in middle))
    print("worst  | " + " | ".join(f"{value:.2f}" for value in worst))
    if given.sheet:
        _write_sheet(given.sheet, sheet)


def _person(seed: int, index: int, size: int, found: bool) -> tuple[list[float] | None, list[np.ndarray]]:
    stream = rng(seed, "round trip", index)
    subject = draw_subject(seed, index, ("female", "male")[index % 2])
    portrait = make_portrait(subject, draw_session(seed, subject, 0), seed)
    motion, source = _frames(make_program(KINDS[index % len(KINDS)], stream), stream)
    true = list(retarget(portrait, motion, width_px=size, height_px=size, horizontal_fov_deg=FOV_DEG))
    pictures = [apparent_temperature_k(frame["radiance_w"], portrait.head.reflected_k) for frame, _ in true]
    try:
        made = _portrait_of(pictures[source], true[source][1], index, size, found, stream)
    except InputError as error:
        print(f"{subject.id} | refused: {error}", flush=True)
        return None, []
    turns = _turns(true, made, source)
    moved = _moved(made, motion, turns, source, true[source][1], portrait)
    again = list(
        retarget(
            made.portrait, moved, width_px=size, height_px=size, horizontal_fov_deg=FOV_DEG, place_mm=made.place_mm
        )
    )
    apparent = [apparent_temperature_k(frame["radiance_w"], made.portrait.head.reflected_k) for frame, _ in again]
    marks, poses, skins = [], [], []
    for k, ((frame, label), (other, other_label)) in enumerate(zip(true, again, strict=True)):
        if k == source or abs(label.yaw_deg) > MOST_YAW_DEG:
            continue
        points, others = label.landmarks_px["478"], other_label.landmarks_px["478"]
        eyes_px = np.linalg.norm(points[EYE_CORNERS[1]] - points[EYE_CORNERS[0]])
        marks.append(100 * float(np.linalg.norm(points - others, axis=1).mean() / eyes_px))
        between = _rotation(label).inv() * _rotation(other_label)
        poses.append(float(np.degrees(between.magnitude())))
        both = frame["face_mask"] & other["face_mask"]
        skins.append(float(np.median(np.abs(pictures[k] - apparent[k])[both])))
    drifts = [_drift(again, apparent, name, source, size) for name in SPOTS]
    print(
        f"{subject.id} {motion.name:10} yaw {true[source][1].yaw_deg:5.1f} | {np.median(marks):.2f} {max(marks):.2f} | {np.median(poses):.2f} {max(poses):.2f} |"
        f" {np.median(skins):.2f} {max(skins):.2f} | {drifts[0]:.2f} {max(drifts[1:]):.2f} | {100 * made.landmark_error_share:.2f} {made.seen_share:.2f} {made.painted_share:.2f}"
        + (f" ({'; '.join(made.warnings)})" if made.warnings else ""),
        flush=True,
    )
    far = int(
        np.argmax(
            [abs(label.yaw_deg - true[source][1].yaw_deg) * (abs(label.yaw_deg) <= MOST_YAW_DEG) for _, label in true]
        )
    )
    shown = [pictures[source], apparent[source], pictures[far], apparent[far]]
    row = [
        np.median(marks),
        max(marks),
        np.median(poses),
        max(poses),
        np.median(skins),
        max(skins),
        drifts[0],
        max(drifts[1:]),
    ]
    return [float(value) for value in row], [_row(shown)]


def _frames(whole: Motion, stream: np.random.Generator) -> tuple[Motion, int]:
    """A dozen faces of a motion in as many poses, the first within 15 degrees of the front; it is the source."""
    chosen = stream.choice(np.arange(5, len(whole)), FRAMES, replace=False)
    yaw = stream.uniform(-MOST_YAW_DEG, MOST_YAW_DEG, FRAMES)
    yaw[0] = stream.uniform(-SOURCE_YAW_DEG, SOURCE_YAW_DEG)
    pitch, roll = (
        stream.uniform(-MOST_PITCH_DEG, MOST_PITCH_DEG, FRAMES),
        stream.uniform(-MOST_ROLL_DEG, MOST_ROLL_DEG, FRAMES),
    )
    turns = [rotation_from_euler_deg(*angles) for angles in zip(yaw, pitch, roll, strict=True)]
    return dataclasses.replace(
        whole, sight_from_head=np.stack(turns), head_position_mm=stream.normal(0, (10, 6, 15), (FRAMES, 3)),
        arkit=whole.arkit[chosen], gaze_deg=whole.gaze_deg[chosen], measured=whole.measured[chosen],
        expression=tuple(np.array(whole.expression)[chosen]), expression_intensity=whole.expression_intensity[chosen],
    ), 0  # fmt: skip


def _portrait_of(
    picture_k: np.ndarray, label: FrameLabels, index: int, size: int, found: bool, stream: np.random.Generator
) -> PicturePortrait:
    view = View.from_fov(size, size, FOV_DEG)
    points = label.landmarks_px["478"].astype(float) + stream.normal(0, 1, (478, 2))
    weights = label.landmarks_visible["478"].astype(float)
    sd_share = 0.0
    if found:
        from thermvision.faces.one_face import the_face

        face = the_face(picture_k, kelvin=True, source=f"person {index}")
        points, weights, sd_share = face.landmarks_px.astype(float), face.weights.astype(float), face.sd_share
    return portrait_of_picture(
        picture_k, points, weights, source=f"person {index}", temperature_source="physics", index=index, view=view,
        least_sd_share=sd_share,
    )  # fmt: skip


def _rotation(label: FrameLabels) -> Rotation:
    return Rotation.from_matrix(rotation_from_euler_deg(label.yaw_deg, label.pitch_deg, label.roll_deg))


def _turns(true: list, made: PicturePortrait, source: int) -> np.ndarray:
    """Rotations of the portrait's head: that of the source frame as fitted, then turned as the true head turns."""
    start = _rotation(true[source][1])
    return np.stack([(_rotation(label) * start.inv()).as_matrix() @ made.fit.camera_from_head for _, label in true])


def _moved(
    made: PicturePortrait, motion: Motion, turns: np.ndarray, source: int, label: FrameLabels, portrait: Portrait
) -> Motion:
    """The motion relative to the source frame: turns, places and coefficients added to the fitted ones."""
    scale = made.place_mm[2] / portrait.head.distance_mm
    places = scale * (motion.head_position_mm - motion.head_position_mm[source])
    positions = made.place_mm + places
    sight = np.swapaxes(sight_turn(AHEAD, positions), -1, -2) @ turns
    return dataclasses.replace(
        motion,
        sight_from_head=sight,
        head_position_mm=places,
        arkit=np.clip(made.arkit + motion.arkit - motion.arkit[source], 0, 1).astype(np.float32),
        gaze_deg=(made.fit.gaze_deg + motion.gaze_deg - motion.gaze_deg[source]).astype(np.float32),
    )


def _drift(again: list, apparent: list, name: str, source: int, size: int) -> float:
    """Largest difference of a spot's temperature from the source frame over frames in which all of it is seen."""
    members, half = SPOTS[name]
    reach = max(1, round(half * size / 512))
    readings = []
    for (_, label), picture in zip(again, apparent, strict=True):
        if abs(label.yaw_deg) > MOST_YAW_DEG or not label.landmarks_visible["478"][list(members)].all():
            readings.append(np.nan)
            continue
        x, y = label.landmarks_px["478"][list(members)].mean(axis=0)
        spot = picture[int(y) - reach : int(y) + reach + 1, int(x) - reach : int(x) + reach + 1]
        readings.append(float(np.percentile(spot, 90) if "canthus" in name else np.median(spot)))
    values = np.array(readings) - (readings[source])
    return float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 0.0


def _row(pictures: list[np.ndarray]) -> np.ndarray:
    low, high = np.percentile(pictures[0], [1, 99.7])
    return np.concatenate(
        [np.clip(255 * (one - low) / (high - low), 0, 255).astype(np.uint8)[::2, ::2] for one in pictures], axis=1
    )


def _write_sheet(path: str, rows: list[np.ndarray]) -> None:
    from PIL import Image

    rows = rows + [np.zeros_like(rows[0])] * (len(rows) % 2)
    Image.fromarray(np.concatenate([np.concatenate(rows[k : k + 2], axis=1) for k in range(0, len(rows), 2)])).save(
        path
    )


if __name__ == "__main__":
    main()
