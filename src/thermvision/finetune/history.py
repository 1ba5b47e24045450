"""What happened in each step, as CSV files that survive a resumed run: rows after the checkpoint are cut off."""

from __future__ import annotations

import contextlib
import csv
from dataclasses import dataclass
from pathlib import Path

from thermvision.disk import plain_disk_errors, write_text

LOSS, VALIDATION = "loss.csv", "validation.csv"


@dataclass
class History:
    """A table with `step` first; numbers are written so that float32 comes back exactly."""

    path: Path
    columns: tuple[str, ...]

    def start(self, after_step: int) -> None:
        """Begin, or keep the rows up to and with `after_step`."""
        rows = [row for row in self.rows() if row["step"] <= after_step]
        lines = [",".join(self.columns), *(",".join(_text(row[name]) for name in self.columns) for row in rows)]
        with plain_disk_errors(self.path.parent, "the checkpoints stay"):
            write_text(self.path, "\n".join(lines) + "\n")

    def add(self, *values: float) -> None:
        """One row."""
        with plain_disk_errors(self.path.parent, "the checkpoints stay"), open(self.path, "a") as file:
            file.write(",".join(_text(value) for value in values) + "\n")

    def rows(self) -> list[dict[str, float]]:
        """All whole rows as numbers; a half-written last one is left away."""
        if not self.path.is_file():
            return []
        found = []
        with open(self.path, newline="") as file:
            for row in csv.DictReader(file):
                with contextlib.suppress(TypeError, ValueError, KeyError):
                    found.append({name: float(row[name]) for name in self.columns})
        return found


def _text(value: float) -> str:
    return f"{value:.9g}"
