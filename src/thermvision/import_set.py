"""Import a real set, as numbered steps: the counterpart of pipeline.py for pictures that exist already."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from thermvision import __version__
from thermvision.config import content_hash
from thermvision.dataset.importers import ImportAsked, Importer, importer
from thermvision.dataset.importers.card import imported_card
from thermvision.dataset.importers.classes import class_mapping
from thermvision.dataset.importers.frame import ImportedClip, ImportPlan, SetFacts
from thermvision.dataset.importers.pixels import PictureReader, Polarity
from thermvision.dataset.importers.recognise import looks_like
from thermvision.dataset.importers.source import FileSource, NamedSource, Source, open_source
from thermvision.dataset.importers.splits import clip_splits, split_source, subjects_in_several
from thermvision.dataset.importers.tables import genders_by_subject
from thermvision.dataset.importers.write_clip import ClipSettings, EmptyClip, write_imported_clip
from thermvision.dataset.schema import SPLITS
from thermvision.dataset.write import finished
from thermvision.flux.span import Span
from thermvision.run_folder import SETTINGS, check_folder, only_one, plain_disk_errors, remove_leftovers, write_text
from thermvision.types import InputError

Progress = Callable[[str, int, int], None]
MOST_DARKER = 0.5  # share of labelled faces darker than what is around, from which on the polarity is doubted


@dataclass(frozen=True, slots=True)
class ImportSettings:
    """What is to be imported and how."""

    format: str
    source: Path
    out: Path
    labels: Path | None = None  # labels kept elsewhere
    polarity: Polarity = "auto"
    span_c: tuple[float, float] | None = None
    subjects_csv: Path | None = None
    classes: tuple[str, ...] = ()
    subject_pattern: str | None = None
    limit: int | None = None
    seed: int = 0


@dataclass(slots=True)
class ImportReport:
    """What an import has done; `notes` are sentences for the user."""

    out: Path
    planned: list[str] = field(default_factory=list)
    planned_frames: int = 0
    clips: int = 0
    frames: int = 0
    new_frames: int = 0
    subjects: int = 0
    labelled_frames: int = 0
    faces: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)
    odd: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def import_set(
    settings: ImportSettings, *, on_progress: Progress = lambda what, done, total: None, dry_run: bool = False
) -> ImportReport:
    """Import (or go on importing) a set into a data set folder of ours; InputError names what stands in the way."""
    # 1 What is there: files, and what the user adds to them.
    use = importer(settings.format)
    source = open_source(settings.source)
    asked = _asked(settings)
    span = None if settings.span_c is None else Span(*settings.span_c)

    # 2 What will come of it: clips with labels, no pixels yet.
    plan = use.plan(source, asked)
    if not plan.clips:  # a part of a set, such as one of its folders, whose own name says which
        source = NamedSource(
            source, settings.source.resolve().stem if settings.source.is_file() else settings.source.resolve().name
        )
        plan = use.plan(source, asked)
    plan.odd = +plan.odd  # without zeros
    if not plan.clips:
        raise InputError(_nothing(settings, source, use.FACTS))
    clips = _limited(plan.clips, settings.limit)
    splits = clip_splits(plan.clips, settings.seed)
    report = ImportReport(settings.out, [clip.name for clip in clips], sum(len(clip.frames) for clip in clips))
    report.skipped, report.odd = list(plan.skipped), dict(plan.odd)

    # 3 The folder: new, or the same import begun before.
    content = _content(settings, source, asked)
    check_folder(settings.out, content)
    if dry_run:
        report.subjects = len({clip.subject for clip in clips} - {None})
        return report
    reader = PictureReader(settings.polarity, span, plan.kelvin_files)
    write = ClipSettings(source, reader, plan.label_source, plan.landmark_sets)
    with only_one(settings.out, "import"), plain_disk_errors(settings.out):
        check_folder(settings.out, content)
        write_text(settings.out / SETTINGS, yaml.safe_dump({"hash": content_hash(content), "content": content}, sort_keys=False))  # fmt: skip
        remove_leftovers(settings.out)

        unread: list[tuple[str, str]] = []
        # 4 Clips that are not there yet, one after the other; finished ones stay.
        for done, clip in enumerate(clips):
            on_progress("clips", done, len(clips))
            folder = settings.out / "clips" / clip.name
            if finished(folder) is not None:
                continue
            described = _described(settings, content, clip, splits[clip.name], reader)
            try:
                report.new_frames += write_imported_clip(folder, clip, splits[clip.name], described, write)["frames"]
            except EmptyClip as empty:
                unread += empty.skipped
        on_progress("clips", len(clips), len(clips))

        report.skipped += unread

        # 5 What makes a folder of clips a data set: index, card, contact sheet.
        _finish(settings, content, clips, plan, use, report, unread)
    return report


def _asked(settings: ImportSettings) -> ImportAsked:
    labels = None if settings.labels is None else open_source(settings.labels, "--labels", may_be_file=True)
    genders = {}
    if settings.subjects_csv is not None:
        if not settings.subjects_csv.is_file():
            raise InputError(
                f"--subjects-csv {settings.subjects_csv} does not exist; give a CSV file with the columns subject and gender"
            )
        genders = genders_by_subject(FileSource(settings.subjects_csv), settings.subjects_csv.name)
    return ImportAsked(labels, genders, class_mapping(settings.classes), settings.subject_pattern)


def _nothing(settings: ImportSettings, source: Source, facts: SetFacts) -> str:
    """What to say of a source in which the format's files are not found."""
    other = looks_like(source.names)
    hint = (
        f"it looks like {other}: try `thermvision import {other}`" if other is not None and other != settings.format
        else f"its files are such as {', '.join(source.names[:2])}" if source.names else "it is empty"
    )  # fmt: skip
    return f"SRC {settings.source} holds no labelled picture of the format {settings.format} (expected {facts.expects}); {hint}"


def _limited(clips: list[ImportedClip], limit: int | None) -> list[ImportedClip]:
    """The first `limit` frames, spread over the clips: as many of each as fit."""
    if limit is None or limit >= sum(len(clip.frames) for clip in clips):
        return clips
    each, left = divmod(limit, len(clips))
    cut = [dataclasses.replace(clip, frames=clip.frames[: each + (place < left)]) for place, clip in enumerate(clips)]
    return [clip for clip in cut if clip.frames]


def _content(settings: ImportSettings, source: Source, asked: ImportAsked) -> dict[str, Any]:
    """Everything that decides what is written, and nothing of this machine."""
    genders = json.dumps(asked.genders, sort_keys=True)
    return {
        "import": settings.format,
        "source": source.fingerprint(),
        "labels": None if asked.labels is None else asked.labels.fingerprint(),
        "polarity": settings.polarity,
        "span": None if settings.span_c is None else list(settings.span_c),
        "subjects_csv": hashlib.sha256(genders.encode()).hexdigest()[:16] if asked.genders else None,
        "classes": dict(sorted(asked.classes.items())),
        "subject_pattern": settings.subject_pattern,
        "limit": settings.limit,
        "seed": settings.seed,
    }


def _described(
    settings: ImportSettings, content: dict[str, Any], clip: ImportedClip, split: str, reader: PictureReader
) -> dict[str, Any]:
    """What clip.json says before the pictures are read; nothing in it depends on the time, the machine or the folder."""
    return {
        "thermvision": __version__,
        "config_hash": content_hash(content),
        "clip": clip.name,
        "subject": {"id": clip.subject, "gender": clip.gender},
        "session": {"id": clip.session},
        "motion": {"name": clip.motion, "kind": "recorded", "rate_hz": clip.rate_hz, "frames": len(clip.frames)},
        "split": split,
        "imported": {"format": settings.format, **reader.described()},
    }


def _finish(
    settings: ImportSettings,
    content: dict[str, Any],
    clips: list[ImportedClip],
    plan: ImportPlan,
    use: Importer,
    report: ImportReport,
    unread: list[tuple[str, str]],
) -> None:
    from thermvision.dataset.contact_sheet import write_contact_sheet

    folders = [settings.out / "clips" / clip.name for clip in clips]
    made = [(folder, marker) for folder in folders if (marker := finished(folder)) is not None]
    if not made:
        first = unread[0]
        raise InputError(
            f"none of the {report.planned_frames} pictures of {settings.source} could be read (first: {first[0]} {first[1]}); is {settings.format} the right format?"
        )
    index = _index(settings, content, [marker for _, marker in made], plan, use.FACTS, report)
    write_text(settings.out / "dataset.json", json.dumps(index, indent=1) + "\n")
    write_text(settings.out / "README.md", imported_card(index, use.FACTS, plan.landmark_sets))
    write_contact_sheet(settings.out / "contact_sheet.png", [folder for folder, _ in made], labels=True)
    darker, compared = (sum(marker["faces_darker_than_around"][i] for _, marker in made) for i in (0, 1))
    if (
        settings.polarity == "auto"
        and compared >= 3
        and darker > MOST_DARKER * compared
        and "measured" not in index["imported"]["temperature_sources"]
    ):
        report.notes.append(
            f"{darker} of {compared} labelled faces are darker than what is around them: if the pictures are black-hot, import them"
            " into a new folder with --polarity black-hot"
        )
    if several := subjects_in_several(clips):
        report.notes.append(
            f"the source has {len(several)} subjects in more than one of its splits ({', '.join(several[:3])}): training and test are not disjoint"
        )


def _index(
    settings: ImportSettings,
    content: dict[str, Any],
    markers: list[dict[str, Any]],
    plan: ImportPlan,
    facts: SetFacts,
    report: ImportReport,
) -> dict[str, Any]:
    split: dict[str, list[str]] = {name: [] for name in SPLITS}
    frames: Counter[str] = Counter()
    odd, totals, kelvin = Counter(plan.odd), Counter[str](), Counter[str]()
    for marker in markers:
        subject = marker["subject"]["id"]
        frames[marker["split"]] += marker["frames"]
        if subject is not None and subject not in split[marker["split"]]:
            split[marker["split"]].append(subject)
        odd.update(marker["odd"])
        kelvin.update(marker["temperature_sources"])
        totals.update({name: marker[name] for name in ("frames", "labelled_frames", "faces")})
        report.skipped += [(file, why) for file, why in marker["skipped"]]
    subjects = {one for ids in split.values() for one in ids}
    report.clips, report.frames, report.subjects = len(markers), totals["frames"], len(subjects)
    report.labelled_frames, report.faces, report.odd = totals["labelled_frames"], totals["faces"], dict(+odd)
    return {
        "thermvision": __version__,
        "config_hash": content_hash(content),
        "clips": len(markers),
        "frames": totals["frames"],
        "subjects": len(subjects),
        "split": {name: sorted(ids) for name, ids in split.items()},
        "frames_by_split": {name: frames[name] for name in SPLITS},
        "motions": [
            {"name": name, "kind": "recorded"}
            for name in sorted({marker["motion"]["name"] for marker in markers} - {None})
        ],
        "regions": [],
        "clip_names": [marker["clip"] for marker in markers],
        "imported": {
            "format": settings.format,
            "title": facts.title,
            "licence": facts.licence,
            "label_source": plan.label_source,
            "labelled_frames": totals["labelled_frames"],
            "faces": totals["faces"],
            "temperature_sources": dict(kelvin),
            **{name: markers[0]["imported"][name] for name in ("grey_span_c", "polarity", "polarity_source")},
            "split_source": split_source(plan.clips),
            "skipped": [list(one) for one in report.skipped],
            "odd": report.odd,
        },
    }
