"""The folder of a run: one run in it, one process at it, its settings beside the clips."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from thermvision.disk import can_be_written, only_one, plain_disk_errors, write_text
from thermvision.types import InputError

__all__ = [
    "SETTINGS",
    "can_be_written",
    "check_folder",
    "only_one",
    "plain_disk_errors",
    "remove_leftovers",
    "write_text",
]

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


def remove_leftovers(out: Path) -> None:
    """Remove half-written clips of a run that was killed."""
    for folder in (out / "clips").glob(".tmp-*"):
        shutil.rmtree(folder, ignore_errors=True)


def _short(value: Any) -> str:
    text = "unset" if value is None else str(value)
    return text if len(text) < 40 else text[:37] + "..."
