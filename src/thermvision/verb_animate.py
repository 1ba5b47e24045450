"""`thermvision animate`: options, the run, and what it made and refused."""

from __future__ import annotations

import logging
from typing import Any

from thermvision import options
from thermvision.cli import show, show_refused

_SHORT = {"--relative": "relative", "--absolute": "absolute"}  # for --motion


def run_animate(argv: list[str]) -> int:
    """`thermvision animate PORTRAIT... --driving VIDEO|MOTION|NAME... --out DIR`; exit 2 if a portrait is refused."""
    argv, common = options.take_common(argv, takes_config=False)
    from thermvision.animate.settings import AnimateConfig

    words = [part for word in argv for part in (("--motion", _SHORT[word]) if word in _SHORT else (word,))]
    config = options.parse(AnimateConfig, words, "animate")
    from thermvision.animate.run import animate
    from thermvision.progress import progress

    logging.basicConfig(format="thermvision: warning: %(message)s", level=logging.WARNING)
    if common.dry_run:
        report = animate(config, dry_run=True)
        lines = [
            f"{len(report.planned)} clips would be made in {config.out}:",
            *(f"  {name}" for name in report.planned),
        ]
        show({"out": str(config.out), "clips": report.planned}, as_json=common.json, lines=lines)
        return 0
    with progress(quiet=common.json) as on_progress:
        report = animate(config, on_progress=on_progress)
    lines = [
        f"data set: {report.out}",
        f"clips: {report.clips} of {len(report.planned)}   frames: {report.frames}" + ("" if report.new_frames or report.refused else "   all were there already"),
        f"look at: {report.out / 'contact_sheet.png'} and {report.out}/clips/*/side_by_side.mp4",
    ]  # fmt: skip
    result: dict[str, Any] = {
        "out": str(report.out), "clips": report.clips, "frames": report.frames, "new_frames": report.new_frames, "refused": report.refused,
    }  # fmt: skip
    show(result, as_json=common.json, lines=lines)
    show_refused(report.refused)
    return 2 if report.refused else 0
