"""A run of `thermvision animate`: portraits x drivers, each clip whole or not at all, resumed where it stopped."""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from thermvision import __version__
from thermvision.animate.card import animated_card
from thermvision.animate.clips import Driver, PortraitDone, PortraitTask, animate_portrait
from thermvision.animate.portrait_inputs import PortraitFile, portrait_files
from thermvision.animate.settings import AnimateConfig
from thermvision.config import content_hash
from thermvision.dataset.schema import SPLITS
from thermvision.dataset.split import split_subjects
from thermvision.dataset.write import finished
from thermvision.driving import DrivingFile, check_drivers, named_files, track_all
from thermvision.run_folder import SETTINGS, check_folder, only_one, plain_disk_errors, remove_leftovers, write_text
from thermvision.scale.local import run
from thermvision.types import InputError

_LOG = logging.getLogger(__name__)
Progress = Callable[[str, int, int], None]  # what is done, how much of it, of how much (0: unknown)


@dataclass(slots=True)
class AnimateReport:
    """What a run has done."""

    out: Path
    clips: int = 0
    frames: int = 0
    new_frames: int = 0
    seconds: float = 0.0  # of making clips, fits included, without tracking
    planned: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # a sentence each


def animate(
    config: AnimateConfig, *, on_progress: Progress = lambda what, done, total: None, dry_run: bool = False
) -> AnimateReport:
    """Make (or go on making) the clips that `config` describes.

    A portrait or clip that is refused is told in the report and the others are made; InputError for what stands in the way
    of all, and if every portrait is refused.
    """
    for note in config.without_effect():
        _LOG.warning("%s", note)
    portraits = portrait_files(config)
    files = named_files(config.files(), set(config.programs()))
    content = config.content({file.name: file.sha256 for file in portraits}, {file.name: file.sha256 for file in files})
    tasks = _tasks(config, content_hash(content), portraits, files)
    report = AnimateReport(config.out, planned=[task.folder(driver).name for task in tasks for driver in task.drivers])
    check_folder(config.out, content)
    motions = config.out / "motions"
    check_drivers(files, motions, config.model)
    if config.retarget == "liveportrait":
        from thermvision.animate.by_networks import check_networks

        check_networks()
    if dry_run:
        return report
    new = not config.out.exists()
    with only_one(config.out, "animate"), plain_disk_errors(config.out):
        check_folder(config.out, content)
        settings = {"hash": content_hash(content), "content": content}
        write_text(config.out / SETTINGS, yaml.safe_dump(settings, sort_keys=False))
        remove_leftovers(config.out)
        try:
            track_all(files, motions, config.model, lambda name, count: on_progress(f"tracking {name}", count, 0))
            _make(tasks, report, on_progress)
            markers = [marker for name in report.planned if (marker := finished(config.out / "clips" / name))]
            if markers:
                _finish(config, content, markers, report)
        finally:
            if new and not any((config.out / "clips").glob("[!.]*")):
                shutil.rmtree(config.out, ignore_errors=True)  # it holds nothing that anybody wants
    if not report.clips:
        raise InputError(report.refused[0] if report.refused else "no clip was made")
    return report


def _tasks(
    config: AnimateConfig, config_hash: str, portraits: list[PortraitFile], files: list[DrivingFile]
) -> list[PortraitTask]:
    """A task a portrait, with all its drivers."""
    drivers = [Driver(name, None) for name in config.programs()]
    drivers += [Driver(file.name, file.path) for file in files]
    split = split_subjects(config.seed, {"all": [file.name for file in portraits]})
    return [
        PortraitTask(config, config_hash, file, index, split[file.name], tuple(drivers))
        for index, file in enumerate(portraits)
    ]


def _make(tasks: list[PortraitTask], report: AnimateReport, on_progress: Progress) -> None:
    """Make the clips that are not there yet, portrait by portrait."""
    missing = []
    for task in tasks:
        left = tuple(driver for driver in task.drivers if finished(task.folder(driver)) is None)
        if left:
            missing.append(PortraitTask(task.config, task.config_hash, task.file, task.index, task.split, left))
    total, started = len(report.planned), time.perf_counter()
    done = total - sum(len(task.drivers) for task in missing)
    outcome: dict[str, PortraitDone] = {}
    for one in run(animate_portrait, missing, workers=_workers(missing)):
        outcome[one.name] = one
        done += len(one.frames)
        on_progress("clips", done, total)
    for one in (outcome[task.file.name] for task in missing):  # told in the order of the portraits
        report.new_frames += sum(one.frames.values())
        report.refused += one.refused
        for note in one.notes:
            _LOG.warning("%s", note)
    report.seconds = time.perf_counter() - started


def _workers(tasks: list[PortraitTask]) -> int:
    """Processes: LivePortrait's networks use all cores by themselves and are too large to be there twice."""
    return 1 if not tasks or tasks[0].config.retarget == "liveportrait" else tasks[0].config.workers


def _finish(
    config: AnimateConfig, content: dict[str, Any], markers: list[dict[str, Any]], report: AnimateReport
) -> None:
    """What makes a folder of clips a data set: index, card, contact sheet."""
    from thermvision.dataset.contact_sheet import write_contact_sheet

    split: dict[str, list[str]] = {name: [] for name in SPLITS}
    for side, subject in sorted({(marker["split"], marker["subject"]["id"]) for marker in markers}):
        split[side].append(subject)
    motions = {marker["motion"]["name"]: marker["motion"]["kind"] for marker in markers}
    portraits = {marker["portrait"]["name"]: marker["portrait"] for marker in markers}
    index = {
        "thermvision": __version__,
        "config_hash": content_hash(content),
        "clips": len(markers),
        "frames": sum(marker["frames"] for marker in markers),
        "subjects": len({marker["subject"]["id"] for marker in markers}),
        "split": split,
        "motions": [{"name": name, "kind": kind} for name, kind in motions.items()],
        "portraits": [
            {**portrait, "subject": next(m["subject"]["id"] for m in markers if m["portrait"]["name"] == name)}
            for name, portrait in portraits.items()
        ],
        "retarget": config.retarget,
        "refused": report.refused,
        "regions": list(markers[0]["session"]["region_temperature_k"]),
        "clip_names": [marker["clip"] for marker in markers],
    }
    report.clips, report.frames = index["clips"], index["frames"]
    write_text(config.out / "dataset.json", json.dumps(index, indent=1) + "\n")
    write_text(config.out / "README.md", animated_card(index))
    write_contact_sheet(config.out / "contact_sheet.png", [config.out / "clips" / marker["clip"] for marker in markers])
