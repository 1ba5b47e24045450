"""Published figures stand beside ours of the same test set, regime, model and metric, and beside nothing else."""

import dataclasses

import numpy as np
import pytest

from thermvision.tasks.study.published import NOT_RUN, Published, published_table
from thermvision.tasks.study.record import values_record
from thermvision.tasks.study_report import study_report, write_report

PEOPLE = [f"p{k}" for k in range(12)]
MALE = np.arange(12) % 2 == 0


def record(regime, right, **about):
    p_male = np.where((np.arange(12) < right) == MALE, 0.9, 0.1)
    return values_record("gender", PEOPLE, PEOPLE, {"p_male": p_male, "is_male": MALE}, model="net", regime=regime, test_set="site", seed=0, **about)  # fmt: skip


@pytest.fixture
def report():
    records = [record("real-only", 6), record("hybrid", 6, synthetic_people=5), record("hybrid", 12, synthetic_people=50)]  # fmt: skip
    return study_report(records, "published", np.random.default_rng(0), draws=100)


def test_ours_is_the_row_with_the_most_synthetic_people(report, tmp_path):
    asked = [
        Published("site", "net", "accuracy", 0.7, "hybrid", "paper, table 2", "no seeds"),
        Published("site", "net", "accuracy", 0.7, "synthetic-only"),
        Published("elsewhere", "net", "accuracy", 0.7, "hybrid"),
        Published("site", "net", "AP50", 0.7, "hybrid"),
    ]
    _, heads, lines = published_table(asked, report.rows)
    ours = [line[heads.index("ours")] for line in lines]
    assert ours[0].startswith("1.000 (") and ours[1:] == [NOT_RUN] * 3
    write_report(dataclasses.replace(report, published=asked), tmp_path)
    for name in ("study.html", "study.md", "study.json"):
        assert "paper, table 2" in (tmp_path / name).read_text()


def test_a_stand_in_is_never_put_beside_a_published_figure(report):
    rows = [dataclasses.replace(row, stand_in=True) for row in report.rows]
    _, heads, lines = published_table([Published("site", "net", "accuracy", 0.7, "hybrid")], rows)
    assert lines[0][heads.index("ours")] == NOT_RUN
