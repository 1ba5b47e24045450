"""READ FIRST: how a data set comes about, as numbered steps."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from thermvision import __version__
from thermvision.clip import ClipTask, in_groups, make_clips
from thermvision.config import BuildConfig, content_hash
from thermvision.dataset.card import data_card
from thermvision.dataset.schema import SPLITS
from thermvision.dataset.write import finished
from thermvision.driving import check_drivers, driving_files, track_all
from thermvision.plan import plan_clips
from thermvision.portraits.painted import painted_by
from thermvision.run_folder import SETTINGS, check_folder, only_one, plain_disk_errors, remove_leftovers, write_text
from thermvision.scale.local import run

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class BuildReport:
    """What a build has done."""

    out: Path
    clips: int = 0
    frames: int = 0
    new_frames: int = 0
    seconds: float = 0.0  # of making clips, without tracking and finishing
    planned: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # pictures of a folder that cannot be moved, a sentence each

    @property
    def frames_per_second(self) -> float:
        """Frames made in this run for each second of making clips."""
        return self.new_frames / self.seconds if self.seconds > 0 else 0.0


Progress = Callable[[str, int, int], None]  # what is done, how much of it, of how much (0: unknown)


def build(
    config: BuildConfig, *, on_progress: Progress = lambda what, done, total: None, dry_run: bool = False
) -> BuildReport:
    """Make (or go on making) the data set that `config` describes; InputError names what stands in the way."""
    for note in config.without_effect():
        _LOG.warning("%s", note)
    if config.source == "folder":
        return _of_folder(config, on_progress, dry_run=dry_run)
    if config.retarget == "liveportrait":
        from thermvision.animate.by_networks import check_networks

        check_networks()
    # 1 What is asked for: clips by name; driving files and models that paint by content.
    drivers = driving_files(config)
    painters = painted_by(config.paint_model, config.paint_lora) if config.source == "flux" else None
    content = config.content({driver.name: driver.sha256 for driver in drivers}, painters)
    clips = plan_clips(config, [driver.name for driver in drivers])
    report = BuildReport(config.out, planned=[clip.name for clip in clips])

    # 2 The folder: new, or the same run begun before.
    check_folder(config.out, content)
    check_drivers(drivers, config.out / "motions", config.model)
    if dry_run:
        return report
    with only_one(config.out), plain_disk_errors(config.out):
        check_folder(config.out, content)
        write_text(
            config.out / SETTINGS, yaml.safe_dump({"hash": content_hash(content), "content": content}, sort_keys=False)
        )
        remove_leftovers(config.out)

        # 3 Motion of the driving videos, tracked once.
        track_all(
            drivers, config.out / "motions", config.model, lambda name, count: on_progress(f"tracking {name}", count, 0)
        )

        # 4 Clips that are not there yet, in any order, on any worker (clip.py says how one comes about).
        files = {driver.name: driver.path for driver in drivers}
        tasks = [
            ClipTask(
                config, content_hash(content), clip, config.out / "clips" / clip.name, config.out / "motions",
                files.get(clip.motion) if clip.tracked else None,
            )
            for clip in clips
        ]  # fmt: skip
        workers = 1 if config.retarget == "liveportrait" else config.workers  # its networks use all cores by themselves
        missing = [task for task in tasks if finished(task.folder) is None]
        started = time.perf_counter()
        done = len(tasks) - len(missing)
        for clips_done in run(make_clips, in_groups(missing, workers), workers=workers):
            done += len(clips_done)
            report.new_frames += sum(clip.frames for clip in clips_done)
            on_progress("clips", done, len(tasks))
        report.seconds = time.perf_counter() - started

        # 5 What makes a folder of clips a data set: index, card, contact sheet.
        from thermvision.dataset.contact_sheet import write_contact_sheet

        index = _index(config, content, tasks)
        report.clips, report.frames = index["clips"], index["frames"]
        write_text(config.out / "dataset.json", json.dumps(index, indent=1) + "\n")
        write_text(config.out / "README.md", data_card(index, tuple(index["regions"])))
        write_contact_sheet(config.out / "contact_sheet.png", [task.folder for task in tasks])
    return report


def _of_folder(config: BuildConfig, on_progress: Progress, *, dry_run: bool) -> BuildReport:
    """The pictures of a folder as subjects: what `thermvision animate` does with them."""
    from thermvision.animate.run import animate
    from thermvision.animate.settings import make_animate_config

    settings = {
        "portraits": (config.portraits,), "driving": (*config.programs(), *map(str, config.driving)),
        **{name: getattr(config, name) for name in ("out", "retarget", "size", "camera", "agc", "frames", "rate_hz", "seed", "workers", "model")},
    }  # fmt: skip
    made = animate(make_animate_config(settings, "build"), on_progress=on_progress, dry_run=dry_run)
    return BuildReport(
        made.out, made.clips, made.frames, made.new_frames, made.seconds, planned=made.planned, refused=made.refused
    )


def _index(config: BuildConfig, content: dict[str, Any], tasks: list[ClipTask]) -> dict[str, Any]:
    markers = [marker for task in tasks if (marker := finished(task.folder)) is not None]
    split: dict[str, list[str]] = {name: [] for name in SPLITS}
    for one in sorted({(marker["split"], marker["subject"]["id"]) for marker in markers}):
        split[one[0]].append(one[1])
    motions = {marker["motion"]["name"]: marker["motion"]["kind"] for marker in markers}
    return {
        "thermvision": __version__,
        "config_hash": content_hash(content),
        "clips": len(markers),
        "frames": sum(marker["frames"] for marker in markers),
        "subjects": config.subjects,
        "split": split,
        "motions": [{"name": name, "kind": kind} for name, kind in motions.items()],
        "regions": list(markers[0]["session"]["region_temperature_k"]),
        "clip_names": [marker["clip"] for marker in markers],
    }
