"""Which format a source looks like, so that a wrong name can be answered with the right one."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SIGNS: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "sf-tl54": r"(?:^|/)(gr[ae]y|iron)/(train|val|test)/(images|json)/",
        "tfw": r"(?:^|/)(train|val|test)/(in|out)door(_gr[ae]y)?(/|\.csv$)",
        "tufts": r"(?:^|/)TD_IR_[AE]_Set_?\d/",
        "carl": r"(?:^|/)thermal_bmp/|(?:^|/)\d+S\dB(AR|IR|NA)\d\.bmp$",
        "charlotte": r"(?:^|/)S\d+/(?:.*/)?R\d+\.tiff?$",
        "eurecom": r"(?:^|/)TH/TH_\d+_\d+_\d+_",
        "thermvision-db": r"(fe)?male subjects/set\s+\d",
        "yolo": r"(?:^|/)labels/(?:.*/)?[^/]+\.txt$",
        "coco": r"(?:^|/)(annotations/[^/]+|[^/]*(coco|instances|keypoints)[^/]*)\.json$",
        "folders": r"(?:^|/)((fe)?males?|(wo)?m[ae]n)/[^/]+\.(png|jpe?g|bmp|tiff?)$",
    }.items()
}


def looks_like(names: Sequence[str]) -> str | None:
    """The format whose signs are in the names, the published layouts before the generic ones; None if there are none."""
    return next((name for name, sign in _SIGNS.items() if any(sign.search(one) for one in names)), None)
