"""One self-contained page: a table of findings, typical pictures, and the worst of each check that failed."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence

from thermvision.quality.measure import Finding, Picture

_STYLE = """
:root{color-scheme:light dark;--ink:#1d1f23;--soft:#63686f;--line:#dfe1e5;--paper:#fbfbfa;--card:#ffffff;--ok:#2c7a4b;--bad:#b3372b;--na:#8a8f96}
@media (prefers-color-scheme:dark){:root{--ink:#e6e6e3;--soft:#a0a4aa;--line:#34373c;--paper:#17181a;--card:#1f2124;--ok:#6cc08b;--bad:#f0857a;--na:#7d828a}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1080px;margin:0 auto;padding:40px 24px 80px}h1{font-size:26px;font-weight:650;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:18px;font-weight:600;margin:40px 0 10px}p{margin:0 0 8px;color:var(--soft);max-width:75ch}
.scroll{overflow-x:auto}table{width:100%;border-collapse:collapse;background:var(--card);border:1px solid var(--line);border-radius:8px}
th{font-weight:600;font-size:13px;color:var(--soft);text-align:left}th,td{padding:8px 12px;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0}td.number{font-variant-numeric:tabular-nums;white-space:nowrap}
.say{color:var(--soft);font-size:13.5px}.mark{font-weight:600;white-space:nowrap}.pass{color:var(--ok)}.fail{color:var(--bad)}.na{color:var(--na);font-weight:400}
.group td{background:var(--paper);font-weight:600;font-size:13px;color:var(--soft)}
.pictures{display:flex;flex-wrap:wrap;gap:14px}figure{margin:0;width:160px}figure img{width:160px;border-radius:6px;display:block}
figcaption{font-size:12px;line-height:1.35;color:var(--soft);margin-top:5px;overflow-wrap:anywhere}
"""
_MARK = {"pass": "✓ pass", "fail": "✗ fail", "n/a": "– not applicable"}


def report_page(title: str, summary: str, findings: Sequence[Finding], typical: Sequence[Picture]) -> str:
    """The page as text: title, one line, table in the order given, pictures of failed checks, typical frames."""
    failed = [one for one in findings if one.verdict == "fail"]
    counts = ", ".join(
        f"{sum(one.verdict == verdict for one in findings)} {word}"
        for verdict, word in (("pass", "passed"), ("fail", "failed"), ("n/a", "not applicable"))
    )
    worst = "".join(
        f"<h2 class='fail'>{html.escape(one.name)}</h2><p>{html.escape(one.sentence)}</p>{_pictures(one.worst)}"
        for one in failed
        if one.worst
    )
    shown = f"<h2>Typical frames</h2>{_pictures(typical)}" if typical else ""
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body><main><h1>{html.escape(title)}</h1>"
        f"<p>{html.escape(summary)}</p><p>{len(findings)} checks: {counts}.</p>{_table(findings)}{worst}{shown}</main></body></html>\n"
    )


def text_table(findings: Sequence[Finding]) -> list[str]:
    """The findings as lines for a terminal: verdict, name, value, limits; the sentence below where a check did not pass."""
    lines, group = [], None
    for one in findings:
        if one.group != group:
            group = one.group
            lines.append(group)
        value = "" if one.value is None else f"{one.value:.3g} {one.unit}"
        lines.append(
            f"  {one.verdict:<5} {one.name:<40} {value:<22} {limits(one) if one.value is not None else ''}".rstrip()
        )
        if one.verdict != "pass":
            lines.append(f"        {one.sentence}")
    counts = [sum(one.verdict == verdict for one in findings) for verdict in ("pass", "fail", "n/a")]
    return [*lines, "", f"{counts[0]} passed, {counts[1]} failed, {counts[2]} not applicable"]


def limits(one: Finding) -> str:
    """The limits of a finding in words: `0.1 to 2.3`, `at most 5`, `at least 0`, or a dash."""
    if one.low is None and one.high is None:
        return "-"
    if one.low is None:
        return f"at most {one.high:.3g}"
    return f"at least {one.low:.3g}" if one.high is None else f"{one.low:.3g} to {one.high:.3g}"


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
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture.view).save(file, "PNG", optimize=True)
    data = base64.b64encode(file.getvalue()).decode()
    caption = html.escape(picture.caption)
    return (
        f"<figure><img src='data:image/png;base64,{data}' alt='{caption}'><figcaption>{caption}</figcaption></figure>"
    )
