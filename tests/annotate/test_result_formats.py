"""What each format holds, read back as its users read it, whole and broken off."""

import csv
import json

import numpy as np
import pytest
from annotate.rows_made import face_row, picture_row

from thermvision.annotate.pictures import Unread
from thermvision.annotate.settings import make_annotate_config
from thermvision.annotate.writers import make_writer
from thermvision.annotate.writers.partial_file import partial_of
from thermvision.annotate.writers.yolo import label_name
from thermvision.faces.region_readings import REGION_NAMES

SKIPPED = [Unread("bad.png", "bad.png cannot be read")]
REGIONS = {"nose_tip": 305.127, "chin": 306.0}


def rows():
    two = picture_row(
        face_row(track_id=3, regions=REGIONS, male=0.12346), face_row((60, 5, 119, 99), seed=1, track_id=4), frame=7
    )
    return [two, picture_row(name="empty.png", image_id=2), picture_row(face_row(seed=2), name="sub/c.png", image_id=3)]


def written(tmp_path, name, *, complete=True, **settings):
    config = make_annotate_config(inputs=(tmp_path,), out=tmp_path / name, **settings)
    writer = make_writer(config)
    for row in rows():
        writer.add(row)
    return writer.close(SKIPPED, complete=complete)


@pytest.mark.parametrize("points", ["5", "54", "68", "70", "478"])
def test_coco_holds_an_object_for_each_face(tmp_path, points):
    found = json.loads(written(tmp_path, "r.json", format="coco", landmarks=points).read_text())
    assert [(one["image_id"], one["file_name"]) for one in found] == [
        (1, "a.png#000007"), (1, "a.png#000007"), (3, "sub/c.png"),
    ]  # fmt: skip
    first = found[0]
    assert first["bbox"] == [10, 20, 40, 60]
    assert first["score"] == 0.8765 and first["category_id"] == 1 and first["track_id"] == 3
    assert "track_id" not in found[2]
    assert first["attributes"] == {"male_probability": 0.1235} and "attributes" not in found[2]
    keypoints = np.array(first["keypoints"]).reshape(-1, 3)
    face = rows()[0].faces[0].landmarks[points]
    assert len(keypoints) == int(points) == first["num_keypoints"]
    np.testing.assert_allclose(keypoints[:, :2], face.places_px, atol=0.006)
    assert (keypoints[:, 2] == np.where(face.visible > 0.5, 2, 1)).all()


def test_coco_without_landmarks(tmp_path):
    found = json.loads(written(tmp_path, "r.json", format="coco", landmarks="none").read_text())
    assert all("keypoints" not in one for one in found)


def test_coco_of_nothing_is_an_empty_list(tmp_path):
    writer = make_writer(make_annotate_config(inputs=(tmp_path,), out=tmp_path / "r.json", format="coco"))
    writer.add(picture_row())
    assert json.loads(writer.close([], complete=True).read_text()) == []


def test_json_holds_everything(tmp_path):
    told = json.loads(written(tmp_path, "r.json").read_text())
    assert told["complete"] is True and told["label_source"] == "detector"
    assert told["skipped"] == [{"file_name": "bad.png", "reason": "bad.png cannot be read"}]
    first, empty, _ = told["images"]
    assert (first["frame"], first["time_s"], empty["faces"]) == (7, round(7 / 9, 4), [])
    face = first["faces"][0]
    assert face["region_temperature_k"] == {"nose_tip": 305.13, "chin": 306.0}
    for points in (5, 54, 68, 70, 478):
        assert np.shape(face[f"landmarks_{points}_px"]) == (points, 2)
        assert len(face[f"landmarks_{points}_sd_px"]) == len(face[f"landmarks_{points}_visible"]) == points
    assert [one["male_probability"] for one in first["faces"]] == [0.1235, None]
    assert face["bbox_xyxy_px"] == [10, 20, 50, 80] and face["polarity"] == "white-hot"


def test_csv_has_a_row_for_each_face_and_a_column_for_each_region(tmp_path):
    path = written(tmp_path, "r.csv", landmarks="5")
    with open(path, newline="") as file:
        found = list(csv.DictReader(file))
    assert [row["file_name"] for row in found] == ["a.png#000007", "a.png#000007", "sub/c.png"]
    first = found[0]
    assert (first["left_px"], first["bottom_px"], first["track_id"], first["nose_tip_k"]) == (
        "10.00",
        "80.00",
        "3",
        "305.13",
    )
    assert [row["male_probability"] for row in found] == ["0.1235", "", ""]
    assert found[2]["nose_tip_k"] == "" == found[2]["frame"]
    assert all(f"{name}_k" in first for name in REGION_NAMES)
    assert "x_4" in first and "x_5" not in first


def test_yolo_has_a_file_for_each_picture_and_a_line_for_each_face(tmp_path):
    folder = written(tmp_path, "labels", format="yolo")
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) == [
        "a_000007.txt", "data.yaml", "empty.txt", "sub/c.txt",
    ]  # fmt: skip
    lines = (folder / "a_000007.txt").read_text().splitlines()
    assert lines[0] == "0 0.250000 0.500000 0.333333 0.600000"
    assert len(lines) == 2 and (folder / "empty.txt").read_text() == ""


def test_yolo_pose_has_shares_only_and_points_outside_are_not_labelled(tmp_path):
    folder = tmp_path / "labels"
    writer = make_writer(make_annotate_config(inputs=(tmp_path,), out=folder, format="yolo", landmarks="68"))
    row = picture_row(face_row((100, 50, 160, 99)))  # half of its points beyond the right side
    writer.add(row)
    writer.close([], complete=True)
    numbers = np.array((folder / "a.txt").read_text().split(), float)
    assert len(numbers) == 5 + 3 * 68
    assert ((numbers[1:5] >= 0) & (numbers[1:5] <= 1)).all()
    points = numbers[5:].reshape(-1, 3)
    outside = row.faces[0].landmarks["68"].places_px[:, 0] > 120
    assert 10 < outside.sum() < 60
    assert (points[outside] == 0).all() and (points[~outside, 2] >= 1).all() and (points[:, :2] <= 1).all()
    assert "kpt_shape: [68, 3]" in (folder / "data.yaml").read_text()


def test_yolo_keeps_pictures_apart_that_differ_in_their_ending(tmp_path):
    writer = make_writer(make_annotate_config(inputs=(tmp_path,), out=tmp_path / "labels", format="yolo"))
    writer.add(picture_row(face_row(), name="a.png"))
    writer.add(picture_row(name="a.jpg"))
    writer.close([], complete=True)
    assert (tmp_path / "labels" / "a.txt").read_text() != ""
    assert (tmp_path / "labels" / "a.jpg.txt").read_text() == ""


@pytest.mark.parametrize(
    ("name", "frame", "wanted"),
    [("a.png", None, "a.txt"), ("s/a.b.tiff", None, "s/a.b.txt"), ("s/walk.mp4", 12, "s/walk_000012.txt"), ("s#1/a.png", None, "s#1/a.txt")],
)  # fmt: skip
def test_names_of_label_files(name, frame, wanted):
    assert label_name(picture_row(name=name, frame=frame)) == wanted


@pytest.mark.parametrize(("format", "name"), [("coco", "r.json"), ("json", "r.json"), ("csv", "r.csv")])
def test_results_that_broke_off_are_readable_and_have_another_name(tmp_path, format, name):
    path = written(tmp_path, name, format=format, complete=False)
    assert path == partial_of(tmp_path / name) != tmp_path / name
    assert not (tmp_path / name).exists()
    if format == "csv":
        assert len(path.read_text().splitlines()) == 4
    else:
        told = json.loads(path.read_text())
        assert told["complete"] is False if format == "json" else len(told) == 3


@pytest.mark.parametrize("format", ["coco", "json", "csv"])
def test_what_was_added_is_on_the_disk_before_the_end(tmp_path, format):
    out = tmp_path / "r.json"
    writer = make_writer(make_annotate_config(inputs=(tmp_path,), out=out, format=format))
    writer.add(rows()[0])
    assert partial_of(out).read_text().count("a.png#000007") == (1 if format == "json" else 2)
    writer.close([], complete=True)
    assert out.exists() and not partial_of(out).exists()
