"""Train the networks of `thermvision.faces` from nothing but the simulator. Stop it when you like: it goes on where it was.

    python tools/train_faces.py --runs runs/faces --out src/thermvision/assets/faces

1. stills      37,000 portraits of 3,700 simulated people with 478 landmarks, and 600 of 30 others to judge by
2. crowds      2,700 frames of one to six people with bodies in rooms and streets
3. landmarks   the network on crops
4. finder      the network on whole pictures
5. export      ONNX with weights in half precision
6. judge       tools/judge_faces.py
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, default=Path("runs/faces"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--people", type=int, default=3700)
    parser.add_argument("--clips", type=int, default=900)
    parser.add_argument("--crop-steps", type=int, default=12000)
    parser.add_argument("--finder-steps", type=int, default=4600)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    stills, heldout, crowds = args.runs / "stills", args.runs / "heldout", args.runs / "crowds"
    workers = ["--workers", str(args.workers)]
    data = ["--stills", str(stills), "--crowds", str(crowds), "--threads", str(args.workers)]
    crop, finder = args.runs / "crop.pt", args.runs / "finder.pt"
    for command in (
        ["faces/stills.py", "--out", str(stills), "--people", str(args.people), "--stills", "10", *workers],
        ["faces/stills.py", "--out", str(heldout), "--people", "30", "--seed", "1000", *workers],
        ["faces/crowds.py", "--out", str(crowds), "--clips", str(args.clips), *workers],
        ["faces/train_crop.py", *data, "--out", str(crop), "--steps", str(args.crop_steps)],
        ["faces/train_finder.py", *data, "--out", str(finder), "--steps", str(args.finder_steps)],
        ["faces/export.py", "--crop", str(crop), "--finder", str(finder), "--out", str(args.out)],
        ["judge_faces.py", "--stills", str(heldout), "--fit", "60", "--sheet", str(args.runs / "judged.png")],
    ):
        subprocess.run([sys.executable, str(HERE / command[0]), *command[1:]], check=True)


if __name__ == "__main__":
    main()
