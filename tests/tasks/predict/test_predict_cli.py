"""`thermvision predict` as users call it: on a data set, on a folder with everything wrong, and what it refuses."""

import csv
import json

import pytest
from animate.still_files import call
from annotate.files import write_photograph
from PIL import Image
from tasks.made_sets import row as made_row
from tasks.made_sets import simulated, write_set

from thermvision.cli import main
from thermvision.tasks.predictions import read_predictions


def test_a_data_set(portraits, tmp_path):
    out = tmp_path / "p.json"
    done = call("predict", "landmarks", "--data", portraits, "--every", 15, "--boxes", "label", "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["images"], summary["faces"], summary["skipped"], summary["complete"]) == (16, 16, [], True)
    made = read_predictions(out)
    assert made.model == "shipped" and {face.box_from for one in made.images for face in one.faces} == {"label"}
    assert {len(face.landmarks_px) for one in made.images for face in one.faces} == {68}


def test_a_folder_with_everything_wrong(tmp_path, capsys):
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.new("L", (1, 1)).save(folder / "one.png")
    (folder / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\nand then nothing")
    Image.new("L", (64, 64), 90).save(folder / "flat.png")
    write_photograph(folder / "photo.png", 64)
    assert main(["predict", "detect", "--data", str(folder), "--out", str(tmp_path / "p.csv"), "--json"]) == 2
    said = capsys.readouterr()
    summary = json.loads(said.out)
    assert (summary["images"], summary["faces"], summary["without_face"]) == (2, 0, 2)
    assert sorted(one["image"] for one in summary["skipped"]) == ["one.png", "torn.png"]
    assert ["photo.png has the colours of a photograph in visible light" in one for one in summary["warnings"]] == [True]  # fmt: skip
    assert list(csv.DictReader((tmp_path / "p.csv").open())) == [] and "Traceback" not in said.err


def test_torn_images_of_a_data_set_are_listed_and_the_rest_goes_on(tmp_path, capsys):
    torn = made_row("a", 1) | {"image": {"bytes": b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "path": None}}
    data = write_set(tmp_path / "set", {"c": [made_row("a", 0), torn, made_row("a", 2)]})
    assert main(["predict", "detect", "--data", str(data), "--out", str(tmp_path / "p.json"), "--json"]) == 2
    summary = json.loads(capsys.readouterr().out)
    assert summary["images"] == 2 and [one["image"] for one in summary["skipped"]] == ["c/00001"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["gender", "--data", "SET", "--out", "p.png"], "should end in .json or .csv"),
        (["detect", "--data", "nowhere", "--out", "p.json"], "nowhere does not exist"),
        (["detect", "--data", "SET", "--out", "p.json", "--model", "no"], "--model no is no model"),
        (["faces", "--data", "SET", "--out", "p.json"], "expected one of detect, landmarks, gender"),
        (["detect", "--data", "SET", "--out", "p.json", "--every", "0"], "--every is 0"),
    ],
)
def test_what_is_refused_in_a_sentence(arguments, says, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = [] if "--model" in arguments or arguments[0] != "gender" else ["--model", str(_gender(tmp_path))]
    assert main(["predict", *(str(simulated()) if one == "SET" else one for one in arguments), *model]) == 2
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1


def _gender(folder):
    from tasks.onnx_made import gender_by_contrast

    return gender_by_contrast(folder / "g.onnx")
