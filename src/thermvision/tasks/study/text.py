"""A study's table as Markdown, as CSV in long form, and as plain data for JSON."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from collections.abc import Sequence
from typing import Any

from thermvision.tasks.study.figures import MAIN, SHOWN, better
from thermvision.tasks.study.table import Difference, Figure, Row, row_name


def figure_text(figure: Figure | None) -> str:
    """`0.912 (0.871 to 0.941)`, a dash where there is no value."""
    if figure is None or math.isnan(figure.value):
        return "–"
    if math.isnan(figure.low):
        return number(figure.value)
    return f"{number(figure.value)} ({number(figure.low)} to {number(figure.high)})"


def number(value: float) -> str:
    """Three decimals below 10, else one."""
    return "–" if math.isnan(value) else f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def p_text(p: float) -> str:
    """Three decimals, `<0.001` below."""
    return "<0.001" if p < 0.001 else number(p)


def headed(metric: str) -> str:
    """The metric's name, with an arrow down where less is better."""
    return metric + (" ↓" if better(metric) == "lower" else "")


def tables(rows: Sequence[Row]) -> list[tuple[str, list[str], list[list[str]]]]:
    """(title, heads, lines) of each task, test set and normaliser."""
    made = []
    for key in dict.fromkeys((row.task, row.test_set, row.normaliser) for row in rows):
        chosen = [row for row in rows if (row.task, row.test_set, row.normaliser) == key]
        shown = [name for name in SHOWN[key[0]] if any(name in row.figures for row in chosen)]
        title = f"{key[0]} on {key[1]}" + (f", errors divided by {key[2]}" if key[2] else "")
        lines = [
            [row_name(row), *(figure_text(row.figures.get(name)) for name in shown), number(row.figures[MAIN[key[0]]].seed_sd), str(row.seeds), str(row.people), str(row.images)]
            for row in chosen
        ]  # fmt: skip
        made.append(
            (
                title,
                ["trained on", *map(headed, shown), f"seed SD of {MAIN[key[0]]}", "seeds", "people", "images"],
                lines,
            )
        )
    return made


def bin_tables(rows: Sequence[Row]) -> list[tuple[str, list[str], list[list[str]]]]:
    """The same of metrics by bins (size of the face, yaw), where there are any."""
    made = []
    for key in dict.fromkeys((row.task, row.test_set, row.normaliser) for row in rows):
        chosen = [row for row in rows if (row.task, row.test_set, row.normaliser) == key]
        names = list(dict.fromkeys(name for row in chosen for name in row.figures if ", " in name and name not in SHOWN[key[0]]))  # fmt: skip
        if names:
            lines = [[row_name(row), *(figure_text(row.figures.get(name)) for name in names)] for row in chosen]
            made.append((f"{key[0]} on {key[1]}, by bins", ["trained on", *map(headed, names)], lines))
    return made


def difference_table(differences: Sequence[Difference]) -> tuple[str, list[str], list[list[str]]]:
    """Paired differences as a table."""
    lines = [
        [one.test_set, one.metric, one.row, one.against, figure_text(Figure(one.value, one.low, one.high, math.nan)), p_text(one.p), p_text(one.p_holm)]
        for one in differences
    ]  # fmt: skip
    return "Paired differences on the same people", ["test set", "metric", "row", "minus", "difference", "p", "p, Holm"], lines  # fmt: skip


def markdown(
    title: str,
    notes: Sequence[str],
    rows: Sequence[Row],
    differences: Sequence[Difference],
    how: str,
    more: Sequence[tuple[str, list[str], list[list[str]]]] = (),
) -> str:
    """The whole study as Markdown."""
    parts = [f"# {title}", how, "\n".join(f"- {note}" for note in notes)]
    for name, heads, lines in [*tables(rows), *bin_tables(rows), *([difference_table(differences)] if differences else []), *more]:  # fmt: skip
        cells = [heads, ["---"] * len(heads), *lines]
        parts += [f"## {name}", "\n".join("| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in cells)]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def terminal(report: Any) -> list[str]:
    """A study report's tables and words as lines for a terminal, columns aligned."""
    lines: list[str] = []
    for name, heads, rows in tables(report.rows):
        cells = [heads, *rows]
        widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
        lines += [name, *("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells), ""]  # fmt: skip
    return [*lines, *(f"- {note}" for note in report.notes)]


def long_csv(rows: Sequence[Row]) -> str:
    """One line for each row and metric."""
    file = io.StringIO()
    about = [field.name for field in dataclasses.fields(Row) if field.name != "figures"]
    write = csv.writer(file, lineterminator="\n")
    write.writerow([*about, "metric", "value", "low", "high", "seed_sd"])
    for row in rows:
        said = [getattr(row.shown(), name) for name in about]
        for metric, figure in row.figures.items():
            write.writerow([*("" if one is None else one for one in said), metric, *("" if math.isnan(value) else f"{value:.6g}" for value in dataclasses.astuple(figure))])  # fmt: skip
    return file.getvalue()


def plain(value: Any) -> Any:
    """Dataclasses, lists and dicts as JSON can hold them: NaN becomes null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
