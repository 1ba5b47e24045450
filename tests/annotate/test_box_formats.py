"""Boxes survive the way into each format and back."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from thermvision.annotate.boxes import overlaps, xywh_of_xyxy, yolo_of_xyxy

WIDTH, HEIGHT = 640, 512


def box_in(width, height):
    x, y = st.floats(0, width), st.floats(0, height)
    return st.tuples(x, y, x, y).map(
        lambda b: np.array([min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3])])
    )


@given(box_in(WIDTH, HEIGHT))
def test_coco_and_back(box):
    left, top, width, height = xywh_of_xyxy(box)
    np.testing.assert_allclose([left, top, left + width, top + height], box, atol=1e-9)
    assert width >= 0 and height >= 0


@given(box_in(WIDTH, HEIGHT))
def test_yolo_and_back(box):
    shares = yolo_of_xyxy(box, WIDTH, HEIGHT)
    assert ((shares >= 0) & (shares <= 1)).all()
    x, y, width, height = shares * [WIDTH, HEIGHT, WIDTH, HEIGHT]
    np.testing.assert_allclose([x - width / 2, y - height / 2, x + width / 2, y + height / 2], box, atol=1e-6)


def test_yolo_is_cut_at_the_picture():
    np.testing.assert_allclose(yolo_of_xyxy(np.array([-10.0, 50.0, 50.0, 150.0]), 100, 100), [0.25, 0.75, 0.5, 0.5])


@given(box_in(100, 100), box_in(100, 100))
def test_overlap_is_symmetric_and_a_share(one, other):
    (there,), (back,) = overlaps(one[None], other[None]), overlaps(other[None], one[None])
    assert there[0] == back[0]
    assert 0 <= there[0] <= 1 + 1e-12


def test_overlap_of_known_boxes():
    boxes = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30], [3, 3, 3, 3]], float)
    np.testing.assert_allclose(overlaps(boxes[:1], boxes), [[1, 1 / 3, 0, 0]])
    assert overlaps(boxes[3:], boxes[3:]) == 0
