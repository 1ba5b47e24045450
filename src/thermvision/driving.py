"""Driving files of a run: tracked once, kept in the run's folder, known by their content."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from thermvision import weights
from thermvision.config import BuildConfig
from thermvision.motion.endings import is_motion_file
from thermvision.motion.formats import load_motion_with_origin, save_motion
from thermvision.motion.read_any import read_motion
from thermvision.types import InputError


@dataclass(frozen=True, slots=True)
class DrivingFile:
    """A driving video or motion file under the name its clips carry."""

    name: str
    path: Path
    sha256: str


def driving_files(config: BuildConfig) -> list[DrivingFile]:
    """The driving files of a run, named after their stems (with a number where two are alike)."""
    return named_files(config.driving, set(config.programs()))


def named_files(paths: Sequence[Path], taken: set[str]) -> list[DrivingFile]:
    """Driving files named after their stems (with a number where a name is `taken`); InputError for one that is not there."""
    files: list[DrivingFile] = []
    taken = set(taken)
    for path in paths:
        if not path.is_file():
            raise InputError(
                f"--driving {path} {'is a folder' if path.is_dir() else 'does not exist'}; give a video file or a motion file (.npz, .csv, .pkl)"
            )
        try:
            sha256 = weights.sha256_of(path)
        except PermissionError as error:
            raise InputError(f"--driving {path} may not be read; check its permissions") from error
        if twin := next((file.path for file in files if file.sha256 == sha256), None):
            raise InputError(f"--driving {path} holds the same as {twin}; name each driver once")
        name = free_name(path.stem, taken)
        taken.add(name)
        files.append(DrivingFile(name, path, sha256))
    return files


def free_name(stem: str, taken: set[str]) -> str:
    """A stem as part of a folder's name, with a number behind it where it is taken."""
    plain = "".join(c if c.isalnum() or c in "-." else "-" for c in stem).lstrip(".") or "unnamed"
    return next(name for name in (plain, *(f"{plain}-{i}" for i in range(2, 10_000))) if name not in taken)


def check_drivers(files: list[DrivingFile], folder: Path, model: Path | None) -> None:
    """Refuse what can be seen to be no driver, and a missing model, before anything is written or tracked."""
    for file in files:
        if is_motion_file(file.path):
            read_motion(file.path)
        elif not _is_there(motion_path(folder, file.name), _origin(file)):
            from thermvision.motion.video import frame_rate_hz

            frame_rate_hz(file.path)
            weights.find("face-landmarker", model)


def _origin(file: DrivingFile) -> str:
    """What a stored motion says it was made from."""
    if is_motion_file(file.path):
        return file.sha256
    from thermvision.motion.track import TRACKER_VERSION

    return f"{TRACKER_VERSION}:{file.sha256}"


def track_all(files: list[DrivingFile], folder: Path, model: Path | None, on_frame: Callable[[str, int], None]) -> None:
    """Put the motion of each file into `folder`; a motion already there for the same content is kept."""
    for file in files:
        target, origin = motion_path(folder, file.name), _origin(file)
        if _is_there(target, origin):
            continue
        if is_motion_file(file.path):
            save_motion(target, read_motion(file.path), origin=origin)
        else:
            from thermvision.motion.track import track_video

            landmarker = weights.find("face-landmarker", model)
            motion = track_video(file.path, landmarker, on_frame=lambda count, name=file.name: on_frame(name, count))  # type: ignore[misc]
            save_motion(target, motion, origin=origin)


def motion_path(folder: Path, name: str) -> Path:
    """Where a driving file's motion lies."""
    return folder / f"{name}.npz"


def _is_there(target: Path, origin: str) -> bool:
    try:
        return target.is_file() and load_motion_with_origin(target)[1] == origin
    except InputError:
        return False
