"""The stills on disk as one list."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from thermvision.flux.span import MICRO_SPAN

HELD_OUT = 0.02  # of the people, the last ones


class Stills:
    """Memory-mapped shards; `rows` say what is in each picture, `held_out` which are for measuring only."""

    def __init__(self, folder: Path):
        files = sorted(folder.glob("stills_*.jsonl"))
        self.parts = [np.load(path.with_suffix(".npy"), mmap_mode="r") for path in files]
        self.rows = [json.loads(line) for path in files for line in path.open()]
        self.starts = np.cumsum([0] + [len(part) for part in self.parts])
        people = max(row["person"] for row in self.rows) + 1
        self.held_out = np.array([row["person"] >= (1 - HELD_OUT) * people for row in self.rows])

    def unit(self, index):
        """(256, 256) float32, -1 to 1 over the span."""
        part = int(np.searchsorted(self.starts, index, side="right")) - 1
        counts = self.parts[part][index - self.starts[part]]
        return MICRO_SPAN.to_unit(counts.astype(np.float32) * np.float32(0.01))
