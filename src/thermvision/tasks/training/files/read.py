"""From data sets to a training source: rows read once, what the task can use kept, people dealt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from thermvision.dataset.read import clip_folders
from thermvision.tasks.splits import check_classes, check_disjoint
from thermvision.tasks.training.class_folders import class_rows, class_tree, data_hash, leak_note
from thermvision.tasks.training.config import TrainConfig
from thermvision.tasks.training.files.namesakes import keep_apart
from thermvision.tasks.training.files.people import Owner, deal, owner_unit
from thermvision.tasks.training.files.rows import LeftOut, read_labelled_rows
from thermvision.tasks.training.files.shelf import Kept, Shelf
from thermvision.tasks.training.files.source import FilesSource, TrainingSource, by_unit
from thermvision.tasks.training.files.usable import usable
from thermvision.tasks.training.files.visible_light import visible_light_note
from thermvision.tasks.training.samples import Sample
from thermvision.types import InputError

Progress = Callable[..., None]
_WANTED = {"detect": "faces", "landmarks": "landmarks", "gender": "a gender"}
_NAMED = 5


def read_sets(
    folders: list[Path], config: TrainConfig, shelf: Shelf, on_progress: Progress = lambda *_: None
) -> TrainingSource:
    """The samples of data sets for one task; pictures go to the shelf.

    InputError: no data set, no label for the task, people in both parts, one class only, too few people.
    """
    left_out, notes = LeftOut(), list[str]()
    sets: list[dict[str, list[Kept]]] = []
    looked_at: list[list[tuple[str, Kept]]] = []
    people: dict[str, set[str]] = {"train": set(), "validation": set()}
    kinds: dict[str, list[str]] = {"train": [], "validation": []}
    every = [_kept(folder, number, config, shelf, left_out, on_progress) for number, folder in enumerate(folders)]
    parts = [deal(owners, config.seed, str(folder)) for folder, (_, owners) in zip(folders, every, strict=True)]
    namesakes = keep_apart(parts, [owners for _, owners in every])
    for folder, (kept, owners), dealt in zip(folders, every, parts, strict=True):
        notes += dealt.notes
        nameless = sum(owner.unit.startswith("?") for owner in owners)
        if nameless and class_tree(folder, config):
            notes.append(leak_note(folder, nameless))
        for part, images in (("train", dealt.train), ("validation", dealt.validation)):
            kinds[part] += {owners[k].unit: owners[k].kind for k in images}.values()
            people[part] |= {owners[k].unit for k in images}
        sets.append(by_unit([owners[k].unit for k in dealt.train], [kept[k] for k in dealt.train]))
        looked_at.append([(owners[k].unit, kept[k]) for k in dealt.validation])
    shelf.finish()
    check_disjoint(people)
    for part, what in (("train", "the training people"), ("validation", "the validation people")):
        if not people[part]:
            raise InputError(f"{what} are none; give data sets with more people")
        if config.task == "gender":
            check_classes(kinds[part], what)
    notes += [*namesakes, *_notes(left_out)]
    validation = _validation(looked_at, shelf, config.most_validation)
    if light := visible_light_note(validation):
        notes.append(light)
    weights = list(config.weights) or [float(len(one)) for one in sets]
    with_images = [(one, weight) for one, weight in zip(sets, weights, strict=True) if one]
    named = {part: sorted(one for one in units if not one.startswith("?")) for part, units in people.items()}
    told = {
        "kind": "data sets",
        "sets": [folder.name for folder in folders],
        "images": sum(len(images) for one in sets for images in one.values()),
        "people": {part: len(units) for part, units in people.items()},
        "left_out": [list(one) for one in left_out.skipped],
        "counts": dict(+left_out.counts),
    }
    men = [kind == "male" for kind in kinds["train"]]
    return TrainingSource(
        FilesSource(shelf, [one for one, _ in with_images], [weight for _, weight in with_images], told),
        validation,
        named,
        data_hash(folders, config),
        notes,
        float(np.mean(men)),
        left_out.skipped,
    )


def _kept(
    folder: Path, number: int, config: TrainConfig, shelf: Shelf, left_out: LeftOut, on_progress: Progress
) -> tuple[list[Kept], list[Owner]]:
    """What one set has for the task, and whose it is."""
    tree = class_tree(folder, config)
    recordings = 0 if tree else len(clip_folders(folder))
    kept: list[Kept] = []
    owners: list[Owner] = []
    rows = 0
    before = len(left_out.skipped)
    for row in class_rows(tree, left_out, config.every) if tree else read_labelled_rows(folder, left_out, config.every):
        rows += 1
        on_progress(f"reading {folder.name}", rows, 0)
        for sample, person, kind in usable(row, config.task, left_out.counts):
            recording = f"{number}:{row.image.rpartition('/')[0]}"
            unit = owner_unit(person, recording, f"{number}:{row.image}", recordings)
            everyone = frozenset(name for name in sample.people if name) | ({person} if person else set())
            kept.append(shelf.put(sample))
            owners.append(Owner(unit, frozenset(everyone), kind, row.split))
    if not kept:
        skipped = left_out.skipped[before:]
        why = f"; {len(skipped)} could not be read, such as {skipped[0][0]}: {skipped[0][1]}" if skipped else ""
        raise InputError(
            f"none of the {rows} images of {folder} is labelled with {_WANTED[config.task]}, which `train {config.task}` needs{why}; give a data set that is"
        )
    return kept, owners


def _validation(looked_at: list[list[tuple[str, Kept]]], shelf: Shelf, most: int) -> list[Sample]:
    """At most `most` pictures, evenly over people and their images."""
    rows = sorted(((unit, number, kept) for one in looked_at for number, (unit, kept) in enumerate(one)), key=lambda row: row[:2])  # fmt: skip
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(int))
    return [shelf.sample(rows[k][2]) for k in chosen]


def _notes(left_out: LeftOut) -> Iterator[str]:
    for what, count in left_out.counts.items():
        if count:
            yield f"{what}: {count}"
    if left_out.skipped:
        named = "; ".join(f"{name}: {why}" for name, why in left_out.skipped[:_NAMED])
        yield f"{len(left_out.skipped)} images or clips could not be used, listed in model.json, such as {named}"
