"""What is compared: boxes cut and counted, images without labels left out, whose face is whose, and errors by hand."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tasks.made_sets import row

from thermvision.tasks.evaluate.records import NO_SIZE, NOT_PREDICTED, model_record, own_face
from thermvision.tasks.evaluate.truth import CUT, OUTSIDE, cleaned, is_labelled
from thermvision.tasks.labelled import _labelled
from thermvision.tasks.predictions import PredictedFace, Prediction
from thermvision.tasks.study.figures import record_statistics
from thermvision.tasks.study_report import study_report
from thermvision.types import InputError

SHAPE_68 = np.column_stack([np.linspace(25, 55, 68), np.linspace(15, 45, 68)])


def image(*given_boxes, **more):
    return _labelled("c", row("a", 0, given_boxes[0] if given_boxes else None, faces=given_boxes or None, **more), False, 0.0)  # fmt: skip


def said(one, *faces):
    return {one.image: Prediction(one.image, one.width_px, one.height_px, faces)}


def test_boxes_are_cut_and_counted():
    counts = Counter()
    one = cleaned(image((-5, 10, 30, 50), (70, 20, 95, 40), (200, 5, 220, 9), (10, 10, 20, 20)), counts)
    assert one.faces_xyxy_px.tolist() == [[0, 10, 30, 50], [70, 20, 80, 40], [10, 10, 20, 20]]
    assert one.bbox_xyxy_px.tolist() == [0, 10, 30, 50] and (counts[CUT], counts[OUTSIDE]) == (2, 1)


@given(st.lists(st.tuples(*[st.floats(-300, 300)] * 4), max_size=5))
def test_what_is_left_always_lies_in_the_image(boxes):
    counts = Counter()
    one = cleaned(image(*[tuple(box) for box in boxes]), counts)
    left = one.faces_xyxy_px
    assert (left >= 0).all() and (left <= [80, 60, 80, 60]).all() and (left[:, 2:] > left[:, :2]).all()
    assert len(left) + counts[OUTSIDE] == len(boxes)


def test_no_label_is_not_the_same_as_no_face():
    nobody, empty = image(), _labelled("c", row("a", 0, None, faces=[]), False, 0.0)
    assert not is_labelled("detect", nobody) and is_labelled("detect", empty)
    assert not is_labelled("gender", nobody) and is_labelled("gender", image((1, 1, 9, 9), gender="male"))
    assert not is_labelled("landmarks", nobody)
    assert is_labelled("landmarks", image((1, 1, 9, 9), landmarks_54_px=np.ones((54, 2)).tolist()))


def test_a_box_about_the_landmarks_where_there_is_none():
    one = cleaned(_labelled("c", row("a", 0, None, landmarks_68_px=SHAPE_68.tolist()), False, 0.0), Counter())
    assert one.bbox_xyxy_px.tolist() == [25, 15, 55, 45]


def test_whose_face_it_is():
    one = image((20, 10, 60, 50))
    mine, other = PredictedFace(np.array([22.0, 10, 60, 52]), 0.3), PredictedFace(np.array([0.0, 0, 15, 15]), 0.9)
    faces = Prediction("c/00000", 80, 60, (other, mine))
    assert own_face(faces, one) is mine and own_face(Prediction("c", 80, 60, (other,)), one) is None
    told = PredictedFace(np.zeros(4), box_from="label")
    assert own_face(Prediction("c", 80, 60, (other, told)), one) is told


def test_landmark_errors_by_hand_and_images_that_cannot_be_measured():
    one = image((20, 10, 60, 40), landmarks_68_px=SHAPE_68.tolist(), yaw_deg=20.0, pitch_deg=0.0, roll_deg=0.0)
    face = PredictedFace(one.bbox_xyxy_px, 0.9, SHAPE_68 + np.array([3, 4]), np.array([26.0, 0, 0]))
    counts = Counter()
    about = {"regime": "given model", "model": "m", "test_set": "s", "seed": 0}
    record = model_record("landmarks", [one], said(one, face), counts, **about)
    assert record.items["nme"] == pytest.approx([5 / 50]) and record.items["pose_error_deg"] == pytest.approx([6])
    assert record.normaliser == "box diagonal" and record.items["yaw_deg"] == [20]
    missed = model_record("landmarks", [one], said(one), counts, **about)
    assert missed.items["nme"] == [None] and not counts[NO_SIZE]
    flat = image((20, 10, 60, 40), landmarks_68_px=np.full((68, 2), 30.0).tolist())
    with pytest.raises(InputError, match="has outer eye corners of any size"):
        model_record("landmarks", [flat], said(flat), counts, normaliser="outer eye corners", **about)
    assert counts[NO_SIZE] == 1


def test_landmarks_of_two_conventions_are_compared_each_with_its_own_points():
    one = image((20, 10, 60, 40), landmarks_68_px=SHAPE_68.tolist())
    five = _labelled("c", row("b", 1, (20, 10, 60, 40), landmarks_5_px=SHAPE_68[:5].tolist()), False, 0.0)
    faces = {**said(one, PredictedFace(one.bbox_xyxy_px, 0.9, SHAPE_68 + np.array([5, 0]))), **said(five, PredictedFace(one.bbox_xyxy_px, 0.9, SHAPE_68[:5]))}  # fmt: skip
    record = model_record("landmarks", [one, five], faces, Counter(), regime="given model", model="m", test_set="s", seed=0)  # fmt: skip
    assert record.items["nme"] == pytest.approx([0.1, 0.0])


def test_auc_by_group_and_images_without_a_prediction():
    rows = [_labelled("c", row(f"{kind}{k}", 4 * k + n, gender=kind, glasses="round" if k else ""), False, 0.0) for k in (0, 1) for n, kind in enumerate(("female", "male"))]  # fmt: skip
    p_male = [0.2, 0.9, 0.7, 0.6]  # right without glasses, wrong with them
    faces = {one.image: Prediction(one.image, 80, 60, (PredictedFace(one.bbox_xyxy_px, p_male=p, box_from="label"),)) for one, p in zip(rows, p_male, strict=True)}  # fmt: skip
    counts = Counter()
    extra = _labelled("c", row("x", 77, gender="male"), False, 0.0)
    record = model_record("gender", [*rows, extra], faces, counts, regime="given model", model="m", test_set="s", seed=0)  # fmt: skip
    assert counts[NOT_PREDICTED] == 1 and len(record.image) == 4
    people = sorted(record.person)
    table = {name: float(one(np.ones((1, 4)))[0]) for name, one in record_statistics(record, people).items()}
    assert (table["AUC, glasses: none"], table["AUC, glasses: round"], table["AUC"]) == (1.0, 0.0, 0.75)
    report = study_report([record], "groups", np.random.default_rng(0), draws=100)
    assert "AUC, glasses: round" in report.rows[0].figures
    with pytest.raises(InputError, match="none of the 1 labelled images of s has a prediction"):
        model_record("gender", [extra], faces, counts, regime="given model", model="m", test_set="s", seed=0)
