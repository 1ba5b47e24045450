"""Wild frames with face boxes for the finder: one to six people with bodies, in rooms and streets.

    python tools/faces/crowds.py --out runs/faces/crowds --clips 4000 --seed 0 --workers 2

A shard of `SHARD` clips is an .npz with `centikelvin` (n, h, w) uint16 without any camera, `boxes_px` (n, 6, 4), NaN where
there are fewer people, `visible_share` (n, 6) and `landmarks_px` (n, 6, 478, 2). Each `SHARDS_OF_PEOPLE` shards share `PEOPLE` portraits.
"""

from __future__ import annotations

import argparse
import dataclasses
import multiprocessing
import os
from functools import lru_cache
from pathlib import Path

import numpy as np

SHARD, SHARDS_OF_PEOPLE, PEOPLE, WIDTH, HEIGHT, MOMENTS, MOST = 20, 6, 60, 400, 320, 3, 6
FOV_DEG = (22.0, 62.0)  # of the lens, horizontally
OUTDOORS_SHARE = 0.3  # of clips; the simulator's own share of sessions is 0.07


def clip_frames(seed, index):
    from thermvision import crowd
    from thermvision.config import BuildConfig
    from thermvision.motion.program_names import PROGRAM_NAMES
    from thermvision.motion.programs import make_program
    from thermvision.plan import ClipPlan, subject_gender, subject_id, subjects_of_split
    from thermvision.portraits.simulator import start_clip
    from thermvision.retarget.wild import wild
    from thermvision.rng import rng
    from thermvision.thermal.camera import to_centikelvin
    from thermvision.thermal.presets import camera_model
    from thermvision.thermal.radiometry import radiance_to_temperature_k

    if crowd._companion.cache_info().maxsize < PEOPLE:  # all of them are used again and again
        crowd._companion = lru_cache(maxsize=PEOPLE)(crowd._companion.__wrapped__)
    config = BuildConfig(out=Path("unused"), subjects=PEOPLE, framing="wild", seed=seed, size=HEIGHT)
    stream = rng(seed, "faces crowd", index)
    who = int(stream.choice(subjects_of_split(seed, PEOPLE, "train")))
    program = str(stream.choice(PROGRAM_NAMES))
    plan = ClipPlan(index, who, subject_gender(who), subject_id(who), index, program, False, "train")
    portrait = start_clip(crowd._companion(seed, who, 0, None), stream)
    if stream.random() < OUTDOORS_SHARE:
        portrait = dataclasses.replace(portrait, session=dataclasses.replace(portrait.session, background="outdoors"))
    motion = make_program(program, stream, 90, 30.0)
    fov_deg = float(stream.uniform(*FOV_DEG))
    camera = dataclasses.replace(camera_model("generic", WIDTH, HEIGHT), horizontal_fov_deg=fov_deg)
    people = crowd.draw_crowd(config, plan, portrait, motion, camera)
    keep = np.linspace(8, 80, MOMENTS).astype(int)
    people = dataclasses.replace(people, people=[thinned(one, keep) for one in people.people])
    for frame, labels in wild(people, width_px=WIDTH, height_px=HEIGHT, horizontal_fov_deg=fov_deg):
        boxes = np.full((MOST, 4), np.nan, np.float32)
        share, points = np.zeros(MOST, np.float32), np.full((MOST, 478, 2), np.nan, np.float32)
        for k, one in enumerate((labels, *labels.others)):
            points[k], share[k] = one.landmarks_px["478"], one.visible_share
            boxes[k] = np.concatenate([points[k, :468].min(axis=0), points[k, :468].max(axis=0)])
        yield {
            "centikelvin": to_centikelvin(radiance_to_temperature_k(frame["radiance_w"]).astype(np.float32)),
            "boxes_px": boxes,
            "visible_share": share,
            "landmarks_px": points,
        }


def thinned(one, keep):
    motion = one.motion
    return dataclasses.replace(
        one,
        motion=dataclasses.replace(
            motion,
            sight_from_head=motion.sight_from_head[keep],
            head_position_mm=motion.head_position_mm[keep],
            arkit=motion.arkit[keep],
            gaze_deg=motion.gaze_deg[keep],
            measured=motion.measured[keep],
            expression=tuple(motion.expression[k] for k in keep),
            expression_intensity=motion.expression_intensity[keep],
        ),
    )


def make_shard(task):
    out, number, seed = task
    done = out / f"crowds_{number:04d}.npz"
    if not done.exists():
        rows = [row for k in range(SHARD) for row in clip_frames(seed + number // SHARDS_OF_PEOPLE, number * SHARD + k)]
        part = done.with_suffix(f".{os.getpid()}.part")
        with open(part, "wb") as file:
            np.savez(file, **{name: np.stack([row[name] for row in rows]) for name in rows[0]})
        os.replace(part, done)
    return number


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    tasks = [(args.out, number, args.seed) for number in range(-(-args.clips // SHARD))]
    with multiprocessing.get_context("spawn").Pool(args.workers) as pool:
        for number in pool.imap_unordered(make_shard, tasks, SHARDS_OF_PEOPLE):  # whose portraits a worker keeps
            print(f"shard {number} of {len(tasks)}", flush=True)


if __name__ == "__main__":
    main()
