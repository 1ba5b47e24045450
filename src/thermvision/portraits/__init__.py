"""Where portraits come from: plug point 1. A source is a function (subject, session, seed, full_body=False, ...) -> Portrait."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points

from thermvision.types import InputError, Portrait

PortraitSource = Callable[..., Portrait]
SOURCES = {
    "simulator": "thermvision.portraits.simulator:make_portrait",
    "flux": "thermvision.portraits.painted:make_portrait",
}


def portrait_source(name: str) -> PortraitSource:
    """The portrait source of that name, ours or one installed under the entry-point group `thermvision.portraits`."""
    if name in SOURCES:
        module, _, attribute = SOURCES[name].partition(":")
        return getattr(import_module(module), attribute)  # type: ignore[no-any-return]
    for entry in entry_points(group="thermvision.portraits", name=name):
        return entry.load()  # type: ignore[no-any-return]
    raise InputError(f"source '{name}' is not known; choose one of {', '.join(sorted(SOURCES))}")
