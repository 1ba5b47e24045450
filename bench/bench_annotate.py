"""Pictures a second and peak memory of `thermvision annotate`: the finder alone, and everything.

    python bench/bench_annotate.py [--pictures 200] [--side 320] [--people 4] [--threads N]

Pictures of one simulated face each, 320x320 px, 8-bit grey PNG files on the disk. `finder` reads the files and finds boxes;
`everything` is the command itself, in this process: reading, landmarks, pose, JSON. Peak memory is that of a process of its own
for each, interpreter and libraries included. --threads limits the cores that the whole process may use.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

SEED = 4711
WARM_UP = 5  # pictures before the clock starts


def main() -> None:
    """Write the pictures, then measure each part in a process of its own."""
    asked = _asked()
    if asked.part:
        _measure(asked.part, Path(asked.folder))
        return
    if asked.threads:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: asked.threads])
    with tempfile.TemporaryDirectory() as folder:
        write_pictures(Path(folder), asked.pictures, asked.people, asked.side)
        print(f"{asked.pictures} pictures of {asked.side}x{asked.side} px, {len(os.sched_getaffinity(0))} cores")
        for part in ("finder", "everything"):
            subprocess.run([sys.executable, __file__, "--part", part, "--folder", folder], check=True)


def write_pictures(folder: Path, count: int, people: int, side: int) -> None:
    """Frontal simulated faces, shifted and with noise, so that no two files are the same."""
    from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait
    from thermvision.portraits.still import frontal_still

    noise = np.random.default_rng(SEED)
    stills = []
    for index in range(people):
        subject = draw_subject(SEED, index, ("female", "male")[index % 2])
        session = dataclasses.replace(draw_session(SEED, subject, 0), headwear="", face_mask="")
        stills.append(frontal_still(make_portrait(subject, session, SEED).head, side).temperature_k)
    for number in range(count):
        still = stills[number % people]
        room = side // 8
        top, left = noise.integers(0, 2 * room, 2)
        kelvin = np.pad(still, room, mode="edge")[top : top + side, left : left + side]
        kelvin = kelvin + noise.normal(0, 0.05, kelvin.shape)
        low, high = np.percentile(kelvin, [0.5, 99.5])
        grey = np.clip(255 * (kelvin - low) / (high - low), 0, 255).astype(np.uint8)
        Image.fromarray(grey).save(folder / f"{number:05d}.png")


def _measure(part: str, folder: Path) -> None:
    from thermvision.annotate.inputs import sources
    from thermvision.annotate.pictures import read_picture
    from thermvision.annotate.run import annotate
    from thermvision.annotate.settings import make_annotate_config
    from thermvision.faces.boxes import face_boxes
    from thermvision.faces.find import find_faces

    files = sources([folder])
    for source in files[:WARM_UP]:
        find_faces(read_picture(source.path, source.name).values, kelvin=False)
    start, cpu = time.perf_counter(), time.process_time()
    if part == "finder":
        faces = sum(len(face_boxes(read_picture(source.path, source.name).values)[0]) for source in files)
    else:
        with tempfile.TemporaryDirectory() as out:
            faces = annotate(make_annotate_config(inputs=(folder,), out=Path(out) / "faces.json")).faces
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{part:<10} {len(files) / seconds:7.1f} pictures/s   {1000 * cpu / len(files):6.1f} ms of CPU each   {faces} faces   peak {peak_mb:.0f} MB"
    )


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--side", type=int, default=320, help="px")
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--threads", type=int, default=0, help="cores to use; 0: all")
    parser.add_argument("--part", choices=("finder", "everything"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
