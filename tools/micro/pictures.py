"""The stills on disk as one list, if wanted with each the other way round too."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from thermvision.flux.span import MICRO_SPAN
from thermvision.tasks.training.mirror import twins

HELD_OUT = 0.02  # of the people, the last ones


class Stills:
    """Memory-mapped shards; `rows` say what is in each picture, `held_out` which are for measuring only.

    mirrored: the second half of the list is the first one mirrored, with rows that say so.
    """

    def __init__(self, folder: Path, mirrored: bool = False):
        files = sorted(folder.glob("stills_*.jsonl"))
        self.parts = [np.load(path.with_suffix(".npy"), mmap_mode="r") for path in files]
        self.rows = [json.loads(line) for path in files for line in path.open()]
        self.starts = np.cumsum([0] + [len(part) for part in self.parts])
        if mirrored:
            self.rows += [mirrored_row(row) for row in self.rows]
        people = max(row["person"] for row in self.rows) + 1
        self.held_out = np.array([row["person"] >= (1 - HELD_OUT) * people for row in self.rows])

    def unit(self, index):
        """(256, 256) float32, -1 to 1 over the span."""
        turn, index = divmod(index, self.starts[-1])
        part = int(np.searchsorted(self.starts, index, side="right")) - 1
        counts = self.parts[part][index - self.starts[part]]
        unit = MICRO_SPAN.to_unit(counts.astype(np.float32) * np.float32(0.01))
        return unit[:, ::-1] if turn else unit


def mirrored_row(row, side_px=256.0):
    """What is in the mirrored picture: turns to the other side, landmarks named after the side they are on now."""
    x0, y0, x1, y1 = row["bbox_xyxy_px"]
    points = np.array(row["landmarks_68_px"])[twins("68")]
    points[:, 0] = side_px - points[:, 0]
    return {
        **row,
        "yaw_deg": -row["yaw_deg"],
        "roll_deg": -row["roll_deg"],
        "bbox_xyxy_px": [side_px - x1, y0, side_px - x0, y1],
        "landmarks_68_px": points.tolist(),
    }
