"""Train the networks of `thermvision.faces` from nothing but the simulator. Stop it when you like: it goes on where it was.

    python tools/train_faces.py --runs runs/faces --out src/thermvision/assets/faces

1. stills      37,000 portraits of 3,700 simulated people with 478 landmarks, and 600 of 30 others to judge by
2. crowds      12,000 frames of one to six people with bodies in rooms and streets
3. finder      the network on whole pictures; then where it sees faces in the crowds that are none
4. landmarks   the network on crops, and on the finder's mistakes
5. captioned   28,800 portraits of 4,800 people in other frames, and 540 of 90 whose hair tells nothing of their gender
6. gender      the network on crops packed from 1 and 5, from the landmark network's convolutions on
7. export      ONNX with weights in half precision
8. judge       tools/judge_faces.py; tools/judge_gender.py, whose temperature then goes into the gender network
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, default=Path("runs/faces"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--people", type=int, default=3700)
    parser.add_argument("--clips", type=int, default=4000)
    parser.add_argument("--crop-steps", type=int, default=13600)
    parser.add_argument("--finder-steps", type=int, default=14800)
    parser.add_argument("--gender-steps", type=int, default=2200)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    stills, heldout, crowds = args.runs / "stills", args.runs / "heldout", args.runs / "crowds"
    workers = ["--workers", str(args.workers)]
    data = ["--stills", str(stills), "--crowds", str(crowds), "--threads", str(args.workers)]
    crop, finder, gender = args.runs / "crop.pt", args.runs / "finder.pt", args.runs / "gender.pt"
    captioned, any_hair = args.runs / "captioned", args.runs / "any_hair"
    pack, any_hair_pack = args.runs / "packed", args.runs / "packed_any_hair"
    judge_gender = [
        "judge_gender.py",
        "--packs",
        str(pack),
        "--any-hair",
        str(any_hair_pack),
        "--out",
        str(args.runs / "judged"),
    ]
    for command in (
        ["faces/stills.py", "--out", str(stills), "--people", str(args.people), "--stills", "10", *workers],
        ["faces/stills.py", "--out", str(heldout), "--people", "30", "--seed", "1000", *workers],
        ["faces/crowds.py", "--out", str(crowds), "--clips", str(args.clips), *workers],
        ["faces/train_finder.py", *data, "--out", str(finder), "--steps", str(args.finder_steps)],
        ["faces/mine.py", "--crowds", str(crowds), "--finder", str(finder), "--threads", str(args.workers)],
        ["faces/train_crop.py", *data, "--out", str(crop), "--steps", str(args.crop_steps)],
        ["micro/stills.py", "--out", str(captioned), "--portraits", "4800", *workers],
        [
            "faces/stills.py",
            "--out",
            str(any_hair),
            "--people",
            "90",
            "--stills",
            "6",
            "--seed",
            "2000",
            "--any-hair",
            *workers,
        ],
        ["faces/gender_pack.py", "--captioned", str(captioned), "--stills", str(stills), "--out", str(pack)],
        ["faces/gender_pack.py", "--stills", str(any_hair), "--out", str(any_hair_pack)],
        [
            "faces/train_gender.py",
            "--packs",
            str(pack),
            "--start",
            str(crop),
            "--out",
            str(gender),
            "--steps",
            str(args.gender_steps),
        ],
        [
            "faces/export.py",
            "--crop",
            str(crop),
            "--finder",
            str(finder),
            "--gender",
            str(gender),
            "--out",
            str(args.out),
        ],
        ["judge_faces.py", "--stills", str(heldout), "--fit", "60", "--sheet", str(args.runs / "judged.png")],
        [*judge_gender, "--onnx", str(args.out / "gender.onnx")],
    ):
        subprocess.run([sys.executable, str(HERE / command[0]), *command[1:]], check=True)
    told = json.loads((args.runs / "judged" / "figures.json").read_text())
    temperature = ["--gender-temperature", str(told["temperature"])]
    for command in (
        ["faces/export.py", "--gender", str(gender), *temperature, "--out", str(args.out)],
        [*judge_gender, "--onnx", str(args.out / "gender.onnx")],
    ):
        subprocess.run([sys.executable, str(HERE / command[0]), *command[1:]], check=True)


if __name__ == "__main__":
    main()
