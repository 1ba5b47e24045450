"""`thermvision evaluate` as users call it: tables with baselines, predictions from a file, and data in which something is wrong."""

import csv
import json

import numpy as np
import pytest
from animate.still_files import call
from tasks.made_sets import SEED, row, write_set
from tasks.onnx_made import finder_everywhere, gender_by_contrast, write_info

from thermvision.cli import main
from thermvision.tasks.study.record import read_records


@pytest.fixture
def run(capsys, tmp_path):
    """Function: arguments -> exit code, answer of --json, standard error; few draws, into a folder of its own."""

    def evaluate(*arguments, out="out"):
        capsys.readouterr()
        code = main(["evaluate", *map(str, arguments), "--out", str(tmp_path / out), "--draws", "100", "--json"])
        said = capsys.readouterr()
        return code, json.loads(said.out), said.err.strip()

    return evaluate


@pytest.fixture
def gender_run(tmp_path):
    """A gender network that has seen two of the simulated people."""
    gender_by_contrast(tmp_path / "net" / "model.onnx")
    return write_info(tmp_path / "net", "gender", "gender", [f"simulated-{SEED}/F001", f"simulated-{SEED}/M001"])


def people(count, frames=2, **more):
    """Clips of women and men in turn, women with a warm upper half."""
    clips = {}
    for k in range(count):
        kelvin = np.full((60, 80), 300.0)
        kelvin[10:30] += 5 * (-1 if k % 2 else 1)
        gender = ("female", "male")[k % 2]
        clips[f"p{k}"] = [row(f"p{k}", n, image=kelvin, gender=gender) | more for n in range(frames)]
    return clips


def test_detection_in_the_terminal_and_on_the_page(portraits, tmp_path):
    done = call("evaluate", "detect", "--data", portraits, "--every", 15, "--out", tmp_path / "e", "--draws", 200)
    assert done.returncode == 0, done.stderr
    assert "baseline: constant box" in done.stdout and "shipped, synthetic-only" in done.stdout
    assert "is portrait-framed data: a constant box reaches AP50 1.00 without looking at a pixel" in done.stdout
    page = (tmp_path / "e" / "study.html").read_text()
    assert "portrait-framed data" in page and "<svg" in page
    assert sorted(path.name for path in (tmp_path / "e").iterdir()) == [
        "predictions.json", "records.jsonl", "study.csv", "study.html", "study.json", "study.md",
    ]  # fmt: skip
    assert {one["metric"] for one in csv.DictReader((tmp_path / "e" / "study.csv").open())} >= {"AP50", "AP50, 32-96 px", "AP50, 1 face"}  # fmt: skip
    assert {one.model for one in read_records(tmp_path / "e" / "records.jsonl")} == {"constant box", "shipped"}


def test_landmarks_from_a_file_of_predictions_are_the_same_as_from_the_model(portraits, run, tmp_path):
    about = ("landmarks", "--data", portraits, "--every", 15, "--boxes", "label", "--normaliser", "outer eye corners")
    code, direct, error = run(*about)
    assert code == 0, error
    code, again, _ = run("landmarks", "--data", portraits, "--every", 15, "--normaliser", "outer eye corners", "--predictions", tmp_path / "out" / "predictions.json", out="again")  # fmt: skip
    assert code == 0 and direct["figures"]["NME"] == pytest.approx(again["figures"]["NME"], abs=2e-4)
    assert direct["figures"]["NME"] < 0.06 and "NME, yaw 0-15" in direct["figures"]
    assert "errors divided by outer eye corners" in (tmp_path / "out" / "study.md").read_text()
    code, told, _ = run("detect", "--data", portraits, "--predictions", tmp_path / "out" / "predictions.json", out="no")
    assert code == 2 and told["error"].startswith("the predictions are for landmarks; expected those for detect")


def test_people_whom_the_model_has_seen_are_refused_or_left_out(portraits, gender_run, run):
    code, told, _ = run("gender", "--data", portraits, "--every", 15, "--model", gender_run)
    assert code == 2 and "the model has seen 2 of the 8 people" in told["error"] and "--people test" in told["error"]
    code, told, error = run("gender", "--data", portraits, "--every", 15, "--model", gender_run, "--people", "test")
    assert code == 0, error
    assert told["people"] <= 2 and told["model"] == "net"


def test_gender_beside_its_baselines(run, tmp_path):
    """The network says male of who is warm above, and men are cold there: always wrong, and told so."""
    data = write_set(tmp_path / "set", people(8))
    net = gender_by_contrast(tmp_path / "n.onnx")
    code, told, error = run("gender", "--data", data, "--model", net)
    assert code == 0, error
    assert told["figures"]["accuracy"] == 0 and told["figures"]["AUC"] == 0
    models = {one.model for one in read_records(tmp_path / "out" / "records.jsonl")}
    assert models == {"majority class", "1-NN thumbnails, other people", "1-NN thumbnails, LEAK: same people in train", "n"}  # fmt: skip
    assert any("not shown to be better than the baseline" in note for note in told["notes"])


def test_one_class_goes_on_with_a_sentence(run, tmp_path):
    women = {name: rows for k, (name, rows) in enumerate(people(8).items()) if k % 2 == 0}
    net = gender_by_contrast(tmp_path / "n.onnx", -1)
    code, told, error = run("gender", "--data", write_set(tmp_path / "set", women), "--model", net)
    assert code == 0, error
    assert told["figures"]["accuracy"] == 1 and told["figures"]["AUC"] is None
    assert any("all tested people are female" in note for note in told["notes"])
    assert any("baselines cannot be fitted" in note and "only female" in note for note in told["notes"])


def test_data_in_which_much_is_wrong(run, tmp_path):
    """Boxes outside, torn images, a 1x1 image, unlabelled ones, an image with no face and one with 5,000."""
    torn = row("a", 1) | {"image": {"bytes": b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "path": None}}
    crowd = np.random.default_rng(0).uniform(0, 40, (5000, 2))
    many = [(x, y, x + 14, y + 14) for x, y in crowd.tolist()]
    clips = {
        "a": [row("a", 0, (-10, 10, 40, 50)), torn, row("a", 2, (0, 0, 1, 1), image=[[300.0]])],
        "b": [row("b", 0, None), row("b", 1, None, faces=[]), row("b", 2, (300, 10, 340, 50))],
        "c": [row("c", 0, many[0], faces=many)],
        "d": [row(None, 0)],
    }
    data = write_set(tmp_path / "set", clips)
    (tmp_path / "set" / "clips" / "d" / "frames.parquet").write_bytes(b"0" * (tmp_path / "set" / "clips" / "d" / "frames.parquet").stat().st_size)  # fmt: skip
    finder_everywhere(tmp_path / "f" / "model.onnx")
    write_info(tmp_path / "f", "detect", "finder", input_px=[64, 64])
    code, told, error = run("detect", "--data", data, "--model", tmp_path / "f")
    assert code == 2 and "Traceback" not in error
    assert sorted(one["image"] for one in told["skipped"]) == ["a/00001", "d/frames.parquet"]
    assert told["images"] == 5
    said = "\n".join(told["warnings"])
    for what in ("1 boxes reach beyond their images and were cut", "1 boxes lie wholly outside", "1 images whose faces nobody labelled", "1 images cannot be looked at and count as showing no face that was found, such as a/00002", "2 images or clips cannot be read"):  # fmt: skip
        assert what in said
    assert told["figures"]["false per image"] > 0


def test_people_without_a_name_are_tested_and_told(run, tmp_path):
    clips = {"c": [row(None, k, gender=("female", "male")[k % 2]) for k in range(6)]}
    code, told, error = run("gender", "--data", write_set(tmp_path / "set", clips), "--model", gender_by_contrast(tmp_path / "n.onnx"))  # fmt: skip
    assert code == 0, error
    assert told["people"] == 6 and any("whom the source does not name" in note for note in told["notes"])


@pytest.mark.parametrize(
    ("task", "says"), [("detect", "no image with a label for detect"), ("landmarks", "5, 54, 68 or 70 points in each image"), ("gender", "--subjects-csv")],
)  # fmt: skip
def test_no_labels(task, says, run, tmp_path):
    data = write_set(tmp_path / "set", {"c": [row("a", 0, None)]})
    model = ["--model", gender_by_contrast(tmp_path / "n.onnx")] if task == "gender" else []
    code, told, _ = run(task, "--data", data, *model)
    assert code == 2 and says in told["error"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--data", "nowhere"], "nowhere holds no finished clip"),
        (["--data", "SET", "--predictions", "p.json"], "predictions p.json cannot be read"),
        (
            ["--data", "SET", "--predictions", "p.json", "--model", "shipped"],
            "--model and --predictions are both given",
        ),
        (["--data", "SET", "--normaliser", "eyes"], "--normaliser is 'eyes'"),
    ],
)
def test_what_is_refused(arguments, says, portraits, run):
    code, told, _ = run("landmarks", *(portraits if one == "SET" else one for one in arguments))
    assert code == 2 and says in told["error"]
