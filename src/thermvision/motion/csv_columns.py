"""Tables of face coefficients: which column is what, and the numbers in them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from thermvision.motion.arkit import ARKIT_NAMES
from thermvision.motion.limits import MAX_FRAMES
from thermvision.types import InputError

MAX_FILE_BYTES = 256 * 2**20
OPTIONAL_COEFFICIENTS = ("tongueOut",)  # MediaPipe has none


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under names that `canonical` has made alike."""

    source: str
    headings: list[str]  # as the file writes them
    columns: dict[str, int]
    rows: list[list[str]]

    def texts(self, name: str) -> list[str]:
        """The cells of a column; empty where a row is too short."""
        place = self.columns[name]
        return [row[place].strip() if place < len(row) else "" for row in self.rows]

    def numbers(self, names: Sequence[str], rows: Sequence[int]) -> Float[np.ndarray, "r c"]:
        """The numbers of some columns in some rows (0-based); InputError for a cell that is no finite number."""
        values = np.zeros((len(rows), len(names)))
        for column, name in enumerate(names):
            place = self.columns[name]
            for line, row in enumerate(rows):
                cells = self.rows[row]
                try:
                    values[line, column] = float(cells[place])
                except (ValueError, IndexError):
                    values[line, column] = np.nan
                if not np.isfinite(values[line, column]):
                    cell = cells[place][:20] if place < len(cells) else ""
                    raise InputError(
                        f"{self.source}: {self.headings[place][:30]!a} in row {row + 2} is {cell!a}; expected a number: mend or remove the row"
                    )
        return values


def canonical(name: str) -> str:
    """A column's name without what writers differ in: eyeBlinkLeft, EyeBlinkLeft, eye_blink_left and eyeBlink_L are one."""
    name = name.strip()
    for short, side in (("_L", "Left"), ("_R", "Right")):
        if name.endswith(short):
            name = name.removesuffix(short) + side
    return name.replace("_", "").replace(" ", "").lower()


def read_table(path: Path) -> Table:
    """A table of comma-separated text with one line of names; InputError for what is none."""
    if not path.is_file():
        raise InputError(f"motion table {path} does not exist or is no file; give the path of a .csv")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise InputError(f"{path} is larger than {MAX_FILE_BYTES // 2**20} MiB; cut it into parts")
    try:
        text = path.read_text("utf-8-sig")
        lines = csv.reader(io.StringIO(text, newline=""))
        names = next(lines, [])
        rows = [row for row in lines if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{path} is no table of comma-separated text or cannot be read; export it as CSV again"
        ) from error
    columns = {canonical(name): place for place, name in enumerate(names)}
    missing = [name for name in ARKIT_NAMES if name.lower() not in columns and name not in OPTIONAL_COEFFICIENTS]
    if missing:
        shown = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        raise InputError(f"{path} lacks the columns {shown}; expected the 52 ARKit coefficients: export all of them")
    if not 1 <= len(rows) <= MAX_FRAMES:
        raise InputError(
            f"{path} has {len(rows)} rows under its names; expected 1 to {MAX_FRAMES}: export it again or cut it"
        )
    return Table(str(path), names, columns, rows)
