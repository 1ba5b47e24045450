"""Folders and files that a run writes: locked, whole or not at all, and errors of the disk in plain words."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from thermvision.types import InputError


@contextlib.contextmanager
def only_one(out: Path, what: str = "build") -> Iterator[None]:
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
            raise InputError(f"another {what} is at work in {out}; wait for it or choose another folder") from error
        yield
    finally:
        lock.close()


@contextlib.contextmanager
def plain_disk_errors(out: Path, kept: str = "finished clips stay") -> Iterator[None]:
    """Turn what the system says of a full or failing disk into one sentence with the remedy; `kept` says what is not lost."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise InputError(
                f"the disk of {out} is full; {kept}, free some space and run the same command again"
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
