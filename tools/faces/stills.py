"""Portrait stills with all 478 landmarks for the networks of thermvision.faces.

    python tools/faces/stills.py --out runs/faces/stills --people 700 --stills 20 --seed 0 --workers 2

A shard holds `SHARD` people: an .npz with `centikelvin` (n, s, s) uint16 without any camera, `kind` (n, s, s) uint8 and
`facing` (n, s, s, 2) int8 (tools/faces/surfaces.py), `landmarks_px` (n, 478, 2), `visible` (n, 478), `pose_deg` (n, 3) and
`person` (n). Shards that exist are left alone, so a stopped run goes on.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
from pathlib import Path

import numpy as np
from surfaces import pixel_surfaces, triangle_kinds

from thermvision.tasks.training.simulator.people import FACE_SHARE, draw_face, draw_person, draw_turns, pose_person

SHARD, SIZE = 10, 192


def person_stills(seed, index, count, any_hair):
    """One person `count` times."""
    from thermvision.head.clothes import NECKLINES
    from thermvision.head.landmarks import landmark_positions_mm, visible
    from thermvision.head.projection import View
    from thermvision.motion.euler import euler_deg
    from thermvision.retarget.mesh import stretch
    from thermvision.retarget.scene import Scene
    from thermvision.rng import rng
    from thermvision.thermal.camera import to_centikelvin
    from thermvision.thermal.radiometry import band_radiance, radiance_to_temperature_k

    portrait, fov_deg = draw_person(seed, index, any_hair=any_hair)
    head, stream = portrait.head, rng(seed, "faces moments", index)
    view = View.from_fov(SIZE, SIZE, fov_deg)
    scene = Scene([head], view, float(band_radiance(head.reflected_k)))
    background = band_radiance(stretch(head.background_k, SIZE, SIZE)).astype(np.float32)
    kinds = triangle_kinds(head, NECKLINES[portrait.session.clothes])
    for _ in range(count):
        body, turn = draw_turns(stream)
        vertices = pose_person(portrait, *draw_face(stream), body, turn, view, stream.uniform(*FACE_SHARE), stream)
        breath = head.breath_reach @ stream.normal(0, 0.5, 2) + head.nose_reach * stream.normal(0, 1.5)
        drawn = scene.draw([vertices], [(head.offset_k + breath).astype(np.float32)], background)
        points = view.project(landmark_positions_mm(head.model, vertices, "478"))
        kind, facing = pixel_surfaces(vertices, head.triangles, kinds, view)
        yield {
            "centikelvin": to_centikelvin(radiance_to_temperature_k(drawn.radiance_w).astype(np.float32)),
            "kind": kind,
            "facing": facing,
            "landmarks_px": points[:, :2].astype(np.float32),
            "visible": visible(points, drawn.inverse_depth),
            "pose_deg": np.array(euler_deg(turn), np.float32),
            "person": np.int32(index),
        }


def make_shard(task):
    out, number, seed, stills, any_hair = task
    done = out / f"stills_{number:04d}.npz"
    if not done.exists():
        rows = [row for k in range(SHARD) for row in person_stills(seed, number * SHARD + k, stills, any_hair)]
        part = done.with_suffix(f".{os.getpid()}.part")
        with open(part, "wb") as file:
            np.savez(file, **{name: np.stack([row[name] for row in rows]) for name in rows[0]})
        os.replace(part, done)
    return number


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--people", type=int, default=700)
    parser.add_argument("--stills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--any-hair", action="store_true", help="hair and neckline drawn whatever the gender")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    tasks = [(args.out, number, args.seed, args.stills, args.any_hair) for number in range(-(-args.people // SHARD))]
    with multiprocessing.get_context("spawn").Pool(args.workers) as pool:
        for number in pool.imap_unordered(make_shard, tasks):
            print(f"shard {number} of {len(tasks)}", flush=True)


if __name__ == "__main__":
    main()
