"""Figures of papers beside ours: the same test set, regime and model, for whoever has the same data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from thermvision.tasks.study.table import Row

NOT_RUN = "not run here"


@dataclass(frozen=True, slots=True)
class Published:
    """A published figure. value in the metric's own unit (accuracy 0-1); source says where it stands, note what to mind."""

    test_set: str
    model: str
    metric: str
    value: float
    regime: str = ""  # one of ours that is nearest; empty where none is
    source: str = ""
    note: str = ""


def published_table(published: Sequence[Published], rows: Sequence[Row]) -> tuple[str, list[str], list[list[str]]]:
    """(title, heads, lines); ours is the row of the same test set, regime, model and metric with the most synthetic people."""
    heads = ["test set", "trained on", "metric", "published", "ours", "source", "note"]
    lines = [
        [one.test_set, f"{one.model}, {one.regime}" if one.regime else one.model, one.metric, _number(one.value), _ours(one, rows), one.source, one.note]
        for one in published
    ]  # fmt: skip
    return "Published figures beside ours", heads, lines


def _ours(one: Published, rows: Sequence[Row]) -> str:
    same = [
        row
        for row in rows
        if (row.test_set, row.regime, row.model) == (one.test_set, one.regime, one.model) and one.metric in row.figures
    ]
    if not same:
        return NOT_RUN
    figure = max(same, key=lambda row: row.synthetic_people or 0).figures[one.metric]
    if math.isnan(figure.value):
        return NOT_RUN
    return _number(figure.value) + ("" if math.isnan(figure.low) else f" ({_number(figure.low)} to {_number(figure.high)})")  # fmt: skip


def _number(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
