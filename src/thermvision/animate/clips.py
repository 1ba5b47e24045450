"""The clips of one portrait: a pure function of (settings, portrait, drivers), so any process may make them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from thermvision import __version__
from thermvision.animate.compose import moved
from thermvision.animate.plain_head import plain_head
from thermvision.animate.portrait_inputs import PortraitFile
from thermvision.animate.prepare import Prepared, prepare
from thermvision.animate.settings import AnimateConfig
from thermvision.animate.shown import shown
from thermvision.animate.side_by_side import video_driver, write_side_by_side
from thermvision.dataset.session_row import session_row
from thermvision.dataset.write import write_clip
from thermvision.driving import motion_path
from thermvision.motion.endings import is_motion_file
from thermvision.motion.formats import load_motion
from thermvision.motion.programs import make_program
from thermvision.rng import rng
from thermvision.run_folder import plain_disk_errors
from thermvision.thermal.agc import make_agc
from thermvision.thermal.camera import to_centikelvin
from thermvision.types import Frame, FrameLabels, InputError, Motion

SIDE_BY_SIDE = "side_by_side.mp4"


@dataclass(frozen=True, slots=True)
class Driver:
    """What drives: a built-in motion, or a file whose motion lies in the run's folder."""

    name: str
    path: Path | None  # of the file; None for a built-in motion

    @property
    def video(self) -> Path | None:
        """The video, if it is one: shown beside the result, and read by the networks."""
        return None if self.path is None or is_motion_file(self.path) else self.path


@dataclass(frozen=True, slots=True)
class PortraitTask:
    """The clips of one portrait that are not there yet."""

    config: AnimateConfig
    config_hash: str
    file: PortraitFile
    index: int
    split: str
    drivers: tuple[Driver, ...]

    def folder(self, driver: Driver) -> Path:
        """Of a clip."""
        return self.config.out / "clips" / f"{self.file.name}_{driver.name}"


@dataclass(slots=True)
class PortraitDone:
    """What came of it."""

    name: str
    frames: dict[str, int] = field(default_factory=dict)  # of each clip made
    refused: list[str] = field(default_factory=list)  # sentences
    notes: list[str] = field(default_factory=list)


def animate_portrait(task: PortraitTask) -> PortraitDone:
    """Fit the portrait and make its missing clips, each whole or not at all; what is refused is told, not raised."""
    done = PortraitDone(task.file.name)
    try:
        prepared = prepare(task.file, task.index, task.config)
    except InputError as error:
        done.refused.append(_about(task.file.name, error))
        return done
    done.notes = [_about(task.file.name, note) for note in prepared.facts["notes"]]
    for driver in task.drivers:
        with plain_disk_errors(task.config.out):
            try:
                done.frames[task.folder(driver).name] = _make_clip(task, prepared, driver)
            except InputError as error:
                done.refused.append(_about(f"{task.file.name} driven by {driver.name}", error))
    return done


def driver_motion(task: PortraitTask, driver: Driver) -> Motion:
    """The motion of a driver as it was tracked, or a built-in one drawn for this portrait."""
    if driver.path is not None:
        return dataclasses.replace(load_motion(motion_path(task.config.out / "motions", driver.name)), name=driver.name)
    stream = rng(task.config.seed, "animate", task.file.name, driver.name)
    return make_program(driver.name, stream, task.config.frames, task.config.rate_hz)


def _make_clip(task: PortraitTask, prepared: Prepared, driver: Driver) -> int:
    config, held = task.config, prepared.held
    motion = driver_motion(task, driver)
    return write_clip(
        task.folder(driver),
        _frames(task, prepared, driver, motion),
        _describe(task, prepared, driver, motion),
        size_px=(held.width_px, held.height_px),
        rate_hz=motion.rate_hz,
        agc=make_agc(config.agc, motion.rate_hz),
        beside={SIDE_BY_SIDE: _panels(prepared, motion, driver, config)},
    )


def _frames(
    task: PortraitTask, prepared: Prepared, driver: Driver, motion: Motion
) -> Iterator[tuple[Frame, FrameLabels]]:
    """Frames of the portrait by the retargeter that is asked for."""
    config, stream = task.config, rng(task.config.seed, "animate camera", task.folder(driver).name)
    if config.retarget == "liveportrait":
        from thermvision.animate.by_networks import NetworkWishes, shown_by_networks

        wishes = NetworkWishes(config.motion, config.regions, config.strength, config.camera, config.model)
        return shown_by_networks(prepared, driver.path or motion, wishes, stream)
    absolute = config.motion == "absolute"
    own = moved(motion, prepared.held, absolute=absolute, strength=config.strength, region=config.regions)
    return shown(prepared.held, own, config.camera, stream)


def _panels(prepared: Prepared, motion: Motion, driver: Driver, config: AnimateConfig) -> Callable[[Path, Path], None]:
    """What writes the driver, the portrait and the preview side by side."""
    portrait = make_agc(config.agc, motion.rate_hz)(to_centikelvin(prepared.picture.temperature_k))

    def write(preview: Path, target: Path) -> None:
        frames: Iterable[np.ndarray] = (
            plain_head(motion, prepared.held.height_px) if driver.video is None else video_driver(driver.video)
        )
        write_side_by_side(preview, target, frames, portrait)

    return write


def _describe(task: PortraitTask, prepared: Prepared, driver: Driver, motion: Motion) -> dict[str, Any]:
    """What clip.json says; nothing in it depends on the time, the machine or the folder."""
    subject, session = prepared.held.portrait.subject, prepared.held.portrait.session
    return {
        "thermvision": __version__,
        "config_hash": task.config_hash,
        "clip": task.folder(driver).name,
        "subject": dataclasses.asdict(subject),
        "session": dataclasses.asdict(session),
        "portrait": prepared.facts,
        "retarget": task.config.retarget,
        "motion": {"name": driver.name, "kind": motion.kind, "rate_hz": motion.rate_hz, "frames": len(motion)},
        "split": task.split,
        "row": session_row(subject, session, driver.name, task.split),
    }


def _about(name: str, said: InputError | str) -> str:
    """A sentence on a portrait, with the portrait's name where it does not stand in it."""
    sentence = " ".join(str(said).split())
    return sentence if name.partition(" ")[0] in sentence else f"{name}: {sentence}"
