"""One self-contained page: a table of findings, typical pictures, and the worst of each check that failed."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence

from thermvision.page_style import PAGE_STYLE
from thermvision.quality.measure import Finding, Picture
from thermvision.types import ZERO_CELSIUS_K

_STYLE = (
    PAGE_STYLE
    + """\
.pictures{display:flex;flex-wrap:wrap;gap:16px}figure{margin:0}
.verdict{font-size:18px;font-weight:650;margin:14px 0 2px}.pictures figure{width:224px}
figure svg{width:224px;display:block;border-radius:6px 6px 0 0;background:#000}.ramp{height:7px;background:linear-gradient(90deg,#000,#fff);border:1px solid var(--line);border-top:0}
.ends{display:flex;justify-content:space-between;font-size:11.5px;color:var(--soft);font-variant-numeric:tabular-nums}
.faults{display:flex;flex-wrap:wrap;gap:0 28px}.faults section{flex:0 1 240px}.faults section.wide{flex-basis:100%}.faults p{margin-top:6px;font-size:13.5px}td.number,td.mark{width:1%}@media print{body{background:#fff}figure{break-inside:avoid}}
figcaption{font-size:12px;line-height:1.35;color:var(--soft);margin-top:5px;overflow-wrap:anywhere}
"""
)
_MARK = {"pass": "✓ pass", "fail": "✗ fail", "n/a": "– not applicable"}


def report_page(title: str, summary: str, findings: Sequence[Finding], typical: Sequence[Picture]) -> str:
    """The page as text: verdict, table in the order given, pictures of failed checks, those nearest a limit, typical frames."""
    failed = [one for one in findings if one.verdict == "fail"]
    worst = "".join(
        f"<section class='{'wide' if len(one.worst) > 1 else ''}'><h2 class='fail'>✗ {html.escape(one.name)}</h2>"
        f"{_pictures(one.worst)}<p>{html.escape(one.sentence)}; limits: {limits(one)}.</p></section>"
        for one in failed
        if one.worst
    )
    nearest = [_named(one, picture) for one in findings if one.verdict == "pass" for picture in one.worst[:1]]
    near = f"<h2>Nearest to a limit, all within</h2>{_pictures(nearest)}" if nearest else ""
    shown = f"<h2>Typical</h2>{_pictures(typical)}" if typical else ""
    guide = "<p>The box marks what was measured. The bar under a picture is its scale; each picture has its own.</p>"
    colour = "fail" if failed else "pass"
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body><main><h1>{html.escape(title)}</h1>"
        f"<p>{html.escape(summary)}</p><div class='verdict {colour}'>{html.escape(verdict_line(findings))}</div>"
        f"{guide}<div class='faults'>{worst}</div><h2>All checks</h2>{_table(findings)}{near}{shown}</main></body></html>\n"
    )


def verdict_line(findings: Sequence[Finding]) -> str:
    """One line that says whether all is well: FAIL with what failed, or PASS, and the counts."""
    passed, failed, absent = (sum(one.verdict == verdict for one in findings) for verdict in ("pass", "fail", "n/a"))
    counts = f"{passed} passed, {failed} failed, {absent} not applicable"
    if failed:
        names = list(dict.fromkeys(one.name for one in findings if one.verdict == "fail"))
        return f"FAIL: {', '.join(names)} ({counts})"
    return f"PASS ({counts})" if passed else f"NOTHING MEASURED ({counts})"


def text_table(findings: Sequence[Finding]) -> list[str]:
    """The findings as lines for a terminal, one each: verdict, name, value, limits; for n/a the reason; failures are told below."""
    lines, group = [], None
    wide = max((len(one.name) for one in findings), default=0)
    for one in findings:
        if one.group != group:
            group = one.group
            lines.append(group)
        if one.verdict == "n/a":
            lines.append(f"  n/a   {one.name:<{wide}}  {one.sentence}")
            continue
        value = "not a number" if one.value is None else f"{one.value:.3g} {one.unit}"
        lines.append(
            f"  {one.verdict.upper() if one.verdict == 'fail' else one.verdict}  {one.name:<{wide}}  {value:<20} {limits(one)}".rstrip()
        )
    failed = [one for one in findings if one.verdict == "fail"]
    told = (
        ["", *(f"{one.group + ' - ' if one.group else ''}{one.name}: {one.sentence}" for one in failed)]
        if failed
        else []
    )
    return [*lines, *told, "", verdict_line(findings)]


def limits(one: Finding) -> str:
    """The limits of a finding in words: `0.1 to 2.3`, `at most 5`, `at least 0`, or a dash."""
    if one.low is None and one.high is None:
        return "-"
    if one.low is None:
        return f"at most {one.high:.3g}"
    return f"at least {one.low:.3g}" if one.high is None else f"{one.low:.3g} to {one.high:.3g}"


def _named(one: Finding, picture: Picture) -> Picture:
    return Picture(f"{one.name} ({limits(one)}): {picture.caption}", picture.view, picture.mark)


def _table(findings: Sequence[Finding]) -> str:
    rows, group = [], None
    for one in findings:
        if one.group != group:
            group = one.group
            rows.append(f"<tr class='group'><td colspan='4'>{html.escape(group)}</td></tr>")
        value = "" if one.value is None else f"{one.value:.3g} {html.escape(one.unit)}"
        mark = one.verdict.replace("/", "")
        rows.append(
            f"<tr><td>{html.escape(one.name)}<div class='say'>{html.escape(one.sentence)}</div></td>"
            f"<td class='number'>{value}</td><td class='number'>{limits(one)}</td><td class='mark {mark}'>{_MARK[one.verdict]}</td></tr>"
        )
    return f"<div class='scroll'><table><tr><th>check</th><th>value</th><th>limits</th><th>verdict</th></tr>{''.join(rows)}</table></div>"


def _pictures(pictures: Sequence[Picture]) -> str:
    return "<div class='pictures'>" + "".join(_figure(picture) for picture in pictures) + "</div>"


def _figure(picture: Picture) -> str:
    """A picture with its mark, its scale in kelvin and Celsius (or in grey levels), and its caption."""
    from PIL import Image

    view, file = picture.view, io.BytesIO()
    Image.fromarray(view.grey).save(file, "PNG", optimize=True)
    data, caption = base64.b64encode(file.getvalue()).decode(), html.escape(picture.caption)
    height, width = view.grey.shape
    box = ""
    if picture.mark is not None:
        left, top, right, bottom = picture.mark
        box = f"<rect x='{left:.1f}' y='{top:.1f}' width='{right - left:.1f}' height='{bottom - top:.1f}' fill='none' stroke='#ffb000' stroke-width='1.6'/>"
    return (
        f"<figure><svg viewBox='0 0 {width} {height}' role='img' aria-label='{caption}'>"
        f"<image width='{width}' height='{height}' href='data:image/png;base64,{data}'/>{box}</svg>"
        f"<div class='ramp'></div><div class='ends'><span>{_level(view.low, view.unit)}</span><span>{_level(view.high, view.unit)}</span></div>"
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _level(value: float, unit: str) -> str:
    return f"{value:.1f} K ({value - ZERO_CELSIUS_K:.1f} °C)" if unit == "K" else f"{value:.0f} {unit}"
