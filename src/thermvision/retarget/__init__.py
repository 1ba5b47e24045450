"""How portraits move: plug point 2. A retargeter is a function (portrait, motion, ...) -> frames with labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.metadata import entry_points

from thermvision.types import Frame, FrameLabels, InputError

Retargeter = Callable[..., Iterator[tuple[Frame, FrameLabels]]]
RETARGETERS = {"mesh": "thermvision.retarget.mesh:retarget"}


def retargeter(name: str) -> Retargeter:
    """The retargeter of that name, ours or one installed under the entry-point group `thermvision.retarget`."""
    if name in RETARGETERS:
        module, _, attribute = RETARGETERS[name].partition(":")
        return getattr(import_module(module), attribute)  # type: ignore[no-any-return]
    for entry in entry_points(group="thermvision.retarget", name=name):
        return entry.load()  # type: ignore[no-any-return]
    raise InputError(f"retarget '{name}' is not known; choose one of {', '.join(sorted(RETARGETERS))}")
