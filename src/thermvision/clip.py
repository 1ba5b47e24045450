"""Make one clip: a pure function of (settings, seed, place), so any process may make any clip."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from thermvision import __version__
from thermvision.config import BuildConfig
from thermvision.dataset.session_row import session_row
from thermvision.dataset.write import write_clip
from thermvision.driving import motion_path
from thermvision.motion.programs import make_program
from thermvision.plan import ClipPlan
from thermvision.portraits import portrait_source
from thermvision.portraits.simulator import draw_session, draw_subject, start_clip
from thermvision.retarget import retargeter
from thermvision.rng import rng
from thermvision.run_folder import plain_disk_errors
from thermvision.scale.local import num_processes
from thermvision.thermal.agc import make_agc
from thermvision.thermal.camera import camera_state, observe
from thermvision.thermal.presets import camera_model, native_size
from thermvision.types import ZERO_CELSIUS_K, CameraModel, Frame, FrameLabels, Gender, Motion, Portrait

CLIPS_AT_ONCE = 4  # at most of a session: more would leave other processes idle at the end
WILD_ASPECT, WILD_FOV_DEG = 1.25, 40.0  # of a generic camera in the wild


@dataclass(frozen=True, slots=True)
class ClipTask:
    """What a worker needs to make a clip; small enough to send to another machine."""

    config: BuildConfig
    config_hash: str
    plan: ClipPlan
    folder: Path  # of the clip
    motions: Path  # of the tracked motions
    driver: Path | None = None  # the file that drives, which LivePortrait's networks read themselves


@dataclass(frozen=True, slots=True)
class ClipDone:
    """What came of it."""

    name: str
    frames: int


def in_groups(tasks: list[ClipTask], workers: int) -> list[list[ClipTask]]:
    """Clips of one session together, so that one process makes them and their portrait once; single if they are few."""
    groups: list[list[ClipTask]] = []
    for task in tasks:
        last = groups[-1] if groups else []
        same = bool(last) and _session_of(last[0]) == _session_of(task)
        if same and len(last) < CLIPS_AT_ONCE:
            last.append(task)
        else:
            groups.append([task])
    return groups if len(groups) >= 4 * num_processes(workers) else [[task] for task in tasks]


def _session_of(task: ClipTask) -> tuple[int, int]:
    return task.plan.subject_index, task.plan.session_index


def make_clips(tasks: list[ClipTask]) -> list[ClipDone]:
    """One clip after the other."""
    return [make_clip(task) for task in tasks]


def make_clip(task: ClipTask) -> ClipDone:
    """Portrait, motion, retargeting, camera, labels, files: one clip, written whole or not at all."""
    config, plan = task.config, task.plan
    portrait = _portrait(
        config.source, config.camera, config.framing, config.seed, plan.subject_index, plan.gender, plan.session_index,
        config.room_temperature_c, _paint(config),
    )  # fmt: skip
    portrait = start_clip(portrait, rng(config.seed, "dynamics", plan.name))
    motion = clip_motion(task)
    if config.retarget == "liveportrait":
        from thermvision.animate.still_driven import still_driven

        size_px = (config.size, config.size)
        stream = rng(config.seed, "camera", plan.name)
        frames = still_driven(portrait, task.driver or motion, config.size, config.model, stream)
    else:
        camera = clip_camera(portrait, config)
        size_px = (camera.width_px, camera.height_px)
        frames = observed(portrait, motion, camera, config, plan)
    with plain_disk_errors(task.folder.parent.parent):
        count = write_clip(
            task.folder,
            frames,
            describe(task, portrait, motion),
            size_px=size_px,
            rate_hz=motion.rate_hz,
            agc=make_agc(config.agc, motion.rate_hz, whole_frame=config.framing == "wild"),
        )
    return ClipDone(plan.name, count)


@lru_cache(maxsize=1)
def _portrait(
    source: str, camera: str, framing: str, seed: int, subject_index: int, gender: Gender, session_index: int,
    room_temperature_c: float | None, paint: tuple[str, Path | None, float] | None = None,
) -> Portrait:  # fmt: skip
    subject = draw_subject(seed, subject_index, gender)
    session = draw_session(seed, subject, session_index, camera, room_temperature_c)
    more = {}
    if paint is not None:
        from thermvision.portraits.painted import PaintWith

        model, lora, strength = paint
        more["paint_with"] = PaintWith(model, lora, strength=strength)
    return portrait_source(source)(subject, session, seed, full_body=framing == "wild", **more)


def _paint(config: BuildConfig) -> tuple[str, Path | None, float] | None:
    return (config.paint_model, config.paint_lora, config.paint_strength) if config.source == "flux" else None


def clip_camera(portrait: Portrait, config: BuildConfig) -> CameraModel:
    """The session's camera; in the wild one without a lens of its own has a wide one and a wide frame."""
    if config.framing == "portrait" or native_size(portrait.session.camera) is not None:
        return camera_model(portrait.session.camera, config.size, config.size)
    wide = camera_model(portrait.session.camera, 4 * round(WILD_ASPECT * config.size / 4), config.size)
    return dataclasses.replace(wide, horizontal_fov_deg=WILD_FOV_DEG)


def clip_motion(task: ClipTask) -> Motion:
    """The motion of a clip: of a driving file relative to the driver's neutral, or a built-in one drawn for this clip."""
    plan, config = task.plan, task.config
    if plan.tracked:
        from thermvision.motion.formats import load_motion
        from thermvision.motion.neutral import relative_to_neutral

        return dataclasses.replace(
            relative_to_neutral(load_motion(motion_path(task.motions, plan.motion))), name=plan.motion
        )
    stream = rng(config.seed, "motion", plan.subject_index, plan.session_index, plan.motion)
    return make_program(plan.motion, stream, config.frames, config.rate_hz)


def observed(
    portrait: Portrait, motion: Motion, camera: CameraModel, config: BuildConfig, plan: ClipPlan
) -> Iterator[tuple[Frame, FrameLabels]]:
    """Frames as the session's camera shows them: the retargeter's, with `temperature_k` in place of radiance."""
    stream = rng(config.seed, "camera", plan.name)
    state = camera_state(camera, portrait.session.room_temperature_c + ZERO_CELSIUS_K, stream, motion.rate_hz)
    width_px, height_px, fov_deg = camera.width_px, camera.height_px, camera.horizontal_fov_deg
    if config.framing == "wild":
        from thermvision.crowd import draw_crowd
        from thermvision.retarget.wild import wild

        crowd = draw_crowd(config, plan, portrait, motion, camera)
        frames = wild(crowd, width_px=width_px, height_px=height_px, horizontal_fov_deg=fov_deg)
    else:
        move = retargeter(config.retarget)
        frames = move(portrait, motion, width_px=width_px, height_px=height_px, horizontal_fov_deg=fov_deg)
    for frame, labels in frames:
        yield {"temperature_k": observe(frame["radiance_w"], state, stream), "face_mask": frame["face_mask"]}, labels


def describe(task: ClipTask, portrait: Portrait, motion: Motion) -> dict[str, Any]:
    """What clip.json says; nothing in it depends on the time, the machine or the folder."""
    subject, session, plan = portrait.subject, portrait.session, task.plan
    return {
        "thermvision": __version__,
        "config_hash": task.config_hash,
        "clip": plan.name,
        "index": plan.index,
        "subject": dataclasses.asdict(subject),
        "session": dataclasses.asdict(session),
        "motion": {"name": motion.name, "kind": motion.kind, "rate_hz": motion.rate_hz, "frames": len(motion)},
        "split": plan.split,
        "row": session_row(subject, session, motion.name, plan.split),
    }
