"""The folder of a fine-tuning run: whose it is, its settings, its log."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from thermvision.disk import plain_disk_errors, write_text
from thermvision.finetune.config import FinetuneConfig
from thermvision.types import InputError

SETTINGS, CHECKPOINTS, SAMPLES, LORA_FILE, PLOT, CARD, LOG = (
    "config.yaml", "checkpoints", "samples", "lora.safetensors", "loss.png", "README.md", "log.txt",
)  # fmt: skip


def check_run_folder(out: Path, content: dict[str, Any]) -> None:
    """Refuse a folder that holds something else, or a run with other settings (named). An empty `data` is not compared."""
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {out} is a file; give a folder")
    settings = out / SETTINGS
    if not settings.is_file():
        if out.is_dir() and any(path.name not in (".lock", LOG) for path in out.iterdir()):
            raise InputError(f"--out {out} is not empty and holds no run of ours; choose an empty or new folder")
        return
    try:
        before = yaml.safe_load(settings.read_text())["content"]
        other = [name for name in sorted(set(before) | set(content)) if before.get(name) != content.get(name)]
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise InputError(f"--out {out} holds a {SETTINGS} that is not ours; choose another folder") from error
    if not content["data"]:
        other = [name for name in other if name != "data"]
    if other and any((out / CHECKPOINTS).glob("step-*")):
        named = ", ".join(
            "data (pictures or captions were changed)"
            if name == "data"
            else f"{name} {_short(before.get(name))} (now {_short(content.get(name))})"
            for name in other[:4]
        )
        raise InputError(
            f"--out {out} holds a run with other settings: {named}; choose another folder or repeat that run's settings"
        )


def write_settings(config: FinetuneConfig, content: dict[str, Any], name: str, *, only_if: bool) -> None:
    """config.yaml: the run's hash, what decides its weights, and all settings as they were resolved."""
    if not only_if:
        return
    told = {"hash": name, "content": content, "settings": config.model_dump(mode="json")}
    with plain_disk_errors(config.out, "nothing is lost"):
        write_text(config.out / SETTINGS, yaml.safe_dump(told, sort_keys=False))


class RunLog:
    """Sentences with the time, in log.txt; warnings also for the person who looks on."""

    def __init__(self, out: Path | None, *, quiet: bool = False) -> None:
        """Out None: warnings only."""
        self._path, self._quiet = None if out is None else out / LOG, quiet

    def say(self, sentence: str) -> None:
        """Into the log."""
        if not self._quiet and self._path is not None:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            with plain_disk_errors(self._path.parent, "the checkpoints stay"), open(self._path, "a") as file:
                file.write(f"{now} {sentence}\n")

    def warn(self, sentence: str) -> None:
        """Into the log and to the person."""
        self.say(f"warning: {sentence}")
        if not self._quiet:
            logging.getLogger(__name__).warning("%s", sentence)


def _short(value: Any) -> str:
    text = "unset" if value is None else str(value)
    return text if len(text) < 40 else text[:37] + "..."
