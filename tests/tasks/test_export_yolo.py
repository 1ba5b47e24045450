"""YOLO export: labels by hand, no person in two splits, pictures as they were, and its own import reads it back."""

import json

import numpy as np
import pytest
import yaml
from PIL import Image
from tasks.made_sets import row, simulated, write_set

from thermvision.cli import main
from thermvision.dataset.read import clip_folders, read_rows


def export(data, out, *more):
    return main(["export", "yolo", str(data), "--out", str(out), *more, "--json"])


def test_labels_by_hand_and_grey_levels_as_they_were(tmp_path, capsys):
    grey = np.random.default_rng(0).integers(0, 256, (60, 80))
    kelvin = 293.15 + grey * 18 / 255
    clips = {
        "a": [row("a", 0, (20, 15, 60, 45), image=kelvin, temperature_source="assumed"), row("a", 1, None, faces=[])],
        "b": [row("b", 0, (-10, 10, 40, 50), split="test"), row("b", 1, None, split="test")],
    }
    assert export(write_set(tmp_path / "s", clips), tmp_path / "o") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["images"] == {"train": 2, "test": 1} and told["people"] == {"train": 1, "test": 1}
    out = tmp_path / "o"
    assert (out / "labels/train/a_00000.txt").read_text() == "0 0.5 0.5 0.5 0.5\n"
    assert (out / "labels/train/a_00001.txt").read_text() == ""  # labelled as showing nobody
    assert (out / "labels/test/b_00000.txt").read_text() == "0 0.25 0.5 0.5 0.666667\n"  # cut to the image
    np.testing.assert_array_equal(np.asarray(Image.open(out / "images/train/a_00000.png")), grey)
    about = yaml.safe_load((out / "data.yaml").read_text())
    assert about == {"train": "images/train", "test": "images/test", "names": {0: "face"}}


def test_simulated_people_are_in_one_split_and_the_import_reads_them_back(tmp_path):
    assert export(simulated(), tmp_path / "o", "--every", "15", "--landmarks", "68") == 0
    people = {side: {path.name[:4] for path in (tmp_path / "o" / "images" / side).iterdir()} for side in ("train", "val", "test")}  # fmt: skip
    assert sum(map(len, people.values())) == len(set().union(*people.values())) == 8
    line = next((tmp_path / "o" / "labels" / "train").iterdir()).read_text().split()
    assert len(line) == 5 + 3 * 68
    assert main(["import", "yolo", str(tmp_path / "o"), "--out", str(tmp_path / "again"), "--json"]) == 0
    ours = {
        one["subject"] + f"{one['frame']:05d}": one for clip in clip_folders(simulated()) for one in read_rows(clip)
    }
    rows = [one for clip in clip_folders(tmp_path / "again") for one in read_rows(clip)]
    assert len(rows) == 16
    for one in rows:
        name = one["source_file"].rpartition("/")[2].removesuffix(".png")
        first = ours[name[:4] + name[-5:]]
        np.testing.assert_allclose(one["bbox_xyxy_px"], first["bbox_xyxy_px"], atol=1e-3)


def test_without_a_split_people_are_dealt_by_a_hash(tmp_path):
    clips = {f"c{k}": [row(f"p{k}", n, split="") for n in range(2)] for k in range(40)}
    assert export(write_set(tmp_path / "s", clips), tmp_path / "o") == 0
    people = {side: {path.name.split("_")[0] for path in (tmp_path / "o" / "images" / side).iterdir()} for side in ("train", "val")}  # fmt: skip
    assert not people["train"] & people["val"] and 1 <= len(people["val"]) <= 12


@pytest.mark.parametrize(("clips", "says"), [({"a": [row("a", 0, None)]}, "no image with labelled faces"), (None, "is not empty")])  # fmt: skip
def test_what_is_refused(clips, says, tmp_path, capsys):
    (tmp_path / "o").mkdir()
    if clips is None:
        (tmp_path / "o" / "x").write_text("mine")
    data = write_set(tmp_path / "s", clips or {"a": [row("a", 0)]})
    assert export(data, tmp_path / "o") == 2 and says in capsys.readouterr().err
