"""What of a row is learnt from: labels of any set, boxes mended or left out, images nobody labelled."""

from collections import Counter

import numpy as np
import pytest

from thermvision.faces.landmark_sets import sets_of
from thermvision.tasks.training.files.rows import MOST_FACES, labelled_row
from thermvision.tasks.training.files.usable import usable

PICTURE = np.linspace(290, 310, 64 * 80, dtype=np.float32).reshape(64, 80)
POINTS = np.random.default_rng(0).uniform(20, 60, (478, 2))


def row(**told):
    return {
        "image": None,
        "subject": "S1",
        "gender": "male",
        "split": "train",
        "temperature_source": "measured",
        **told,
    }


def face(box, **told):
    return {"bbox_xyxy_px": list(map(float, box)), "subject": "S1", "gender": "male", "visible_share": None, **told}


def read(told):
    counts = Counter()
    return labelled_row("clip/00000", told, PICTURE, "", counts), counts


BOXES = {  # boxes of a picture of 80x64 px -> boxes that are kept, and what is said of the others
    "inside": ([(10, 10, 30, 40)], [(10, 10, 30, 40)], None),
    "reaching out": ([(-5, 10, 30, 90)], [(0, 10, 30, 64)], "boxes that reach beyond their picture, cut to it"),
    "outside": ([(100, 10, 130, 40), (1, 1, 9, 9)], [(1, 1, 9, 9)], "boxes outside their picture, left out"),
    "no area": ([(30, 10, 30, 40)], [], "boxes without an area, left out"),
    "NaN": ([(np.nan, 10, 30, 40)], [], "boxes without an area, left out"),
    "no face": ([], [], None),
}


@pytest.mark.parametrize(("given", "kept", "said"), BOXES.values(), ids=BOXES)
def test_boxes_are_cut_to_the_picture_or_left_out_and_counted(given, kept, said):
    found, counts = read(row(faces=[face(one) for one in given], bbox_xyxy_px=None))
    assert found.labelled and found.sample.faces_xyxy_px.tolist() == [list(one) for one in kept]
    assert (+counts)[said] == 1 if said else not +counts
    assert len(list(usable(found, "detect", counts))) == 1  # a picture without a face teaches too


def test_an_image_that_nobody_labelled_teaches_no_detector():
    found, counts = read(row(faces=None, bbox_xyxy_px=None))
    assert not found.labelled and list(usable(found, "detect", counts)) == []
    assert counts["images in which nobody labelled faces, left out"] == 1
    ((whole, person, kind),) = usable(found, "gender", counts)  # a tree of one folder a class: the crop is the picture
    assert (person, kind, whole.male.tolist(), whole.picture.shape) == ("S1", "male", [1.0], PICTURE.shape)


def test_of_many_faces_the_largest_are_asked_for():
    faces = [face((k % 30, k // 30, k % 30 + 2 + k / 100, k // 30 + 3)) for k in range(400)]
    found, counts = read(row(faces=faces, bbox_xyxy_px=None))
    assert len(found.sample.faces_xyxy_px) == 400 and (found.sample.visible_share > 0).sum() == MOST_FACES
    assert counts[f"pictures with more than {MOST_FACES} faces, of which the largest count"] == 1


@pytest.mark.parametrize(
    ("name", "full", "of_68"), [("478", 478, 0), ("68", 62, 68), ("70", 64, 68), ("54", 48, 54), ("5", 5, 0)]
)
def test_every_landmark_set_becomes_points_of_the_478_and_of_the_68(name, full, of_68):
    box = [10.0, 10, 70, 60]
    told = row(faces=[face(box)], bbox_xyxy_px=box, **{f"landmarks_{name}_px": sets_of(POINTS)[name].tolist()})
    found, counts = read(told)
    points = found.sample.landmarks_478_px[0]
    known = np.isfinite(points).all(axis=1)
    assert known.sum() == full and np.allclose(points[known], POINTS[known], atol=1e-4)
    in_68 = np.isfinite(found.sample.landmarks_68_px[0]).all(axis=1)
    assert in_68.sum() == of_68
    assert np.allclose(found.sample.landmarks_68_px[0][in_68], sets_of(POINTS)["68"][in_68], atol=1e-4)
    assert len(list(usable(found, "landmarks", counts))) == 1


def test_grey_of_no_measured_temperature_is_no_kelvin():
    found, _ = read(row(faces=[], temperature_source="assumed"))
    assert not found.radiometric and (found.sample.picture.min(), found.sample.picture.max()) == (0, 1)
    assert read(row(faces=[]))[0].sample.picture.max() == 310
