"""The stills on disk as one list, moved so that eyes lie alike, if wanted with each the other way round too.

A nod of 4 degrees moves the eyes by 6 pixels, which is their height: the mean of all faces that look ahead then has none. Moved by
whole pixels, with the border repeated, eyes lie within 2 pixels of one place, and the mean has eyes, brows, nose and mouth.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from thermvision.flux.span import MICRO_SPAN
from thermvision.portraits.framing import EYE_LINE
from thermvision.tasks.training.mirror import twins

HELD_OUT = 0.02  # of the people, the last ones
SIDE_PX, EYES = 256, slice(36, 48)  # of the 68 points
TURN_PX, LOOKS_AHEAD_DEG = 80.0, 10.0  # a turn beyond this moves the eyes sideways by as much times its sine
MOST_PX = 20  # that a still is moved
OFTENER = {"sunglasses": 3.0}  # drawn so much oftener: rare, and like glasses


class Stills:
    """Memory-mapped shards; `rows` say what is in each picture (after it is moved), `held_out` which are for measuring only.

    mirrored: the second half of the list is the first one mirrored, with rows that say so.
    """

    def __init__(self, folder: Path, mirrored: bool = False):
        files = sorted(folder.glob("stills_*.jsonl"))
        self.parts = [np.load(path.with_suffix(".npy"), mmap_mode="r") for path in files]
        rows = [json.loads(line) for path in files for line in path.open()]
        self.moves_px = [move_px(row) for row in rows]
        self.rows = [moved_row(row, move) for row, move in zip(rows, self.moves_px, strict=True)]
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
        unit = moved(unit, self.moves_px[index])
        return unit[:, ::-1] if turn else unit


def move_px(row):
    """Whole pixels (right, down) that bring the eyes' middle to where all eyes of such a turn are to lie."""
    sine = np.sin(np.radians(row["yaw_deg"]))
    beyond = max(0.0, abs(sine) - np.sin(np.radians(LOOKS_AHEAD_DEG)))
    wanted = np.array([SIDE_PX / 2 + TURN_PX * np.copysign(beyond, sine), SIDE_PX * EYE_LINE])
    move = np.rint(wanted - np.mean(row["landmarks_68_px"][EYES], axis=0))
    return tuple(int(v) for v in np.clip(move, -MOST_PX, MOST_PX))


def moved(picture, move):
    """The picture (h, w) shifted by (right, down), its border repeated."""
    right, down = move
    rows, columns = (
        np.clip(np.arange(size) - by, 0, size - 1) for size, by in zip(picture.shape, (down, right), strict=True)
    )
    return picture[np.ix_(rows, columns)]


def moved_row(row, move):
    """What is in the moved picture."""
    return {
        **row,
        "bbox_xyxy_px": np.add(row["bbox_xyxy_px"], [*move, *move]).tolist(),
        "landmarks_68_px": np.add(row["landmarks_68_px"], move).tolist(),
    }


def mirrored_row(row):
    """What is in the mirrored picture: turns to the other side, landmarks named after the side they are on now."""
    x0, y0, x1, y1 = row["bbox_xyxy_px"]
    points = np.array(row["landmarks_68_px"])[twins("68")]
    points[:, 0] = SIDE_PX - points[:, 0]
    return {
        **row,
        "yaw_deg": -row["yaw_deg"],
        "roll_deg": -row["roll_deg"],
        "bbox_xyxy_px": [SIDE_PX - x1, y0, SIDE_PX - x0, y1],
        "landmarks_68_px": points.tolist(),
    }


def chance_of(appearances):
    """(n,) chance of each still to be drawn in training."""
    chance = np.array([OFTENER.get(one.eyewear, 1.0) for one in appearances])
    return chance / chance.sum()
