"""`thermvision annotate`: options, the run, and what it found and skipped."""

from __future__ import annotations

import logging
import warnings
from collections import Counter
from typing import Any

from thermvision import options
from thermvision.cli import show, show_refused

_MOST_SHOWN = 10  # of skipped files and of warnings


def run_annotate(argv: list[str]) -> int:
    """`thermvision annotate IMAGES|VIDEO... --out FILE`; exit 2 if a file is skipped or the run is stopped."""
    argv, common = options.take_common(argv, takes_config=False)
    from thermvision.annotate.settings import AnnotateConfig

    config = options.parse(AnnotateConfig, argv, "annotate")
    from thermvision.annotate.run import Report, annotate, planned
    from thermvision.progress import progress

    warnings.filterwarnings("ignore", module="PIL")  # of damaged files, which are told in a sentence
    logging.basicConfig(format="thermvision: warning: %(message)s", level=logging.WARNING)
    if common.dry_run:
        kinds = Counter(source.kind for source in planned(config))
        told = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in sorted(kinds.items()))
        show({"out": str(config.out), "format": config.kind, "files": dict(kinds)}, as_json=common.json, lines=[f"{told} would be looked at, and {config.out} written as {config.kind}"])  # fmt: skip
        return 0
    with progress(quiet=common.json) as on_progress:
        report: Report = annotate(config, on_progress)
    for name, what in report.warned[:_MOST_SHOWN]:
        logging.getLogger("thermvision").warning("%s %s", name, what)
    if len(report.warned) > _MOST_SHOWN:
        logging.getLogger("thermvision").warning(
            "and %d more warnings (--json lists all)", len(report.warned) - _MOST_SHOWN
        )
    skipped = [one.reason for one in report.skipped]
    result: dict[str, Any] = {
        "out": str(report.out), "format": config.kind, "complete": not report.stopped, "files": report.files, "pictures": report.pictures,
        "faces": report.faces, "without_face": report.without_face, "tracks": report.tracks,
        "skipped": [{"file_name": one.name, "reason": one.reason} for one in report.skipped],
        "warnings": [{"file_name": name, "warning": what} for name, what in report.warned],
    }  # fmt: skip
    tracked = "" if report.tracks is None else f"   tracks: {report.tracks}"
    lines = [
        f"results: {report.out} ({config.kind})",
        f"pictures: {report.pictures}   faces: {report.faces}{tracked}   without a face: {report.without_face}   skipped: {len(skipped)}",
    ]
    if config.overlay is not None and report.pictures:
        lines.append(f"look at: {config.overlay}")
    show(result, as_json=common.json, lines=lines)
    shown = skipped[:_MOST_SHOWN]
    if len(skipped) > _MOST_SHOWN:
        shown.append(f"and {len(skipped) - _MOST_SHOWN} more files are skipped; --json lists all")
    if report.stopped:
        shown.append(
            f"stopped after {report.pictures} pictures; what was found in them is in {report.out}, and the same command begins anew"
        )
    show_refused(shown)
    return 2 if shown else 0
