"""READ FIRST: how a study runs, as numbered steps. What is done is found in its folder and not done again."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from thermvision.disk import can_be_written, only_one, plain_disk_errors, write_text
from thermvision.tasks.study.published import Published
from thermvision.tasks.study.record import StudyRecord, write_records
from thermvision.tasks.study_report import StudyReport, study_report, write_report
from thermvision.tasks.study_run.jobs import file_name
from thermvision.tasks.study_run.material import Material, read_material
from thermvision.tasks.study_run.part import PartRun, Stopped, Trainer
from thermvision.tasks.study_run.spec import PartSpec, StudySpec
from thermvision.types import InputError

SETTINGS, RECORDS = "study.yaml", "records.jsonl"
Progress = Callable[..., None]  # what, done, total, note
# (settings of `thermvision build` without out, folder, whether only to check them, progress): makes or goes on making a set.
Builder = Callable[[dict[str, Any], Path, bool, Progress], None]


@dataclass(slots=True)
class StudyResult:
    """What came of a run."""

    out: Path
    report: StudyReport | None = None
    files: list[Path] = field(default_factory=list)
    records: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)  # what could not be done, and why
    stopped: bool = False


def planned(study: StudySpec, build: Builder, out: Path) -> list[str]:
    """What a study consists of, a line each; InputError for settings of its sets that do not fit."""
    lines = []
    for name, one in study.sets.items():
        if one.simulate is not None:
            build(one.simulate, out / "sets" / file_name(name), True, lambda *told: None)
            lines.append(f"set {name} ({one.kind}): made by the simulator")
        else:
            lines.append(f"set {name} ({one.kind}): {one.data}{'' if one.data is not None and one.data.is_dir() else ', which is not there'}")  # fmt: skip
    for number, part in enumerate(study.parts, 1):
        regimes = sum(len(regime.counts()) for regime in part.regimes)
        trained = sum(not one.given for one in part.models) * regimes * len(study.seeds)
        lines.append(f"part {number}: {part.task} on {', '.join((part.real, *part.tests))}: {trained} trainings, {len(study.seeds)} seeds")  # fmt: skip
    return lines


def run_study(
    study: StudySpec, out: Path, train: Trainer, build: Builder, on_progress: Progress = lambda *told, **more: None
) -> StudyResult:
    """Run (or go on with) a study and write its report; `failed` of the result tells what could not be done.

    InputError before the work: settings that do not fit, a folder with another study, a place that cannot be written.
    """
    # 1 What is asked for fits, and the folder is free for it.
    can_be_written("--out", out / SETTINGS)
    planned(study, build, out)
    result = StudyResult(out)
    with only_one(out, "study"), plain_disk_errors(out, "what is finished stays"):
        _check_folder(study, out)

        # 2 The sets that the study makes itself, and those that are there.
        folders = _folders(study, out, build, on_progress, result)

        # 3 Each part: baselines, trainings, predictions, a record file each.
        records: list[StudyRecord] = []
        notes: list[str] = []
        held: dict[tuple[str, str, float], Material] = {}
        try:
            for number, part in enumerate(study.parts, 1):
                materials = _materials(study, part, number, folders, held, result)
                if materials is None:
                    continue
                run = PartRun(study, part, number, out, train, on_progress, materials)
                try:
                    run.run()
                finally:
                    records += run.records
                    result.failed += run.failed
                    notes += [f"part {number}: {count} {what}." for what, count in run.counts.items() if count]
        except (Stopped, KeyboardInterrupt):
            result.stopped = True
        finally:
            for one in held.values():
                one.close()

        # 4 One report of all records that there are.
        notes += [f"the set {one.name}: {len(one.skipped)} images or clips cannot be read and were skipped, such as {one.skipped[0][0]}." for one in held.values() if one.skipped]  # fmt: skip
        _write(study, out, records, notes, result)
    return result


def _write(study: StudySpec, out: Path, records: list[StudyRecord], notes: list[str], result: StudyResult) -> None:
    result.records = len(records)
    if not records:
        return
    write_records(out / RECORDS, records)
    report = study_report(records, study.title, np.random.default_rng(0), draws=study.draws)
    missing = [f"Not done: {what}: {why.rstrip('.')}." for what, why in result.failed]
    if result.stopped:
        missing.append("The study was stopped before its end: rows are missing or rest on fewer seeds.")
    published = [Published(**one.model_dump()) for one in study.published]
    result.report = dataclasses.replace(report, notes=[*missing, *report.notes, *notes], published=published)
    result.files = write_report(result.report, out)


def _check_folder(study: StudySpec, out: Path) -> None:
    """Refuse a folder with another study; write what this one is."""
    content = study.model_dump(mode="json", exclude={"title", "published", "draws"})
    for one in content["sets"].values():
        one.pop("data")  # a place, which may change between two starts
    name = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]
    file = out / SETTINGS
    if file.is_file():
        try:
            before = yaml.safe_load(file.read_text())["hash"]
        except (yaml.YAMLError, KeyError, TypeError, UnicodeDecodeError) as error:
            raise InputError(f"--out {out} holds a {SETTINGS} that is not ours; choose another folder") from error
        if before != name and (out / "records").is_dir():
            raise InputError(f"--out {out} holds a study with other settings; choose another folder, or run that study's file")  # fmt: skip
    elif any(path.name != ".lock" for path in out.iterdir()):
        raise InputError(f"--out {out} is not empty and holds no study; choose an empty or new folder")
    told = {"hash": name, "study": study.model_dump(mode="json")}
    write_text(file, yaml.safe_dump(told, sort_keys=False, allow_unicode=True))


def _folders(
    study: StudySpec, out: Path, build: Builder, on_progress: Progress, result: StudyResult
) -> dict[str, Path]:
    """Folder of each set that is there; those that are not are told."""
    folders: dict[str, Path] = {}
    for name, one in study.sets.items():
        if one.simulate is not None:
            folder = out / "sets" / file_name(name)
            build(one.simulate, folder, False, on_progress)
            folders[name] = folder
        elif one.data is not None and (one.data / "clips").is_dir():
            folders[name] = one.data
        else:
            result.failed.append((f"set {name}", f"{one.data} is no data set; import it (docs/import.md), or say where it is with --set {file_name(name)}=FOLDER"))  # fmt: skip
    return folders


def _materials(
    study: StudySpec,
    part: PartSpec,
    number: int,
    folders: dict[str, Path],
    held: dict[tuple[str, str, float], Material],
    result: StudyResult,
) -> dict[str, Material] | None:
    """The part's sets, read once for each task; None where one is missing."""
    names = [one for one in (part.real, part.synthetic, *part.tests) if one]
    missing = [one for one in names if one not in folders]
    if missing:
        result.failed.append((f"part {number} ({part.task})", f"its set {missing[0]} is missing"))
        return None
    materials = {}
    try:
        for name in names:
            key = (name, part.task, part.least_visible)
            if key not in held:
                held[key] = read_material(name, study.sets[name], folders[name], part.task, part.least_visible)
            materials[name] = held[key]
    except InputError as error:
        result.failed.append((f"part {number} ({part.task})", str(error)))
        return None
    return materials
