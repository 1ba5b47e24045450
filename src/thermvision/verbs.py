"""What each verb of the command line does with its options."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from pydantic import BaseModel, ConfigDict, Field

from thermvision import options
from thermvision.cli import show, show_refused
from thermvision.config import BuildConfig, make_config, read_yaml
from thermvision.types import InputError


def run_build(argv: list[str]) -> int:
    """`thermvision build`: settings from defaults < --config FILE < flags."""
    argv, common = options.take_common(argv, takes_config=True)
    base = None
    if common.config is not None:
        settings = read_yaml(Path(common.config))
        if "out" not in settings and not any(word.partition("=")[0] == "--out" for word in argv):
            raise InputError(f"build: out is missing in {common.config}; give it there or with --out")
        base = make_config({"out": Path(), **settings}, common.config)
    config = options.parse(BuildConfig, argv, "build", base)
    from thermvision.pipeline import build
    from thermvision.progress import progress

    _show_warnings()
    if common.dry_run:
        report = build(config, dry_run=True)
        lines = [
            f"{len(report.planned)} clips would be made in {config.out}:",
            *(f"  {name}" for name in report.planned),
        ]
        show({"out": str(config.out), "clips": report.planned}, as_json=common.json, lines=lines)
        return 0
    with progress(quiet=common.json) as on_progress:
        report = build(config, on_progress=on_progress)
    speed = f"{report.frames_per_second:.1f} frames/s" if report.new_frames else "all were there already"
    lines = [
        f"data set: {report.out}",
        f"clips: {report.clips}   frames: {report.frames}   {speed}",
        f"look at: {report.out / 'contact_sheet.png'}",
    ]
    result: dict[str, Any] = {
        "out": str(report.out),
        "clips": report.clips,
        "frames": report.frames,
        "new_frames": report.new_frames,
        **({"refused": report.refused} if report.refused else {}),
    }
    show({**result, "frames_per_second": round(report.frames_per_second, 2)}, as_json=common.json, lines=lines)
    show_refused(report.refused)
    return 2 if report.refused else 0


class Track(BaseModel):
    """Turn a video of one real face into a motion file (needs the extra [track]). Also: --dry-run, --json."""

    model_config = ConfigDict(extra="forbid")

    video: Annotated[tyro.conf.Positional[Path], Field(description="video of one face in visible light")]
    out: Annotated[Path, Field(description="motion file to write (.npz)")]
    model: Annotated[
        Path | None,
        Field(description="tracker's model file (face_landmarker.task)"),
        tyro.conf.arg(
            metavar="PATH", help_behavior_hint="(default: $THERMVISION_FACE_LANDMARKER, else the fetched one)"
        ),
    ] = None


def run_track(argv: list[str]) -> int:
    """`thermvision track VIDEO --out MOTION.npz`."""
    argv, common = options.take_common(argv, takes_config=False)
    asked = options.parse(Track, argv, "track")
    from thermvision.motion.euler import euler_deg
    from thermvision.motion.formats import save_motion
    from thermvision.motion.track import TRACKER_VERSION, track_video
    from thermvision.motion.video import frame_rate_hz
    from thermvision.progress import progress
    from thermvision.run_folder import can_be_written, plain_disk_errors
    from thermvision.weights import find, sha256_of

    _show_warnings()
    if asked.out.suffix != ".npz":
        raise InputError(f"--out {asked.out} should be a motion file: end its name in .npz")
    can_be_written("--out", asked.out)
    rate, model = frame_rate_hz(asked.video), find("face-landmarker", asked.model)
    if common.dry_run:
        show(
            {"video": str(asked.video), "rate_hz": rate},
            as_json=common.json,
            lines=[f"{asked.video} ({rate:g} frames/s) would be tracked into {asked.out}"],
        )
        return 0
    with progress(quiet=common.json) as on_progress:
        motion = track_video(asked.video, model, on_frame=lambda count: on_progress("frames", count, 0))
    with plain_disk_errors(asked.out.parent):
        save_motion(asked.out, motion, origin=f"{TRACKER_VERSION}:{sha256_of(asked.video)}")
    low, high = euler_deg(motion.sight_from_head).min(axis=0), euler_deg(motion.sight_from_head).max(axis=0)
    bridged = int((~motion.measured).sum())
    angles = ", ".join(
        f"{name} {a:.0f} to {b:.0f}" for name, a, b in zip(("yaw", "pitch", "roll"), low, high, strict=True)
    )
    lines = [
        f"motion: {asked.out}",
        f"{len(motion)} frames at {motion.rate_hz:g}/s, {bridged} bridged; degrees: {angles}",
    ]
    show(
        {"out": str(asked.out), "frames": len(motion), "bridged": bridged, "rate_hz": motion.rate_hz},
        as_json=common.json,
        lines=lines,
    )
    return 0


SPAN_C = (-100.0, 1000.0)  # what a thermal camera may mean by its lowest and highest value


class CheckOptions(BaseModel):
    """Measure what is physically implausible, leaked or painted. Exit 1 if a check fails. Also: --dry-run, --json."""

    model_config = ConfigDict(extra="forbid")

    paths: Annotated[
        tyro.conf.Positional[tuple[Path, ...]],
        Field(description="one data set folder, or image files and folders of them"),
        tyro.conf.arg(metavar="PATH [PATH ...]", help_behavior_hint=""),
    ]
    span: Annotated[
        tuple[float, float] | None,
        Field(description="of images: temperatures in C of the lowest and highest value of their format"),
        tyro.conf.arg(metavar="LOW HIGH", help_behavior_hint="(default: as the file says)"),
    ] = None
    report: Annotated[
        Path | None,
        Field(description="HTML page to write"),
        tyro.conf.arg(metavar="PATH", help_behavior_hint="(default: check.html in the data set, none for images)"),
    ] = None


def run_check(argv: list[str]) -> int:
    """`thermvision check DATASET|IMAGES...`; exit 1 if a check fails."""
    argv, common = options.take_common(argv, takes_config=False)
    asked = options.parse(CheckOptions, argv, "check")
    from thermvision.quality.check import check_dataset, check_images, is_dataset
    from thermvision.quality.report_html import text_table, verdict_line
    from thermvision.run_folder import can_be_written, plain_disk_errors, write_text

    _show_warnings()
    if not asked.paths:
        raise InputError("check: a path is missing; give a data set folder or image files")
    sets = [path for path in asked.paths if is_dataset(path)]
    if sets and len(asked.paths) > 1:
        raise InputError(
            f"check: {sets[0]} is a data set and {len(asked.paths)} paths are given; check one data set at a time"
        )
    if missing := next((path for path in asked.paths if not path.exists()), None):
        raise InputError(f"check: {missing} does not exist; give a data set folder or image files")
    if asked.span is not None and (sets or not SPAN_C[0] <= asked.span[0] < asked.span[1] <= SPAN_C[1]):
        raise InputError(
            f"--span is {asked.span[0]:g} {asked.span[1]:g}; it is for images and takes two rising temperatures from {SPAN_C[0]:g} to"
            f" {SPAN_C[1]:g} C, such as --span 20 40"
        )
    page = asked.report if asked.report is not None or not sets else sets[0] / "check.html"
    if page is not None and (page.suffix != ".html" or not page.parent.is_dir()):
        raise InputError(f"--report {page} should end in .html and lie in a folder that exists")
    if page is not None:
        can_be_written("--report", page)
    if common.dry_run:
        what = "data set" if sets else "images"
        lines = [f"{what} {' '.join(map(str, asked.paths))} would be checked{f', report: {page}' if page else ''}"]
        show(
            {"paths": [str(path) for path in asked.paths], "report": page and str(page)},
            as_json=common.json,
            lines=lines,
        )
        return 0
    report = check_dataset(sets[0]) if sets else check_images(asked.paths, asked.span)
    if page is not None:
        with plain_disk_errors(page.parent):
            write_text(page, report.page())
    lines = [report.title, report.summary, "", *text_table(report.findings), *([f"report: {page}"] if page else [])]
    result = {
        "failed": report.failed,
        "verdict": verdict_line(report.findings),
        "findings": [one.as_dict() for one in report.findings],
        "report": page and str(page),
    }
    show(result, as_json=common.json, lines=lines)
    return 1 if report.failed else 0


class WeightsOptions(BaseModel):
    """List model files and whether they are here, or fetch one. Also: --dry-run, --json."""

    model_config = ConfigDict(extra="forbid")

    action: Annotated[
        tyro.conf.Positional[Literal["list", "fetch"]],
        Field(description="list all, or fetch one into $THERMVISION_CACHE, else ~/.cache/thermvision"),
    ]
    name: Annotated[
        tyro.conf.Positional[str],
        Field(description="which to fetch: face-landmarker, liveportrait"),
        tyro.conf.arg(metavar="[NAME]", help_behavior_hint=""),
    ] = ""


def run_weights(argv: list[str]) -> int:
    """`thermvision weights list` and `thermvision weights fetch NAME`."""
    argv, common = options.take_common(argv, takes_config=False)
    asked = options.parse(WeightsOptions, argv, "weights")
    from thermvision import weights

    if asked.action == "list":
        table = [weights.status(name) for name in weights.NAMES]
        show(
            {"weights": table},
            as_json=common.json,
            lines=[f"{row['name']:<18} {row['licence']:<12} {row['state']}" for row in table],
        )
        return 0
    if asked.name not in weights.NAMES:
        given = f"weights '{asked.name}' are not known" if asked.name else "weights fetch needs a name"
        raise InputError(f"{given}; choose one of {', '.join(weights.NAMES)}")
    if common.dry_run:
        url = weights.source(asked.name)
        show({"url": url}, as_json=common.json, lines=[f"{url} would be fetched into {weights.cache_folder()}"])
        return 0
    path = weights.fetch(asked.name)
    show({"path": str(path)}, as_json=common.json, lines=[f"{asked.name}: {path}"])
    return 0


class DoctorOptions(BaseModel):
    """Say what is installed, what is missing and what to do about it. Also: --json."""

    model_config = ConfigDict(extra="forbid")


def run_doctor(argv: list[str]) -> int:
    """`thermvision doctor`; exit 1 if the simulator itself cannot run."""
    argv, common = options.take_common(argv, takes_config=False)
    options.parse(DoctorOptions, argv, "doctor")
    from thermvision.doctor import examine

    findings = examine()
    lines = []
    for finding in findings:
        word = "ok" if finding.ok else "MISSING" if finding.needed else "absent"
        lines.append(
            f"{word:<8} {finding.what:<24} {finding.found}{f' -> {finding.remedy}' if not finding.ok and finding.remedy else ''}"
        )
    show({"findings": [finding.as_dict() for finding in findings]}, as_json=common.json, lines=lines)
    return 1 if any(finding.needed and not finding.ok for finding in findings) else 0


def _show_warnings() -> None:
    logging.basicConfig(format="thermvision: warning: %(message)s", level=logging.WARNING)
