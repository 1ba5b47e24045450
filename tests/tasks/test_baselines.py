"""Baselines by hand, and on small data sets that the simulator makes: portrait framing is easy for a constant box, wild is not."""

import dataclasses

import numpy as np
import pytest

from thermvision.config import make_config
from thermvision.pipeline import build
from thermvision.tasks.baseline_records import baseline_records
from thermvision.tasks.baselines import (
    CONSTANT_BOX,
    MAJORITY,
    MEAN_SHAPE,
    NEAREST_LEAK,
    NEAREST_OTHERS,
    fit_constant_box,
    fit_mean_shape,
    majority_scores,
    mean_shape_px,
    nearest_leaking,
    nearest_other_people,
    thumbnail,
)
from thermvision.tasks.labelled import _labelled, images_of, labelled_images, person_classes
from thermvision.tasks.splits import split_people
from thermvision.tasks.study_report import study_report
from thermvision.thermal.png16 import encode_png16
from thermvision.types import InputError


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Framing -> (training images, test images) of six people each; a wild frame's passers-by are of its own split."""
    sets = {}
    for framing in ("portrait", "wild"):
        out = tmp_path_factory.mktemp(framing) / "set"
        settings = {"subjects": 6, "motions": ["natural"], "frames": 30, "size": 96, "framing": framing, "seed": 3}
        build(make_config({"out": out, "workers": 1, **settings}, "test"))
        images = list(labelled_images(out, every=3, pictures=True))
        test = [one for one in images if one.split == "test"]
        sets[framing] = ([one for one in images if one.split != "test"], test)
    return sets


def row_of(report, model, test_set):
    return next(row for row in report.rows if (row.model, row.test_set) == (model, test_set))


def test_a_constant_box_is_strong_on_portraits_and_weak_in_the_wild_and_the_report_says_so(made):
    records = [one for framing, parts in made.items() for one in baseline_records("detect", *parts, framing)]
    report = study_report(records, "constant box", np.random.default_rng(0), draws=200)
    portrait, wild = (row_of(report, CONSTANT_BOX, framing).figures["AP50"].value for framing in ("portrait", "wild"))
    assert portrait > 0.9 and wild < 0.2
    assert any(n.startswith("portrait is portrait-framed data: a constant box reaches AP50 1.00") for n in report.notes)
    assert any(n.startswith("wild: a constant box reaches AP50 0.") and "has to look" in n for n in report.notes)


def test_the_mean_shape_fits_frontal_portraits_and_the_leak_shows(made):
    train, test = made["portrait"]
    records = [one for task in ("landmarks", "gender") for one in baseline_records(task, train, test, "portrait")]
    report = study_report(records, "baselines", np.random.default_rng(0), draws=200)
    assert row_of(report, MEAN_SHAPE, "portrait").figures["NME"].value < 0.05
    value = {name: row_of(report, name, "portrait").figures["balanced accuracy"].value for name in (MAJORITY, NEAREST_OTHERS, NEAREST_LEAK)}  # fmt: skip
    assert value[MAJORITY] == 0.5 and value[NEAREST_LEAK] >= value[NEAREST_OTHERS] + 0.2
    assert any("from recognising the person" in note for note in report.notes)


def test_labelled_images_hold_what_the_rows_say(made):
    train, test = made["portrait"]
    classes = person_classes([*train, *test])
    assert len(classes) == 6 and {len(one.faces_xyxy_px) for one in train} == {1}
    assert all(one.temperature_k.shape == (96, 96) == (one.height_px, one.width_px) for one in train)
    assert all(300 < np.median(one.temperature_k) < 315 or one.temperature_k.max() > 303 for one in train)
    again = split_people(classes, seed=0)
    assert {one.person for one in images_of(train + test, again.test)} == set(again.test)
    crowd = made["wild"][0]
    assert any(len(one.everyone) > 1 for one in crowd)
    alone = images_of(crowd, [crowd[0].person])
    assert all(one.everyone == {crowd[0].person} for one in alone) and len(alone) < len(crowd)


def test_a_passer_by_who_is_in_the_test_is_refused(made):
    train, test = made["wild"]
    stranger = dataclasses.replace(train[0], everyone=train[0].everyone | {test[0].person})
    with pytest.raises(InputError, match=f"person {test[0].person} is in train and in test"):
        baseline_records("detect", [*train, stranger], test, "wild")


def test_rows_of_a_set_with_few_labels_are_read():
    """What an importer may leave empty: pose, landmarks, gender, the list of faces."""
    picture = {"bytes": encode_png16(np.full((30, 40), 30000, np.uint16)), "path": None}
    row = dict.fromkeys(("gender", "landmarks_68_px", "yaw_deg", "pitch_deg", "roll_deg", "split", "faces"))
    row |= {"image": picture, "subject": "7", "session": "1", "frame": 3, "bbox_xyxy_px": [1.0, 2, 30, 28]}
    one = _labelled("clip", row, pictures=True, least_visible=0.5)
    assert one.faces_xyxy_px.tolist() == [[1, 2, 30, 28]] and (one.width_px, one.height_px) == (40, 30)
    assert np.isnan(one.landmarks_68_px).all() and np.isnan(one.pose_deg).all() and one.everyone == {"7"}
    assert one.temperature_k[0, 0] == pytest.approx(300)
    everyone = [{"bbox_xyxy_px": [1.0, 2, 9, 9], "visible_share": share, "subject": None} for share in (0.1, 0.5, None)]
    shared = _labelled("clip", row | {"faces": everyone}, pictures=False, least_visible=0.25)
    assert len(shared.faces_xyxy_px) == 2 and len(shared.hidden_xyxy_px) == 1
    nobody = _labelled("clip", row | {"bbox_xyxy_px": None}, pictures=False, least_visible=0.0)
    assert nobody.faces_xyxy_px.shape == (0, 4) and np.isnan(nobody.bbox_xyxy_px).all()


def test_what_baselines_refuse(made):
    train, test = made["portrait"]
    with pytest.raises(InputError, match="list of test images is empty"):
        baseline_records("detect", train, [], "portrait")
    with pytest.raises(InputError, match="only female"):
        baseline_records("gender", [one for one in train if one.gender == "female"], test, "portrait")
    with pytest.raises(InputError, match="test images hold no gender"):
        baseline_records("gender", train, [dataclasses.replace(one, gender="") for one in test], "portrait")
    with pytest.raises(InputError, match="pictures=True"):
        baseline_records("gender", [dataclasses.replace(one, temperature_k=None) for one in train], test, "portrait")
    bare = dataclasses.replace(train[0], landmarks_68_px=np.full((68, 2), np.nan))
    for parts, says in (((train, [dataclasses.replace(bare, everyone=test[0].everyone)]), "test images hold no landmarks"), (([bare], test), "training images hold no landmarks")):  # fmt: skip
        with pytest.raises(InputError, match=says):
            baseline_records("landmarks", *parts, "portrait")
    with pytest.raises(InputError, match="no face box"):
        baseline_records("detect", [dataclasses.replace(train[0], faces_xyxy_px=np.zeros((0, 4)))], test, "portrait")


def test_majority_box_and_shape_by_hand():
    assert majority_scores(np.array([True, True, False]), 2).tolist() == [1, 1]
    assert majority_scores(np.array([True, False]), 1).tolist() == [0]  # a tie goes to women
    box = fit_constant_box(np.array([[10.0, 20, 50, 60], [20, 40, 100, 120], [0, 0, 50, 50]]), np.array([[100.0, 100], [200, 200], [100, 100]]))  # fmt: skip
    assert box.box_xyxy_px(200, 400).tolist() == [[20, 80, 100, 240]]
    boxes = np.array([[0.0, 0, 10, 20], [100, 100, 200, 300]])
    shape = fit_mean_shape(np.array([[[5.0, 5]], [[150, 250]]]), boxes)
    assert shape.tolist() == [[0.5, 0.5]] and mean_shape_px(shape, boxes).tolist() == [[[5, 10]], [[150, 200]]]
    for fit in (lambda: majority_scores(np.zeros(0, bool), 1), lambda: fit_mean_shape(np.zeros((0, 5, 2)), boxes[:0])):
        with pytest.raises(InputError, match=r"empty|no landmarks"):
            fit()


def test_thumbnails_know_neither_level_nor_gain_and_boxes_beyond_the_picture_do_no_harm():
    picture = np.random.default_rng(0).normal(300, 5, (60, 80))
    where = np.array([10.0, 5, 50, 55])
    one = thumbnail(picture, where)
    np.testing.assert_allclose(thumbnail(picture * 3 + 7, where), one, atol=1e-3)
    assert one.shape == (144,) and abs(one.mean()) < 1e-6 and one.std() == pytest.approx(1)
    assert np.isfinite(thumbnail(picture, np.array([-20.0, -5, 90, 70]))).all()
    np.testing.assert_allclose(thumbnail(picture, np.full(4, np.nan)), thumbnail(picture, np.array([0.0, 0, 80, 60])))
    assert (thumbnail(picture, np.array([90.0, 5, 99, 9])) == 0).all() and (
        thumbnail(picture[:1, :1], where) == 0
    ).all()


def test_the_leak_is_the_person_and_nothing_else():
    """People look alike by chance only, images of one person are nearly the same: others tell nothing, the person's own all."""
    stream = np.random.default_rng(1)
    people = [f"p{k:02d}" for k in range(60)]
    person = [name for name in people for _ in range(6)]
    looks = np.repeat(stream.normal(size=(60, 144)), 6, axis=0)
    small, male = looks + 0.05 * stream.normal(size=looks.shape), np.repeat(np.arange(60) % 2 == 0, 6)
    honest = nearest_other_people(small, male, person, people[:40], people[40:])
    leaking = nearest_leaking(small, male, [f"i{k}" for k in range(360)], person, people[40:], 240, seed=0)
    right = [(result.p_male > 0.5) == result.is_male for result in (honest, leaking)]
    assert 0.3 < right[0].mean() < 0.7 and right[1].mean() == 1
    assert len(honest.test) == 120 and len(leaking.test) == 60 and {person[k] for k in leaking.test} == set(people[40:])
    with pytest.raises(InputError, match="p40 is in train and in test"):
        nearest_other_people(small, male, person, people[:41], people[40:])
