"""From the records of a study to its tables, its words and its page."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from thermvision.disk import plain_disk_errors, write_text
from thermvision.tasks.measures.bootstrap import DRAWS
from thermvision.tasks.study.notes import notes
from thermvision.tasks.study.page import study_page
from thermvision.tasks.study.published import Published, published_table
from thermvision.tasks.study.record import StudyRecord
from thermvision.tasks.study.table import Difference, Row, differences, group_records, study_row
from thermvision.tasks.study.text import long_csv, markdown, plain
from thermvision.types import InputError


@dataclass(frozen=True, slots=True)
class StudyReport:
    """What a study found."""

    title: str
    how: str  # how intervals and p values were made
    notes: list[str]
    rows: list[Row]
    differences: list[Difference]
    published: list[Published] = field(default_factory=list)  # figures of papers, shown beside ours


def study_report(
    records: Sequence[StudyRecord], title: str, stream: np.random.Generator, *, draws: int = DRAWS
) -> StudyReport:
    """Rows, paired differences and notes of all records, which may be of several tasks and test sets; InputError if there is none."""
    if not records:
        raise InputError("the list of records is empty; expected the results of at least one model on one test set")
    groups = group_records(records)
    rows = [study_row(group, stream, draws=draws) for group in groups]
    how = (
        f"Values are means over seeds. Brackets: 95 % percentile intervals of {draws:,} cluster-bootstrap draws of people (with all their images). "
        "p: people's results swapped between two models; Holm's correction over all differences."
    )
    return StudyReport(title, how, notes(rows), rows, differences(groups, stream, draws=draws))


def write_report(report: StudyReport, out: Path) -> list[Path]:
    """Write `study.md`, `study.json`, `study.csv` and `study.html` into the folder `out`; their paths."""
    shown = dataclasses.replace(report, rows=[row.shown() for row in report.rows])
    about = (report.notes, report.rows, report.differences, report.how)
    texts = {
        "study.md": markdown(
            report.title, *about, [published_table(report.published, report.rows)] if report.published else []
        ),
        "study.json": json.dumps(plain(shown), indent=1, allow_nan=False) + "\n",
        "study.csv": long_csv(report.rows),
        "study.html": study_page(report.title, *about, report.published),
    }
    with plain_disk_errors(out, "the records stay"):
        out.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            write_text(out / name, text)
    return [out / name for name in texts]
