"""Importers of real sets: each turns a source's files into an ImportPlan. A format is a module here, named in FORMATS."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import Protocol, cast, runtime_checkable

from thermvision.dataset.importers.frame import ImportPlan, SetFacts
from thermvision.dataset.importers.source import Source
from thermvision.types import Gender, InputError
from thermvision.wording import did_you_mean

FORMATS = {
    "sf-tl54": "sf_tl54",
    "tfw": "tfw",
    "tufts": "tufts",
    "carl": "carl",
    "charlotte": "charlotte",
    "eurecom": "eurecom",
    "thermvision-db": "thermvision_db",
    "yolo": "yolo",
    "coco": "coco",
    "folders": "folders",
}


@dataclass(frozen=True, slots=True)
class ImportAsked:
    """What the user adds to a source: labels kept elsewhere, genders by subject, what classes mean, where names say the subject."""

    labels: Source | None = None
    genders: dict[str, Gender] = field(default_factory=dict)  # by tables.bare_id
    classes: dict[str, str] = field(default_factory=dict)  # class -> female, male or none
    subject_pattern: str | None = None  # of a file's path; its first group is the subject


@runtime_checkable
class Importer(Protocol):
    """A module of this package."""

    FACTS: SetFacts

    def plan(self, source: Source, asked: ImportAsked) -> ImportPlan:
        """All clips of a source; an empty plan if the source holds nothing of the format."""
        ...


def importer(name: str) -> Importer:
    """The importer of a format; InputError for unknown names."""
    if name not in FORMATS:
        raise InputError(
            f"format '{name}' is not known{did_you_mean(name, FORMATS)}; choose one of {', '.join(FORMATS)}"
        )
    return cast(Importer, importlib.import_module(f"{__name__}.{FORMATS[name]}"))
