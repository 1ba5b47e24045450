"""Small drawings as inline SVG: figures with their intervals, curves over the number of people, bars by bins."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

COLOURS = 8  # --s0 to --s7 of the page
PLOT_STYLE = """
:root{--s0:#2f6db5;--s1:#c8632b;--s2:#3d8a57;--s3:#8a56a8;--s4:#a8842a;--s5:#3a8f96;--s6:#b14a6b;--s7:#6f7680}
@media (prefers-color-scheme:dark){:root{--s0:#7db0ee;--s1:#f0a070;--s2:#82c99a;--s3:#c79be2;--s4:#dcbd6a;--s5:#7fd0d6;--s6:#ec92ae;--s7:#a9b0b8}}
svg.plot{width:100%;max-width:760px;display:block;background:var(--card);border:1px solid var(--line);border-radius:8px}
svg.plot text{fill:var(--ink);font:12px system-ui,sans-serif}svg.plot text.soft{fill:var(--soft)}
svg.plot .grid{stroke:var(--line);stroke-width:1}svg.plot .level{stroke:var(--soft);stroke-width:1.3;stroke-dasharray:5 4}
.key{display:flex;flex-wrap:wrap;gap:2px 18px;font-size:13px;color:var(--soft);margin:6px 0 20px}.key i{display:inline-block;width:11px;height:11px;border-radius:2px;margin-right:6px}
"""
_WIDTH, _RIGHT, _TOP = 760, 20, 16


@dataclass(frozen=True, slots=True)
class Point:
    """A value and its interval; NaN where there is none."""

    value: float
    low: float
    high: float


def interval_plot(names: Sequence[str], points: Sequence[Point], label: str, *, hollow: Sequence[bool]) -> str:
    """A line for each name: its value as a dot (a ring where `hollow`) and its interval."""
    known = [k for k, point in enumerate(points) if not math.isnan(point.value)]
    if not known:
        return ""
    left, step = min(380, 22 + int(6.4 * max(len(names[k]) for k in known))), 24
    height = _TOP + step * len(known) + 44
    low, high, ticks = _axis([points[k] for k in known])

    def x(value: float) -> float:
        return left + (_WIDTH - _RIGHT - left) * (value - low) / (high - low)

    bottom = _TOP + step * len(known)
    parts = [f"<line class='grid' x1='{x(t):.1f}' x2='{x(t):.1f}' y1='{_TOP}' y2='{bottom}'/><text class='soft' x='{x(t):.1f}' y='{bottom + 16}' text-anchor='middle'>{t:g}</text>" for t in ticks]  # fmt: skip
    for place, k in enumerate(known):
        y, point = _TOP + step * (place + 0.5), points[k]
        colour, fill = ("var(--s7)", "var(--card)") if hollow[k] else ("var(--s0)", "var(--s0)")
        parts.append(f"<text x='{left - 12}' y='{y + 4:.1f}' text-anchor='end'>{html.escape(_short(names[k], 58))}</text>")  # fmt: skip
        if not math.isnan(point.low):
            parts.append(f"<line x1='{x(point.low):.1f}' x2='{x(point.high):.1f}' y1='{y}' y2='{y}' stroke='{colour}' stroke-width='2.4'/>")  # fmt: skip
        parts.append(f"<circle cx='{x(point.value):.1f}' cy='{y}' r='4.5' fill='{fill}' stroke='{colour}' stroke-width='2'/>")  # fmt: skip
    parts.append(f"<text class='soft' x='{(left + _WIDTH - _RIGHT) / 2:.0f}' y='{bottom + 35}' text-anchor='middle'>{html.escape(label)}</text>")  # fmt: skip
    return _svg(height, parts, label)


def curve_plot(
    series: Sequence[tuple[str, Sequence[tuple[float, Point]]]], x_label: str, y_label: str, *, levels: Sequence[tuple[str, float]] = ()
) -> str:  # fmt: skip
    """Values over a number, a line for each series, whiskers for intervals, dashed levels for baselines. Numbers stand at even steps."""
    points = [point for _, line in series for _, point in line if not math.isnan(point.value)]
    if not points:
        return ""
    levels = [one for one in levels if not math.isnan(one[1])]
    places = sorted({number for _, line in series for number, _ in line})
    frame, y, parts = _frame([*points, *(Point(v, v, v) for _, v in levels)], y_label)
    left, right, bottom = frame
    at = {number: left + (right - left) * (k + 0.5) / len(places) for k, number in enumerate(places)}
    parts += [f"<text class='soft' x='{at[n]:.1f}' y='{bottom + 17}' text-anchor='middle'>{n:g}</text>" for n in places]
    for name, value in levels:
        parts.append(f"<line class='level' x1='{left}' x2='{right}' y1='{y(value):.1f}' y2='{y(value):.1f}'/><text class='soft' x='{right - 4}' y='{y(value) - 5:.1f}' text-anchor='end'>{html.escape(_short(name, 60))}</text>")  # fmt: skip
    for k, (_, line) in enumerate(series):
        colour, shift = f"var(--s{k % COLOURS})", 7 * (k - (len(series) - 1) / 2)
        seen = [(at[number] + shift, point) for number, point in line if not math.isnan(point.value)]
        path = " ".join(f"{x:.1f},{y(point.value):.1f}" for x, point in seen)
        parts.append(f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2'/>")
        parts += [_whisker(x, y, point, colour) for x, point in seen]
        parts += [f"<circle cx='{x:.1f}' cy='{y(point.value):.1f}' r='4' fill='{colour}'/>" for x, point in seen]
    parts.append(f"<text class='soft' x='{(left + right) / 2:.0f}' y='{bottom + 37}' text-anchor='middle'>{html.escape(x_label)}</text>")  # fmt: skip
    return _svg(bottom + 46, parts, f"{y_label} over {x_label}") + _key([name for name, _ in series])


def bar_plot(bins: Sequence[str], series: Sequence[tuple[str, Sequence[Point]]], y_label: str) -> str:
    """A group of bars for each bin, one of each series, with whiskers; bars start at 0."""
    points = [point for _, values in series for point in values if not math.isnan(point.value)]
    if not points:
        return ""
    frame, y, parts = _frame([*points, Point(0.0, 0.0, 0.0)], y_label)
    left, right, bottom = frame
    room = (right - left) / len(bins)
    wide = min(34.0, 0.8 * room / len(series))
    for b, name in enumerate(bins):
        middle = left + room * (b + 0.5)
        parts.append(f"<text class='soft' x='{middle:.1f}' y='{bottom + 17}' text-anchor='middle'>{html.escape(name)}</text>")  # fmt: skip
        for k, (_, values) in enumerate(series):
            point = values[b]
            if math.isnan(point.value):
                continue
            x = middle + wide * (k - len(series) / 2)
            top, foot = sorted((y(point.value), y(0.0)))
            parts.append(f"<rect x='{x + 1:.1f}' y='{top:.1f}' width='{wide - 2:.1f}' height='{foot - top:.1f}' fill='var(--s{k % COLOURS})'/>")  # fmt: skip
            parts.append(_whisker(x + wide / 2, y, point, "var(--ink)"))
    return _svg(bottom + 28, parts, y_label) + _key([name for name, _ in series])


def _frame(points: Sequence[Point], y_label: str) -> tuple[tuple[int, int, int], Callable[[float], float], list[str]]:
    """((left, right, bottom), y of a value, grid and labels) of a plot with an upright axis."""
    left, right, top, bottom = 62, _WIDTH - _RIGHT, 34, 290
    low, high, ticks = _axis(points)

    def y(value: float) -> float:
        return bottom - (bottom - top) * (value - low) / (high - low)

    parts = [f"<text class='soft' x='{left - 48}' y='20'>{html.escape(y_label)}</text>"]
    for tick in ticks:
        parts.append(f"<line class='grid' x1='{left}' x2='{right}' y1='{y(tick):.1f}' y2='{y(tick):.1f}'/><text class='soft' x='{left - 8}' y='{y(tick) + 4:.1f}' text-anchor='end'>{tick:g}</text>")  # fmt: skip
    return (left, right, bottom), y, parts


def _whisker(x: float, y: Callable[[float], float], point: Point, colour: str) -> str:
    if math.isnan(point.low):
        return ""
    return f"<line x1='{x:.1f}' x2='{x:.1f}' y1='{y(point.low):.1f}' y2='{y(point.high):.1f}' stroke='{colour}' stroke-width='1.4'/>"


def _axis(points: Sequence[Point]) -> tuple[float, float, list[float]]:
    """Ends of the axis and round ticks within them; the ends are ticks."""
    values = [value for point in points for value in (point.value, point.low, point.high) if not math.isnan(value)]
    low, high = min(values), max(values)
    span = max(high - low, 1e-3, 0.05 * abs(high))
    low = high - span  # one value alone is the upper end: shares end at 1
    step = 10 ** math.floor(math.log10(span / 4))
    step *= next(times for times in (1, 2, 2.5, 5, 10) if span / (step * times) <= 5)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last = max(last, first + 1)
    ticks = [float(np.round(step * k, 10)) for k in range(first, last + 1)]
    return ticks[0], ticks[-1], ticks


def _key(names: Sequence[str]) -> str:
    return "<div class='key'>" + "".join(f"<span><i style='background:var(--s{k % COLOURS})'></i>{html.escape(name)}</span>" for k, name in enumerate(names)) + "</div>"  # fmt: skip


def _svg(height: float, parts: Sequence[str], label: str) -> str:
    return f"<svg class='plot' xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {height:.0f}' role='img' aria-label='{html.escape(label, quote=True)}'>{''.join(parts)}</svg>"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
