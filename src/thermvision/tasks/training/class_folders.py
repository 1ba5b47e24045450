"""Class-per-folder trees as the published gender scripts take them, `[train/]female/*.png`: the picture is the face crop.

Who is on a picture is unknown unless a pattern of the path or a table says it. Without that the split is by image: pictures of one
person fall into training and validation, which makes any network look good. Pictures and folders are read by `dataset.importers`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from thermvision.dataset.importers import ImportAsked, folders
from thermvision.dataset.importers.classes import class_gender, class_mapping
from thermvision.dataset.importers.names import is_image
from thermvision.dataset.importers.pixels import PictureReader
from thermvision.dataset.importers.source import FileSource, FolderSource, Unreadable
from thermvision.dataset.importers.tables import column, read_table
from thermvision.tasks.training.config import TrainConfig
from thermvision.tasks.training.files.rows import LabelledRow, LeftOut, dataset_hash, labelled_row
from thermvision.types import InputError

_NO_SUBJECT = "images of class folders for which subjects_csv names no subject"


@dataclass(frozen=True, slots=True)
class ClassTree:
    """A tree, what its class folders mean, and how to tell people: a pattern of paths, or file -> subject."""

    root: Path
    classes: Mapping[str, str] = field(default_factory=dict)
    subject_pattern: str | None = None
    subject_by_file: Mapping[str, str] | None = None  # by path below the root, or by the file's name


def is_class_tree(folder: Path, classes: Mapping[str, str] | None = None) -> bool:
    """Whether a folder is no data set of ours and holds pictures in folders that are named after genders or in `classes`."""
    if (folder / "clips").is_dir() or not folder.is_dir():
        return False
    known = classes or {}
    return any(
        is_image(name) and any(part in known or class_gender(part, known) for part in PurePosixPath(name).parts[:-1])
        for name in FolderSource(folder).names
    )


def class_tree(folder: Path, config: TrainConfig) -> ClassTree | None:
    """The tree at `folder` with what the settings say of it; None if it is something else.

    InputError: other tasks than gender, for nothing else is labelled; a table or a pattern that will not do.
    """
    classes = class_mapping(config.classes)
    if not is_class_tree(folder, classes):
        return None
    if config.task != "gender":
        raise InputError(
            f"--data {folder} is a tree of one folder a class, in which nothing but gender is labelled; train {config.task} on a data set with labelled faces"
        )
    by_file = None if config.subjects_csv is None else subjects_by_file(config.subjects_csv)
    return ClassTree(folder, classes, config.subject_pattern, by_file)


def class_rows(tree: ClassTree, left_out: LeftOut, every: int = 1) -> Iterator[LabelledRow]:
    """Each `every`-th picture of each class and person, with its gender; damaged ones and other palettes' go to `left_out`.

    Kelvin where the file holds them, else grey 0-1, palettes turned to grey. A person is named by class too, for published trees count women and men from 1.
    """
    source = FolderSource(tree.root)
    asked = ImportAsked(classes=dict(tree.classes), subject_pattern=tree.subject_pattern)
    reader = PictureReader()
    for clip in folders.plan(source, asked).clips:
        if clip.gender is None:  # a class that stands for no gender
            continue
        for frame in clip.frames[::every]:
            try:
                picture = reader.read(frame.file, source.read(frame.file))
            except Unreadable as why:
                left_out.skipped.append((frame.file, str(why)))
                continue
            subject = (clip.subject or "").removeprefix("folders_")
            if tree.subject_by_file is not None:
                subject = _looked_up(tree.subject_by_file, frame.file, subject, left_out.counts)
            told = {
                "temperature_source": picture.source,
                "gender": clip.gender,
                "subject": f"{clip.gender}-{subject}" if subject else None,
                "split": clip.split,
            }
            yield labelled_row(frame.file, told, picture.temperature_k, f"{tree.root.name}/", left_out.counts)


def subjects_by_file(table: Path) -> dict[str, str]:
    """File -> subject of a CSV file with the columns file and subject; InputError if it is none."""
    if not table.is_file():
        raise InputError(f"subjects_csv {table} does not exist; give a CSV file with the columns file and subject")
    head, rows = read_table(FileSource(table), table.name)
    what = column(head, ("file", "filename", "image", "path", "name"), table.name)
    who = column(head, ("subject", "participant", "subid", "person", "id"), table.name)
    return {row[what].replace("\\", "/"): row[who] for row in rows if len(row) > max(what, who) and row[who]}


def leak_note(folder: Path, images: int) -> str:
    """What a report says of a tree that names nobody."""
    return (
        f"image-level split: leak ({folder.name} does not say who is on {images} images, so pictures of one person are in training and in"
        " validation, and figures on them are too good; tell people with subject_pattern or subjects_csv)"
    )


def data_hash(roots: list[Path], config: TrainConfig) -> str:
    """What names the data of a run, trees by their files' names and sizes; data sets alone as `dataset_hash` has it."""
    trees = [root for root in roots if class_tree(root, config)]
    if not trees:
        return dataset_hash(roots)
    told = [FolderSource(one).fingerprint() for one in trees]
    if config.subjects_csv is not None:
        told.append(json.dumps(subjects_by_file(config.subjects_csv), sort_keys=True))
    told.append(dataset_hash([root for root in roots if root not in trees]))
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def _looked_up(table: Mapping[str, str], file: str, found: str, counts: Counter[str]) -> str:
    subject = table.get(file) or table.get(PurePosixPath(file).name) or found
    counts[_NO_SUBJECT] += not subject
    return subject
