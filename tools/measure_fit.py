"""The table of docs/fit.md: errors of heads fitted to landmarks of simulated people. Needs `tests/head` on PYTHONPATH.

Arguments: number of people (24), seed (5), numbers of the cases (all). Columns: median / 95 % / worst over the people.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from fit_truth import VIEW, disturbed, draw_truth, landmark_error, other_pose_errors, pose_error_deg, smoothly_disturbed

from thermvision.head.fit_landmarks import fit_head
from thermvision.head.projection import View
from thermvision.motion.arkit import ARKIT_INDEX, ARKIT_NAMES
from thermvision.rng import rng

PEOPLE = int(sys.argv[1]) if len(sys.argv) > 1 else 24
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 5
ONLY = [int(number) for number in sys.argv[3:]]
# Set, noise in px, share of outliers (-1: none, but neighbours are off together), |yaw| (None: anywhere within 30), whether the focal length is known.
CASES = (
    ("478", 0.0, 0.0, None, True), ("478", 0.5, 0.0, None, True), ("478", 1.0, 0.0, None, True),
    ("478", 1.0, 0.1, None, True), ("478", 1.0, 0.1, None, False), ("478", 1.0, 0.1, 45.0, True),
    ("478", 1.0, 0.1, 60.0, True), ("478", 1.0, 0.1, 70.0, True), ("68", 0.0, 0.0, None, True),
    ("68", 0.5, 0.0, None, True), ("68", 1.0, 0.0, None, True), ("68", 1.0, 0.1, None, True),
    ("68", 1.0, 0.1, 60.0, True), ("478", 1.0, -1.0, None, True), ("68", 1.0, -1.0, None, True),
)  # fmt: skip
UNITS = ("jawOpen", "mouthSmileLeft", "eyeBlinkLeft", "browInnerUp", "browDownLeft", "mouthFrownLeft", "eyeWideLeft")


def main() -> None:
    print("set noise outliers |yaw| lens | landmarks % | pose deg | other poses % turned along | same turn | depth % | "
          "gaze deg | gender right | s")  # fmt: skip
    for name, noise, outliers, yaw, known in [CASES[number] for number in ONLY or range(len(CASES))]:
        rows, units, true_units, right = [], [], [], 0
        for index in range(PEOPLE):
            truth = draw_truth(index, name, None if yaw is None else yaw * (-1) ** (index // 2), SEED)
            stream = rng(1, "noise", index)
            points = (
                smoothly_disturbed(truth, noise, stream) if outliers < 0 else disturbed(truth, noise, outliers, stream)
            )
            guess = VIEW if known else View(256, 256, VIEW.focal_px * float(stream.uniform(0.7, 1.4)))
            started = time.thread_time()
            fit = fit_head(points, truth.seen, guess, focal_is_known=known, gender=None)
            seconds = time.thread_time() - started
            along = other_pose_errors(truth, fit, turned_from_fit=True)
            same = other_pose_errors(truth, fit, turned_from_fit=False)
            depth = fit.head_position_mm[2] / truth.position_mm[2] - 1
            rows.append([100 * landmark_error(truth, fit), pose_error_deg(truth, fit), 100 * along.mean(), 100 * same.mean(),
                         100 * abs(depth), np.abs(fit.gaze_deg - truth.gaze_deg).max(), seconds])  # fmt: skip
            units.append(fit.arkit)
            true_units.append(truth.arkit)
            right += (fit.identity["gender"] >= 0.5) == (truth.subject.gender == "male")
        middle, most, worst = np.quantile(rows, [0.5, 0.95, 1.0], axis=0)
        columns = [f"{a:.2f} / {b:.2f} / {c:.2f}" for a, b, c in zip(middle, most, worst, strict=True)]
        columns.insert(-1, f"{right}/{PEOPLE}")
        print(f"{name} {noise} {outliers} {yaw} {'known' if known else 'fitted'} |", " | ".join(columns))
        found, true = np.array(units), np.array(true_units)
        for unit in UNITS:
            at = ARKIT_INDEX[unit]
            apart = np.abs(found[:, at] - true[:, at]).mean()
            print(
                f"    {unit} r {np.corrcoef(found[:, at] + 1e-9 * np.arange(PEOPLE), true[:, at])[0, 1]:.2f} off {apart:.2f}",
                end=";",
            )
        rest = np.setdiff1d(np.arange(len(ARKIT_NAMES)), np.flatnonzero(true.max(axis=0)))
        print(f" never used: {found[:, rest].mean():.3f}", flush=True)


if __name__ == "__main__":
    main()
