"""The report of a study: figures, intervals, differences and words of made-up records whose truth is known; files that parse."""

import csv
import dataclasses
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import numpy as np
import pytest

from thermvision.tasks.baselines import CONSTANT_BOX, MAJORITY, MEAN_SHAPE, NEAREST_LEAK, NEAREST_OTHERS
from thermvision.tasks.measures.box_matching import ImageBoxes
from thermvision.tasks.study.plots import Point, bar_plot, curve_plot, interval_plot
from thermvision.tasks.study.record import detection_record, read_records, values_record, write_records
from thermvision.tasks.study.table import group_records, row_name
from thermvision.tasks.study_report import study_report, write_report
from thermvision.types import InputError

PEOPLE = [f"{'F' if k % 2 else 'M'}{k:02d}" for k in range(16)]
PERSON = [name for name in PEOPLE for _ in range(5)]
IMAGE = [f"{name}/{k}" for k, name in enumerate(PERSON)]
MALE = np.array([name[0] == "M" for name in PERSON])
FACE = np.array([[20.0, 20, 60, 70]])


def gender(model, regime, skill, seed=0, test_set="real", **about):
    """A classifier whose margin is `skill` in noise that people share."""
    stream = np.random.default_rng([seed, int(100 * skill)])
    hard = np.repeat(np.random.default_rng(9).normal(size=len(PEOPLE)), 5)
    margin = skill + hard + stream.normal(size=len(MALE))
    p_male = 1 / (1 + np.exp(-np.where(MALE, margin, -margin)))
    return values_record("gender", IMAGE, PERSON, {"p_male": p_male, "is_male": MALE}, model=model, regime=regime, test_set=test_set, seed=seed, **about)  # fmt: skip


def boxes(model, regime, shift_px, seed=0, **about):
    images = [ImageBoxes(image, name, FACE + shift_px, np.ones(1), FACE) for image, name in zip(IMAGE, PERSON, strict=True)]  # fmt: skip
    return detection_record(images, model=model, regime=regime, test_set="real", seed=seed, **about)


def landmarks(model, regime, level, seed=0):
    stream = np.random.default_rng([seed, int(1000 * level)])
    nme = level * stream.uniform(0.5, 1.5, len(IMAGE))
    nme[0] = np.nan
    yaw = stream.uniform(-85, 85, len(IMAGE))
    return values_record("landmarks", IMAGE, PERSON, {"nme": nme, "yaw_deg": yaw, "pose_error_deg": nme * 90}, model=model, regime=regime, test_set="real", seed=seed, normaliser="box diagonal")  # fmt: skip


def whole_study():
    records = [gender(MAJORITY, "baseline", 0.0), gender(NEAREST_OTHERS, "baseline", 0.1), gender(NEAREST_LEAK, "baseline", 4.0)]  # fmt: skip
    records += [boxes(CONSTANT_BOX, "baseline", 4.0), landmarks(MEAN_SHAPE, "baseline", 0.08)]
    for seed in range(5):
        records += [gender("net", "real-only", 1.0, seed, train_people=20), gender("net", "synthetic-only", 0.15, seed, synthetic_people=400)]  # fmt: skip
        records += [gender("net", "hybrid", 1.0 + n / 200, seed, train_people=20, synthetic_people=n) for n in (50, 400)]  # fmt: skip
        records += [gender("net", "low-shot", 0.2 + k / 25, seed, train_people=k) for k in (1, 5, 10, 25)]
        records += [gender("net", "low-shot", 0.9 + k / 25, seed, train_people=k, synthetic_people=400) for k in (1, 5, 10, 25)]  # fmt: skip
    records += [boxes("<b>&net</b>", "synthetic-only", 1.0, seed) for seed in range(2)]
    return [*records, *(landmarks("heat", "real-only", 0.03, seed) for seed in range(5))]


@pytest.fixture(scope="module")
def report():
    return study_report(whole_study(), "A study <1> & more", np.random.default_rng(0), draws=300)


def test_values_are_means_over_seeds_with_intervals_over_people(report):
    row = next(row for row in report.rows if row.regime == "real-only" and row.task == "gender")
    by_seed = [((np.array(one.items["p_male"]) >= 0.5) == MALE).mean() for one in (gender("net", "real-only", 1.0, seed) for seed in range(5))]  # fmt: skip
    figure = row.figures["accuracy"]
    assert (row.seeds, row.people, row.images) == (5, 16, 80)
    assert figure.value == pytest.approx(np.mean(by_seed)) and figure.seed_sd == pytest.approx(np.std(by_seed, ddof=1))
    assert (
        figure.low < figure.value < figure.high and figure.high - figure.low > 0.1
    )  # people differ, so 80 images are few


def test_baselines_stand_in_the_same_table_and_come_first(report):
    for task, first in (("detect", CONSTANT_BOX), ("landmarks", MEAN_SHAPE)):
        assert next(row for row in report.rows if row.task == task).model == first
    regimes = [row.regime for row in report.rows if row.task == "gender"]
    assert regimes[:4] == ["baseline"] * 3 + ["real-only"] and regimes[-1] == "low-shot"


@pytest.mark.parametrize(
    "words",
    [
        "real is portrait-framed data: a constant box reaches AP50 1.00 without looking at a pixel; the best model has 1.00",
        "from recognising the person",
        "net, synthetic-only, 400 synthetic is not shown to be better than the baseline",
        "<b>&net</b>, synthetic-only rests on fewer than 5 seeds",
        "<b>&net</b>, synthetic-only has an interval without width, because all 16 people gave the same; up to 19% of people",
        "there is no real-only row, so whether synthetic data helps cannot be told",
    ],
)
def test_words(report, words):
    assert sum(words in note for note in report.notes) == 1


def test_what_is_missing_or_small_is_said():
    few = [dataclasses.replace(one, image=one.image[:10], person=one.person[:10], items={k: v[:10] for k, v in one.items.items()}) for one in (gender("net", "real-only", 1.0), gender(MAJORITY, "baseline", 0.0))]  # fmt: skip
    said = " ".join(study_report(few, "few", np.random.default_rng(0), draws=50).notes)
    assert f"the baseline '{NEAREST_OTHERS}' is missing" in said and f"the baseline '{MAJORITY}' is missing" not in said
    assert "2 people; percentile intervals over fewer than 10 are too narrow" in said


def test_a_leak_that_thumbnails_do_not_show_is_not_claimed():
    records = [gender(NEAREST_OTHERS, "baseline", 1.0), gender(NEAREST_LEAK, "baseline", 1.0)]
    said = " ".join(study_report(records, "t", np.random.default_rng(0), draws=50).notes)
    assert "do not show the leak" in said and "from recognising" not in said


def test_models_are_compared_with_real_only_and_p_values_hold_for_the_table(report):
    named = {one.row: one for one in report.differences if one.metric == "balanced accuracy"}
    worse = named["net, synthetic-only, 400 synthetic"]
    assert worse.against == "net, real-only, 20 real" and worse.high < 0 and worse.p < 0.01
    assert named["net, real-only, 20 real"].against.startswith("baseline")
    few = named["net, low-shot, 1 a class, 400 synthetic"]
    assert few.against == "net, low-shot, 1 a class" and few.low > 0
    assert "net, low-shot, 1 a class" not in named and all(one.p_holm >= one.p for one in report.differences)


def test_the_same_stream_gives_the_same_report(report):
    again = study_report(list(reversed(whole_study())), "A study <1> & more", np.random.default_rng(0), draws=300)
    np.testing.assert_equal(dataclasses.asdict(again), dataclasses.asdict(report))


def test_files(report, tmp_path):
    paths = {path.name: path.read_text() for path in write_report(report, tmp_path / "report")}
    content = json.loads(paths["study.json"])
    assert len(content["rows"]) == len(report.rows) and content["notes"] == report.notes
    lines = list(csv.DictReader(io.StringIO(paths["study.csv"])))
    assert len(lines) == sum(len(row.figures) for row in report.rows)
    auc = next(line for line in lines if line["metric"] == "AUC" and line["regime"] == "real-only")
    assert float(auc["low"]) < float(auc["value"]) < float(auc["high"]) and auc["train_people"] == "20"
    for table in re.findall(r"(?:^\|.*\n)+", paths["study.md"], re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1
    assert "NME ↓" in paths["study.md"] and "not found ↓" in paths["study.md"]


class Nesting(HTMLParser):
    """Follows tags and notes where one is closed that is not open."""

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.links = [], [], []

    def handle_starttag(self, tag, attrs):
        self.links += [value for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def test_the_page_is_whole_needs_nothing_from_elsewhere_and_its_drawings_are_xml(report, tmp_path):
    write_report(report, tmp_path)
    page = (tmp_path / "study.html").read_text()
    nesting = Nesting()
    nesting.feed(page)
    assert not nesting.open and not nesting.wrong and not nesting.links and "<script" not in page
    assert "<b>" not in page and "&lt;b&gt;&amp;net&lt;/b&gt;" in page
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawings) == 7  # an interval plot a task, low-shot, growing, by yaw, by height
    for drawing in drawings:
        inside_the_frame(drawing)


def inside_the_frame(drawing):
    root = ElementTree.fromstring(drawing)
    wide, high = map(float, root.get("viewBox").split()[2:])
    for element in root.iter():
        for name, limit in (("x", wide), ("x1", wide), ("x2", wide), ("cx", wide), ("y", high), ("y1", high), ("y2", high), ("cy", high)):  # fmt: skip
            value = element.get(name)
            assert value is None or 0 <= float(value) <= limit, (name, value)
        for side in ("width", "height"):
            assert float(element.get(side, 0)) >= 0


@pytest.mark.parametrize("values", [[0.0], [0.5, 0.5], [1e-6, 2e-6], [0.0, 1.0], [-0.3, 0.2], [120.0, 7.0]])
def test_drawings_of_any_values_stay_in_their_frame(values):
    points = [Point(value, value - 0.01, value + 0.02) for value in values]
    names = [f"row {k} <&>" for k in range(len(values))]
    inside_the_frame(interval_plot(names, points, "x", hollow=[False] * len(values)))
    inside_the_frame(bar_plot(["a"], [(name, [point]) for name, point in zip(names, points, strict=True)], "y").split("<div")[0])  # fmt: skip
    line = [(float(k), point) for k, point in enumerate(points)]
    inside_the_frame(curve_plot([("a", line)], "x", "y", levels=[("base", 0.3)]).split("<div")[0])


def test_drawings_without_values_are_left_out():
    nothing = Point(float("nan"), float("nan"), float("nan"))
    assert interval_plot(["a"], [nothing], "x", hollow=[False]) == ""
    assert bar_plot(["a"], [("s", [nothing])], "y") == "" == curve_plot([("s", [(1.0, nothing)])], "x", "y")


def test_records_come_back_and_damaged_ones_are_named(tmp_path):
    records = whole_study()[:6]
    path = tmp_path / "records.jsonl"
    write_records(path, records)
    assert read_records(path) == records
    lines = path.read_text().splitlines()
    for bad, says in (("{", "line 2 is no record"), (lines[1].replace('"gender"', '"age"', 1), "line 2: task is 'age'"), ("[1]", "line 2 is no record")):  # fmt: skip
        path.write_text(f"{lines[0]}\n{bad}\n")
        with pytest.raises(InputError, match=says):
            read_records(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_records(tmp_path / "none")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: gender("net", "synthetic", 1.0), "regime is 'synthetic'; expected one of real-only"),
        (lambda: values_record("landmarks", IMAGE, PERSON, {"nme": np.zeros(80)}, model="m", regime="real-only", test_set="t", seed=0), "no normaliser"),
        (lambda: values_record("gender", IMAGE, PERSON, {"p_male": np.zeros(80)}, model="m", regime="real-only", test_set="t", seed=0), "lacks is_male"),
        (lambda: values_record("gender", IMAGE[:3], PERSON, {"p_male": np.zeros(80), "is_male": MALE}, model="m", regime="real-only", test_set="t", seed=0), "3 of image, 80 of person"),
        (lambda: study_report([], "t", np.random.default_rng(0)), "list of records is empty"),
        (lambda: group_records([gender("net", "real-only", 1.0), gender("net", "real-only", 1.0)]), "seed 0 of net, real-only on real is there twice"),
        (lambda: study_report([dataclasses.replace(gender("net", "real-only", 1.0), person=("x",) * 80)], "t", np.random.default_rng(0)), "expected one label a person"),
    ],
)  # fmt: skip
def test_refusals(make, says):
    with pytest.raises(InputError, match=says) as error:
        make()
    assert "\n" not in str(error.value)


def test_one_person_alone_has_no_interval():
    one = dataclasses.replace(boxes("net", "real-only", 1.0), person=("p",) * 80)
    (row,) = study_report([one], "t", np.random.default_rng(0), draws=50).rows
    assert row.figures["AP50"].value == 1 and np.isnan(row.figures["AP50"].low) and row_name(row) == "net, real-only"


def test_a_share_of_one_stands_at_the_end_of_its_axis():
    from thermvision.tasks.study.plots import Point, interval_plot

    drawn = interval_plot(["constant box"], [Point(1.0, 1.0, 1.0)], "AP50", hollow=[True])
    assert ">1</text>" in drawn and ">1.01</text>" not in drawn and ">0.95</text>" in drawn
