"""Pictures of a folder with their captions in text files beside them."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from thermvision.finetune.pictures import SUFFIXES, Picture
from thermvision.flux.picture_files import read_unit
from thermvision.flux.span import Span
from thermvision.types import InputError

Warn = Callable[[str], None]


def pictures_of_folder(folder: Path, span: Span | None, trigger: str, caption: str, warn: Warn) -> list[Picture]:
    """All pictures under a folder by name; InputError if there is none. `warn` gets a sentence on missing captions.

    A caption is what `<name>.txt` holds, with the trigger before it; without a file it is the trigger and `caption`.
    """
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and not _hidden(path, folder))
    if not files:
        raise InputError(
            f"folder {folder} holds no pictures; give one with {', '.join(SUFFIXES)} files, or a data set of ours"
        )
    persons, found, without = people_of([path.relative_to(folder) for path in files]), [], 0
    for path, person in zip(files, persons, strict=True):
        written = _written(path.with_suffix(".txt"))
        without += written is None
        found.append(
            Picture(
                name=str(path.relative_to(folder)),
                person=person,
                captions=(with_trigger(trigger, caption if written is None else written),),
                unit=functools.partial(read_unit, path, span),
            )
        )
    if without:
        said = with_trigger(trigger, caption)
        warn(
            f"{without} of {len(files)} pictures have no caption (.txt) beside them; they get "
            + (f"'{said}'" if said else "the empty one: give --trigger, or write captions")
        )
    return found


def with_trigger(trigger: str, caption: str) -> str:
    """The trigger words, then the caption, unless it has them already."""
    return caption if trigger and trigger in caption else " ".join(part for part in (trigger, caption) if part)


def people_of(names: list[Path]) -> list[str]:
    """Whose each picture is: its sub-folder, else the part of its name before `_` if that groups them, else its own."""
    starts = [name.stem.partition("_")[0] for name in names]
    grouped = 2 <= len(Counter(starts)) < len(names)
    return [
        name.parts[0] if len(name.parts) > 1 else start if grouped else str(name)
        for name, start in zip(names, starts, strict=True)
    ]


def _written(path: Path) -> str | None:
    if not path.is_file():
        return None
    try:
        return " ".join(path.read_text(encoding="utf-8-sig").split())
    except UnicodeDecodeError as error:
        raise InputError(f"caption {path} is not UTF-8 text; save it as UTF-8") from error


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)
