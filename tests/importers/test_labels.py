"""Boxes and points in pixels: properties of the conversions, and what is cut, kept or left out."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermvision.dataset.importers.boxes import (
    area,
    cut_to_image,
    from_centre,
    from_corners,
    from_xywh,
    overlap,
    scaled,
)
from thermvision.dataset.importers.frame import ImportedClip, ImportedFace, ImportedFrame
from thermvision.dataset.importers.labels_px import faces_in_pixels
from thermvision.dataset.importers.splits import clip_splits, subjects_in_several
from thermvision.dataset.importers.yolo_labels import read_yolo

coordinate = st.floats(-500, 900, allow_nan=False, width=32)
length = st.floats(0.5, 600, width=32)
sizes = st.tuples(st.integers(16, 700), st.integers(16, 700))


@given(coordinate, coordinate, length, length)
def test_three_ways_to_write_a_box_are_one_box(x, y, width, height):
    box = from_xywh(x, y, width, height)
    assert from_centre(x + width / 2, y + height / 2, width, height) == pytest.approx(box, abs=1e-9)
    assert from_corners(box[2], box[1], box[0], box[3]) == box == from_corners(box[0], box[3], box[2], box[1])
    assert overlap(box, box) == pytest.approx(1)


@given(coordinate, coordinate, length, length, sizes)
def test_a_cut_box_lies_in_the_image_and_in_the_box(x, y, width, height, size):
    box = from_xywh(x, y, width, height)
    part = cut_to_image(box, *size)
    outside = x >= size[0] or y >= size[1] or box[2] <= 0 or box[3] <= 0
    assert (part is None) == outside
    if part is not None:
        x0, y0, x1, y1 = part.bbox_xyxy_px
        assert 0 <= x0 < x1 <= size[0] and 0 <= y0 < y1 <= size[1]
        assert x0 >= box[0] and y0 >= box[1] and x1 <= box[2] and y1 <= box[3]
        assert part.cut or area(part.bbox_xyxy_px) >= max(width - 1, 0) * max(height - 1, 0) - 1e-6
        again = cut_to_image(part.bbox_xyxy_px, *size)
        assert again is not None and again.bbox_xyxy_px == part.bbox_xyxy_px and not again.cut


@given(
    st.integers(0, 9), st.floats(0.05, 0.95), st.floats(0.05, 0.95), st.floats(0.01, 0.1), st.floats(0.01, 0.1), sizes
)
def test_yolo_lines_become_the_pixels_they_mean(number, x, y, width, height, size):
    ((face, kind),) = read_yolo(f"{number} {x} {y} {width} {height}\n\n", Counter())
    assert kind == number and face.bbox is not None
    frame = ImportedFrame("x.png", (face,), (1.0, 1.0))
    (found,) = faces_in_pixels(frame, *size, Counter())
    x0, y0, x1, y1 = found.bbox
    assert ((x0 + x1) / 2 / size[0], (y0 + y1) / 2 / size[1]) == pytest.approx((x, y), abs=1e-9)
    assert ((x1 - x0) / size[0], (y1 - y0) / size[1]) == pytest.approx((width, height), abs=1e-9)


@given(coordinate, coordinate, length, length, st.floats(0.1, 10), st.floats(0.1, 10))
def test_overlap_does_not_depend_on_the_unit(x, y, width, height, kx, ky):
    a, b = from_xywh(x, y, width, height), from_xywh(x + width / 3, y, width, height)
    assert overlap(a, b) == pytest.approx(overlap(scaled(a, (kx, ky)), scaled(b, (kx, ky))), abs=1e-6)
    assert overlap(a, b) == pytest.approx(0.5, abs=1e-4)


@pytest.mark.parametrize(
    "box", [(float("nan"), 0, 5, 5), (5, 5, 5, 9), (9, 9, 5, 5), (0, 0, float("inf"), 5), (64, 0, 70, 9)]
)
def test_what_is_no_box(box):
    assert cut_to_image(box, 64, 48) is None


def test_odd_faces_are_left_out_and_counted():
    odd = Counter()
    small, large = (
        ImportedFace((0, 0, 5, 5)),
        ImportedFace((10, 10, 40, 40), {"6": np.array([[20.0, 20]] * 5 + [[900.0, 20]])}),
    )
    beyond, over = ImportedFace((70, 5, 80, 9)), ImportedFace((60, 5, 90, 9))
    found = faces_in_pixels(ImportedFrame("x", (small, beyond, large, over)), 64, 48, odd)
    assert [face.bbox for face in found] == [(10, 10, 40, 40), (0, 0, 5, 5), (60, 5, 64, 9)]
    assert np.isnan(found[0].landmarks["6"][5]).all() and np.isfinite(found[0].landmarks["6"][:5]).all()
    assert sorted((+odd).values()) == [1, 1, 1]
    assert (
        faces_in_pixels(ImportedFrame("x", (beyond,)), 64, 48, Counter()) is None
    )  # a face is there, nobody knows where
    assert faces_in_pixels(ImportedFrame("x", ()), 64, 48, Counter()) == ()
    assert faces_in_pixels(ImportedFrame("x"), 64, 48, Counter()) is None


@pytest.mark.parametrize(
    ("tail", "points", "declared"),
    [("0.1 0.2 " * 5, 5, None), ("0.1 0.2 2 " * 5, 5, None), ("0.1 0.2 " * 6, 6, None), ("0.1 0.2 1 " * 4, 4, (4, 3)), ("0.9", 0, None), ("0.1 0.2 " * 3, 0, (5, 2))],
)  # fmt: skip
def test_points_of_a_line(tail, points, declared):
    ((face, _),) = read_yolo(f"0 0.5 0.5 0.2 0.2 {tail}", Counter(), declared)
    assert {name: len(one) for name, one in face.landmarks.items()} == ({str(points): points} if points else {})


def test_five_thousand_faces_and_lines_that_are_none():
    odd = Counter()
    text = "\n".join(
        ["0 0.5 0.5 0.1 0.1"] * 5000 + ["x 1 2 3 4", "0.5 1 1 1 1", "0 1 2", "-1 0.5 0.5 0.1 0.1", "0 nan 0.5 0.1 0.1"]
    )
    assert len(read_yolo(text, odd)) == 5000 and sum(odd.values()) == 5


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from([None, "train", "validation", "test"])), max_size=60))
def test_splits_keep_the_sources_and_else_part_people(given_clips):
    clips = [ImportedClip(f"c{i}", (), f"p{person}", split=split) for i, (person, split) in enumerate(given_clips)]
    splits = clip_splits(clips, 0)
    assert all(splits[clip.name] == clip.split for clip in clips if clip.split)
    drawn = {(clip.subject, splits[clip.name]) for clip in clips if clip.split is None}
    assert len(drawn) == len({subject for subject, _ in drawn})
    assert set(subjects_in_several(clips)) <= {clip.subject for clip in clips if clip.split}
