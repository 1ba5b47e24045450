"""Tables that come with sets: CSV in whichever dialect, numbers that may be missing."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence

from thermvision.dataset.importers.source import Source, Unreadable
from thermvision.types import Gender, InputError

_FEMALE, _MALE = ("female", "f", "woman", "women", "w", "females", "girl"), ("male", "m", "man", "men", "males", "boy")


def read_table(source: Source, name: str) -> tuple[list[str], list[list[str]]]:
    """Head and rows of a CSV file, cells stripped; InputError if it is none."""
    try:
        text = source.read(name).decode("utf-8-sig", "replace")
    except Unreadable as error:
        raise InputError(f"{name} {error}; mend or remove it") from error
    if "\0" in text:
        raise InputError(f"{name} is no table of text; give a CSV file")
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=separator)]
    rows = [row for row in rows if any(row)]
    if not rows:
        raise InputError(f"{name} is empty; expected a CSV file with a head line")
    return rows[0], rows[1:]


def column(head: Sequence[str], names: Iterable[str], table: str) -> int:
    """Place of the first column that has one of the names, upper or lower case; InputError naming what is there."""
    lower = [re.sub(r"[\s_-]+", "", cell.lower()) for cell in head]
    for name in names:
        if name in lower:
            return lower.index(name)
    raise InputError(f"{table} has no column {next(iter(names))}; its head is {', '.join(head[:12])}")


def number(text: str) -> float | None:
    """A finite number, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def numbers(cells: Iterable[str]) -> list[float] | None:
    """All cells as finite numbers, or None if one is not."""
    values = [number(cell) for cell in cells]
    return None if any(value is None for value in values) else [value for value in values if value is not None]


def gender_of(word: str) -> Gender | None:
    """Female or male from the words that sets use; None for any other."""
    word = word.strip().lower()
    return "female" if word in _FEMALE else "male" if word in _MALE else None


def genders_by_subject(source: Source, name: str) -> dict[str, Gender]:
    """Subject as written, without leading zeros -> gender, from a table with the columns subject and gender; InputError for other words."""
    head, rows = read_table(source, name)
    who = column(head, ("subject", "participant", "subid", "id", "person"), name)
    what = column(head, ("gender", "sex"), name)
    found: dict[str, Gender] = {}
    for row in rows:
        if len(row) <= max(who, what) or not row[what]:
            continue
        gender = gender_of(row[what])
        if gender is None:
            raise InputError(f"{name} gives the gender '{row[what]}' of subject {row[who]}; expected female or male")
        found[bare_id(row[who])] = gender
    return found


def bare_id(subject: str) -> str:
    """A subject's id as sets vary it: `007`, `7` and `S7` are not told apart by zeros, only by letters."""
    return re.sub(r"\d+", lambda digits: str(int(digits[0])), subject.strip().lower())
