"""Class-per-folder trees, `[train/]female/*.png`: one folder a gender, or folders that --classes explains."""

from __future__ import annotations

from pathlib import PurePosixPath

from thermvision.dataset.importers import ImportAsked
from thermvision.dataset.importers.by_person import clips_by_person
from thermvision.dataset.importers.classes import class_gender
from thermvision.dataset.importers.frame import ImportedFrame, ImportPlan, SetFacts
from thermvision.dataset.importers.names import in_order, is_image, split_in, split_of
from thermvision.dataset.importers.source import Source
from thermvision.types import Gender, InputError

FACTS = SetFacts("a tree with a folder for each class", "its owner's", "[train/]{female,male}/*.png, or other class folders with --classes")  # fmt: skip


def plan(source: Source, asked: ImportAsked) -> ImportPlan:
    """Clips by person where --subject-pattern tells them; nothing is labelled but the gender."""
    made = ImportPlan([])
    frames = []
    for name in in_order(source.names):
        if not is_image(name):
            continue
        folders = PurePosixPath(name).parts[:-1]
        word, gender = _class_of(folders, asked)
        if word is None:
            other = next((part for part in folders if split_of(part) is None), "")
            raise InputError(
                f"{name} lies in no folder that names a class" + (f" (folder '{other}' is no gender)" if other else "")
                + "; name folders female and male, or say what they are, as in --classes A=female B=male other=none"
            )  # fmt: skip
        frames.append((ImportedFrame(name, facts={"class": word}), split_in(folders), gender))
    clips_by_person("folders", frames, asked, made)
    return made


def _class_of(folders: tuple[str, ...], asked: ImportAsked) -> tuple[str | None, Gender | None]:
    """The folder that names the class, the innermost first, and its gender."""
    for part in reversed(folders):
        gender = class_gender(part, asked.classes)
        if gender is not None or part in asked.classes or part.lower() in asked.classes:
            return part, gender
    return None, None
