"""The folder of a run: one run in it, one process at it, its settings beside the clips."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from thermvision.types import InputError

SETTINGS = "config.yaml"


def check_folder(out: Path, content: dict[str, Any]) -> None:
    """Refuse a folder that holds something else: a file, foreign files, or a run with other settings (named)."""
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {out} is a file; give a folder")
    settings = out / SETTINGS
    if settings.is_file():
        try:
            before = yaml.safe_load(settings.read_text())["content"]
            other = [name for name in sorted(set(before) | set(content)) if before.get(name) != content.get(name)]
        except (yaml.YAMLError, KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
            raise InputError(f"--out {out} holds a {SETTINGS} that is not ours; choose another folder") from error
        if other and any((out / "clips").glob("[!.]*")):  # a run that made nothing binds nobody
            named = ", ".join(
                f"{name} {_short(before.get(name))} (now {_short(content.get(name))})" for name in other[:4]
            )
            raise InputError(
                f"--out {out} holds a run with other settings: {named}; choose another folder or repeat that run's settings"
            )
    elif out.is_dir() and any(path.name != ".lock" for path in out.iterdir()):
        raise InputError(f"--out {out} is not empty and holds no run of ours; choose an empty or new folder")


@contextlib.contextmanager
def only_one(out: Path) -> Iterator[None]:
    """Hold the folder's lock; the system frees it however the process ends. InputError if another process has it."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = open(out / ".lock", "w")  # noqa: SIM115 (closed below, after the work)
    except OSError as error:
        raise InputError(
            f"--out {out} cannot be written ({os.strerror(error.errno or 0).lower()}); choose a folder you may write to"
        ) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(f"another build is at work in {out}; wait for it or choose another folder") from error
        yield
    finally:
        lock.close()


@contextlib.contextmanager
def plain_disk_errors(out: Path) -> Iterator[None]:
    """Turn what the system says of a full or failing disk into one sentence with the remedy."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise InputError(
                f"the disk of {out} is full; finished clips stay, free some space and run the same command again"
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise InputError(
                f"{error.filename or out} may not be written ({os.strerror(error.errno).lower()}); mend its permissions or choose another folder"
            ) from error
        raise


def can_be_written(flag: str, file: Path) -> None:
    """Refuse, before the work, a file that could not be written after it; nothing is made."""
    folder = next(one for one in file.absolute().parents if one.exists())
    reason = "is a folder" if file.is_dir() else "" if folder.is_dir() else f"lies in {folder}, a file"
    if not reason and not os.access(file if file.exists() else folder, os.W_OK):
        reason = "may not be written"
    if reason:
        raise InputError(f"{flag} {file} {reason}; choose another place")


def write_text(path: Path, text: str) -> None:
    """Write a small text file whole or not at all."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_text(text)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def remove_leftovers(out: Path) -> None:
    """Remove half-written clips of a run that was killed."""
    for folder in (out / "clips").glob(".tmp-*"):
        shutil.rmtree(folder, ignore_errors=True)


def _short(value: Any) -> str:
    text = "unset" if value is None else str(value)
    return text if len(text) < 40 else text[:37] + "..."
