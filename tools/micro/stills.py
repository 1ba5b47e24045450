"""Stills of simulated people with everything a caption may say known: what the small FLUX is trained on.

python tools/micro/stills.py --out runs/micro/stills --portraits 6000 --stills 6 --seed 0 --workers 2

Each shard holds `SHARD` portraits: `stills_NNNN.npy` (uint16 centikelvin, no sensor noise) and `stills_NNNN.jsonl`
(attributes, box and landmarks of each). Shards that exist are left alone, so a stopped run goes on.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import multiprocessing
import os
from pathlib import Path

import numpy as np

SHARD, SIZE, RATE_HZ = 40, 256, 30.0
EYEWEAR, SUNGLASSES, HEADWEAR, FACE_MASK = 0.30, 0.07, 0.22, 0.05  # shares of portraits
BACKGROUNDS = {"wall": 0.8, "window": 0.07, "door": 0.07, "monitor": 0.06}  # few: the face is what is to be learnt
NOISELESS = {
    "netd_k": 0.0, "fixed_pattern_k": 0.0, "column_noise_k": 0.0, "level_error_k": 0.0, "row_noise_k": 0.0, "temporal_row_k": 0.0,
    "temporal_column_k": 0.0, "frame_bounce_k": 0.0, "pattern_growth_k": 0.0, "bowl_k": 0.0, "drift_k_per_s": 0.0,
    "shutter_step_k": 0.0, "time_constant_s": 0.0, "dead_pixel_share": 0.0, "shutter_interval_s": None,
}  # fmt: skip


def draw_subject_and_session(seed, index):
    """A person and an occasion: gender, eyewear, headwear, beard and room are spread more evenly than among people."""
    from thermvision.head.face_mask import MASK_STYLES
    from thermvision.head.headwear import HEADWEAR_STYLES
    from thermvision.head.lens_shapes import GLASSES_STYLES
    from thermvision.portraits.simulator import draw_session, draw_subject
    from thermvision.rng import rng

    stream = rng(seed, "micro person", index)
    gender = "female" if index % 2 == 0 else "male"
    subject = draw_subject(seed, index, gender)
    identity = {**subject.identity, "age": float(np.clip(stream.uniform(-0.15, 0.85), 0, 0.8))}
    if gender == "male":
        kind = str(stream.choice(["none", "stubble", "beard", "moustache"], p=[0.45, 0.15, 0.25, 0.15]))
        full = {"none": (0.0, 0.0), "stubble": (0.16, 0.16), "beard": (0.95, 0.9), "moustache": (0.85, 0.1)}[kind]
        identity["moustache"], identity["beard"] = full
    subject = dataclasses.replace(subject, identity=identity)
    room_c = float(stream.uniform(16, 30)) if stream.random() < 0.45 else None
    session = draw_session(seed, subject, 0, "generic", room_c)
    chance, frames = stream.random(3), [style for style in GLASSES_STYLES if style != "sunglasses"]
    glasses = "sunglasses" if chance[0] < SUNGLASSES else (str(stream.choice(frames)) if chance[0] < EYEWEAR else "")
    headwear = str(stream.choice([style for style in HEADWEAR_STYLES if style != "scarf" or gender == "female"]))
    session = dataclasses.replace(
        session,
        background=str(stream.choice(list(BACKGROUNDS), p=list(BACKGROUNDS.values()))),
        glasses=glasses,
        headwear=headwear if chance[1] < HEADWEAR else "",
        face_mask=str(stream.choice(list(MASK_STYLES))) if chance[2] < FACE_MASK else "",
    )
    return subject, session


def draw_person(seed, index):
    """The portrait of `draw_subject_and_session`, and where it stands."""
    from thermvision.portraits.framing import framed_place_mm
    from thermvision.portraits.simulator import make_portrait, start_clip
    from thermvision.rng import rng

    subject, session = draw_subject_and_session(seed, index)
    portrait = start_clip(make_portrait(subject, session, seed), rng(seed, "micro dynamics", index))
    place = framed_place_mm(portrait.head)
    return dataclasses.replace(portrait, head=dataclasses.replace(portrait.head, distance_mm=float(place[2]))), place


def draw_motion(stream, count, place_mm):
    """Unconnected moments at one place: turns, expressions at more than half strength, open mouths, shut eyes, glances."""
    from thermvision.motion.arkit import ARKIT_INDEX
    from thermvision.motion.euler import rotation_from_euler_deg
    from thermvision.motion.expressions import EXPRESSIONS, preset
    from thermvision.motion.placing import FRAME_CENTRE_MM
    from thermvision.portraits.framing import FIELD_OF_VIEW_DEG
    from thermvision.retarget.mesh import REACH
    from thermvision.types import Motion

    turns, arkit, names, strengths = [], np.zeros((count, 52), np.float32), [], np.zeros(count, np.float32)
    for k in range(count):
        side, kind = (1 if stream.random() < 0.5 else -1), stream.random()
        yaw = (
            stream.normal(0, 4)
            if kind < 0.6
            else side * (stream.uniform(12, 40) if kind < 0.88 else stream.uniform(40, 65))
        )
        turns.append(
            rotation_from_euler_deg(
                float(yaw), float(np.clip(stream.normal(0, 4), -12, 12)), float(np.clip(stream.normal(0, 2.5), -8, 8))
            )
        )
        name = str(stream.choice(EXPRESSIONS[1:])) if stream.random() < 0.68 else "neutral"
        strengths[k] = stream.uniform(0.75, 1.0) if name != "neutral" else 0.0
        face = strengths[k] * preset(name) * stream.uniform(0.88, 1.12, 52)
        if name in ("neutral", "happy", "angry") and stream.random() < 0.22:
            face[ARKIT_INDEX["jawOpen"]] = stream.uniform(0.35, 0.75)
        if stream.random() < 0.07:
            for lid in ("eyeBlinkLeft", "eyeBlinkRight"):
                face[ARKIT_INDEX[lid]] = stream.uniform(0.97, 1.0)
        arkit[k], _ = np.clip(face, 0, 1), names.append(name)
    gaze = np.where(
        stream.random((count, 1)) < 0.25,
        stream.uniform((-22, -14), (22, 10), (count, 2)),
        stream.normal(0, 2, (count, 2)),
    )
    reach = REACH * place_mm[2] * np.tan(np.radians(FIELD_OF_VIEW_DEG) / 2)
    shift = np.array(
        [0.0, reach * np.arctanh((place_mm[1] - FRAME_CENTRE_MM) / reach), 0.0]
    )  # undoes the retargeter's limit
    return Motion("stills", "program", RATE_HZ, np.stack(turns), np.tile(shift, (count, 1)), arkit, gaze.astype(np.float32),
                  np.ones(count, bool), tuple(names), strengths)  # fmt: skip


def attributes(portrait, labels):
    """What there is to say about a still."""
    from thermvision.motion.arkit import ARKIT_INDEX

    subject, session = portrait.subject, portrait.session
    return {
        "gender": subject.gender,
        "age_years": round(25 + 65 * subject.identity["age"], 1),
        "beard": round(subject.identity["beard"], 2),
        "moustache": round(subject.identity["moustache"], 2),
        "hair_style": session.hair,
        "glasses": session.glasses,
        "headwear": session.headwear,
        "mask_worn": session.face_mask,
        "clothes": session.clothes,
        "background": session.background,
        "room_temperature_c": round(session.room_temperature_c, 2),
        "expression": labels.expression,
        "expression_intensity": round(labels.expression_intensity, 3),
        "jaw_open": round(float(labels.arkit[ARKIT_INDEX["jawOpen"]]), 3),
        "eyes_closed": bool(labels.arkit[ARKIT_INDEX["eyeBlinkLeft"]] > 0.9),
        "yaw_deg": round(labels.yaw_deg, 2),
        "pitch_deg": round(labels.pitch_deg, 2),
        "roll_deg": round(labels.roll_deg, 2),
        "bbox_xyxy_px": [round(float(x), 2) for x in labels.bbox_xyxy_px],
        "landmarks_68_px": [[round(float(x), 2) for x in point] for point in labels.landmarks_px["68"]],
    }


def make_shard(task):
    """One file of stills and one of their attributes; the attributes are written last and mark the shard as done."""
    from thermvision.portraits.framing import FIELD_OF_VIEW_DEG
    from thermvision.retarget.mesh import retarget
    from thermvision.rng import rng
    from thermvision.thermal.camera import camera_state, observe, to_centikelvin
    from thermvision.thermal.presets import camera_model

    out, number, seed, stills = task
    done = out / f"stills_{number:04d}.jsonl"
    if done.exists():
        return number
    pictures, rows = [], []
    for index in range(number * SHARD, (number + 1) * SHARD):
        (portrait, place_mm), stream = draw_person(seed, index), rng(seed, "micro moments", index)
        camera = dataclasses.replace(camera_model("generic", SIZE, SIZE), **NOISELESS)
        state = camera_state(camera, portrait.head.room_temperature_k, stream, RATE_HZ)
        frames = retarget(
            portrait,
            draw_motion(stream, stills, place_mm),
            width_px=SIZE,
            height_px=SIZE,
            horizontal_fov_deg=FIELD_OF_VIEW_DEG,
        )
        for frame, labels in frames:
            pictures.append(to_centikelvin(observe(frame["radiance_w"], state, stream)))
            rows.append({"person": index, **attributes(portrait, labels)})
    np.save(out / f"stills_{number:04d}.npy", np.stack(pictures))
    part = done.with_suffix(".part")
    part.write_text("".join(json.dumps(row) + "\n" for row in rows))
    os.replace(part, done)
    return number


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--portraits", type=int, default=6000)
    parser.add_argument("--stills", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    tasks = [(args.out, number, args.seed, args.stills) for number in range(-(-args.portraits // SHARD))]
    with multiprocessing.get_context("spawn").Pool(args.workers) as pool:
        for number in pool.imap_unordered(make_shard, tasks):
            print(f"shard {number} of {len(tasks)}", flush=True)


if __name__ == "__main__":
    main()
