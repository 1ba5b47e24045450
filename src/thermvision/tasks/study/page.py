"""A study as one self-contained page: what it says in words, tables, drawings."""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Sequence

from thermvision.page_style import PAGE_STYLE
from thermvision.tasks.baselines import NEAREST_LEAK
from thermvision.tasks.study.figures import MAIN
from thermvision.tasks.study.plots import PLOT_STYLE, Point, bar_plot, curve_plot, interval_plot
from thermvision.tasks.study.published import Published, published_table
from thermvision.tasks.study.record import BASELINE
from thermvision.tasks.study.table import Difference, Figure, Row, row_name
from thermvision.tasks.study.text import bin_tables, difference_table, tables

_NONE = Figure(float("nan"), float("nan"), float("nan"), float("nan"))
_MOST_BARS = 8  # series in one drawing of bars
_STYLE = """
ul{margin:8px 0 0;padding-left:20px}li{margin:0 0 6px;max-width:85ch}tr.baseline td{color:var(--soft)}td:first-child{min-width:200px}
td.number{white-space:nowrap}svg.plot{margin-top:14px}h3{font-size:14px;font-weight:600;margin:24px 0 8px}
"""


def study_page(
    title: str,
    notes: Sequence[str],
    rows: Sequence[Row],
    differences: Sequence[Difference],
    how: str,
    published: Sequence[Published] = (),
) -> str:
    """The page as text."""
    said = "".join(f"<li>{html.escape(note)}</li>" for note in notes)
    parts = [_section(rows, key, table) for key, table in zip(_keys(rows), tables(rows), strict=True)]
    parts += [_table(*table, rows) for table in bin_tables(rows)]
    if differences:
        parts.append(_table(*difference_table(differences), rows))
    if published:
        parts.append(_table(*published_table(published, rows), rows))
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>{html.escape(title)}</title><style>{PAGE_STYLE}{PLOT_STYLE}{_STYLE}</style></head><body><main><h1>{html.escape(title)}</h1>"
        f"<p>{html.escape(how)}</p><h2>In words</h2><ul>{said}</ul>{''.join(parts)}</main></body></html>\n"
    )


def _keys(rows: Sequence[Row]) -> list[tuple[str, str, str]]:
    return list(dict.fromkeys((row.task, row.test_set, row.normaliser) for row in rows))


def _section(
    rows: Sequence[Row], key: tuple[str, str, str], table: tuple[str, list[str], list[list[str]]]
) -> str:  # fmt: skip
    chosen = [row for row in rows if (row.task, row.test_set, row.normaliser) == key]
    metric = MAIN[key[0]]
    label = metric + (f" / {key[2]}" if key[2] else "")
    drawn = interval_plot(
        [row_name(row) for row in chosen],
        [_point(row, metric) for row in chosen],
        label,
        hollow=[row.regime == BASELINE for row in chosen],
    )
    levels = [
        (row_name(row), row.figures[metric].value)
        for row in chosen
        if row.regime == BASELINE and row.model != NEAREST_LEAK
    ]
    low_shot = _curves([row for row in chosen if row.regime == "low-shot"], metric, "train_people")
    hybrid = [row for row in chosen if row.regime == "hybrid"]
    none_yet = [
        dataclasses.replace(row, synthetic_people=0)
        for row in chosen
        if row.regime == "real-only" and row.model in {one.model for one in hybrid}
    ]
    growing = _curves([*none_yet, *hybrid], metric, "synthetic_people")
    parts = [_table(*table, rows), drawn]
    word = chosen[0].real_word
    if low_shot:
        parts += ["<h3>Few people</h3>", curve_plot(low_shot, f"{word} people of each class", label, levels=levels)]
    if growing:
        parts += ["<h3>Growing synthetic data</h3>", curve_plot(growing, f"synthetic people beside the same {word} ones", label, levels=levels)]  # fmt: skip
    return "".join(parts) + _bars(chosen)


def _curves(rows: Sequence[Row], metric: str, over: str) -> list[tuple[str, list[tuple[float, Point]]]]:
    """A line for each model and training set; for low-shot rows also for each number of synthetic people."""
    lines: dict[str, list[tuple[float, Point]]] = {}
    for row in rows:
        name = row.model + (f" ({row.train_set})" if row.train_set else "")
        if over == "train_people" and row.synthetic_people:
            name += f", after {row.synthetic_people} synthetic people"
        number = getattr(row, over)
        if number is not None:
            lines.setdefault(name, []).append((float(number), _point(row, metric)))
    return [(name, sorted(line, key=lambda pair: pair[0])) for name, line in lines.items()]


def _bars(rows: Sequence[Row]) -> str:
    bins = list(dict.fromkeys(name for row in rows for name in row.figures if ", " in name and name.split(", ")[0] in ("NME", "AP50")))  # fmt: skip
    if not bins:
        return ""
    first = [row for row in rows if row.regime != "low-shot"][:_MOST_BARS]
    series = [(row_name(row), [_point(row, name) for name in bins]) for row in first]
    what = "By turn of the head" if bins[0].startswith("NME") else "By height of the face and by the faces in the image"
    left_out = f"<p>The first {_MOST_BARS} of {len(rows)} rows are drawn; all are in the table.</p>" if len(first) < len(rows) else ""  # fmt: skip
    return (
        f"<h3>{what}</h3>{bar_plot([name.split(', ')[1] for name in bins], series, bins[0].split(', ')[0])}{left_out}"
    )


def _point(row: Row, metric: str) -> Point:
    figure = row.figures.get(metric, _NONE)
    return Point(figure.value, figure.low, figure.high)


def _table(title: str, heads: Sequence[str], lines: Sequence[Sequence[str]], rows: Sequence[Row]) -> str:
    head = "".join(f"<th>{html.escape(one)}</th>" for one in heads)
    body = ""
    for line in lines:
        kind = " class='baseline'" if line[0].startswith("baseline: ") else ""
        cells = "".join(f"<td{'' if k == 0 else _number_class(cell)}>{_cell(cell)}</td>" for k, cell in enumerate(line))  # fmt: skip
        body += f"<tr{kind}>{cells}</tr>"
    return f"<h2>{html.escape(title)}</h2><div class='scroll'><table><tr>{head}</tr>{body}</table></div>"


def _cell(cell: str) -> str:
    """A value with its interval below it, so that wide tables fit the page."""
    value, _, interval = cell.partition(" (")
    if not interval or _number_class(cell) == "":
        return html.escape(cell)
    return f"{html.escape(value)}<div class='say'>{html.escape(interval.removesuffix(')'))}</div>"


def _number_class(cell: str) -> str:
    return " class='number'" if cell[:1].isdigit() or cell[:1] in "-–" else ""
