"""`thermvision study` with real trainings of a few steps: one report, nothing done twice, failures that leave the rest."""

import json
import shutil

import pytest
import yaml
from tasks.made_sets import SEED, row, write_set
from tasks.onnx_made import gender_by_contrast, write_info

from thermvision.cli import main
from thermvision.tasks.splits import split_people
from thermvision.tasks.study.record import read_records

CLASSES = ("female", "male")


def people(prefix, count):
    return {f"{prefix}{k}": [row(f"{prefix}{k}", 10 * k + n, gender=CLASSES[k % 2], split="") for n in range(2)] for k in range(count)}  # fmt: skip


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    root = tmp_path_factory.mktemp("sets")
    return {"site": write_set(root / "site", people("a", 10)), "made": write_set(root / "made", people("b", 8))}


def study(sets, **change):
    told = {
        "title": "A study", "seeds": [0, 1], "draws": 100,
        "sets": {"site": {"kind": "stand-in", "data": str(sets["site"]), "view": "linear"}, "made": {"kind": "synthetic", "data": str(sets["made"])}},
        "parts": [
            {"task": "gender", "real": "site", "synthetic": "made", "models": [{"name": "net"}], "regimes": [{"name": "real-only"}, {"name": "synthetic-then-real"}],
             "training": {"steps": 4, "batch_size": 4, "validate_every": 2, "save_every": 4}},
            {"task": "detect", "real": "site"},
        ],
    }  # fmt: skip
    return told | change


@pytest.fixture
def run(tmp_path, capsys):
    """Function: settings -> exit code, answer of --json; always into the same folder."""

    def call(settings, *more):
        (tmp_path / "study.yaml").write_text(yaml.safe_dump(settings))
        capsys.readouterr()
        code = main(["study", str(tmp_path / "study.yaml"), "--out", str(tmp_path / "out"), "--threads", "1", *more, "--json"])  # fmt: skip
        return code, json.loads(capsys.readouterr().out)

    return call


def test_a_study_from_end_to_end_and_again(sets, run, tmp_path):
    code, told = run(study(sets))
    out = tmp_path / "out"
    assert code == 0, told.get("failed") or told
    records = read_records(out / "records.jsonl")
    assert told["records"] == len(records) == 2 * 3 + 2 * 2 + 2  # baselines and models of gender, constant boxes
    assert {(one.regime, one.seed) for one in records if one.model == "net"} == {(r, s) for r in ("real-only", "synthetic-then-real") for s in (0, 1)}  # fmt: skip
    for one in records:
        trained = json.loads((out / "splits" / f"part{1 if one.task == 'gender' else 2}_seed{one.seed}.json").read_text())  # fmt: skip
        assert set(one.person) <= set(trained["test"]) and one.stand_in
    model = json.loads((out / "runs" / "part1_net_real-only_seed0" / "model.json").read_text())
    seen = {*model["people"]["train"], *model["people"]["validation"]}
    assert not seen & set(json.loads((out / "splits" / "part1_seed0.json").read_text())["test"])
    page, table = (out / "study.html").read_text(), (out / "study.md").read_text()
    assert "net, stand-in-only, 6 stand-in" in table and "synthetic-then-stand-in" in table
    for text in (page, table, (out / "study.csv").read_text(), (out / "study.json").read_text()):
        assert "real-only" not in text.replace("a real-only", "") and "then-real" not in text
    assert "No real image is in this study" in page
    assert "site is portrait-framed data: a constant box reaches AP50" in page

    # Again: no training, the same report; with one record gone only that one is made, by the model that is there.
    stamps = {path: path.stat().st_mtime_ns for path in (out / "runs").rglob("model.onnx")}
    next((out / "records").glob("part1_net_real-only_seed1*")).unlink()
    code, _ = run(study(sets))
    assert code == 0 and table == (out / "study.md").read_text()
    assert stamps == {path: path.stat().st_mtime_ns for path in (out / "runs").rglob("model.onnx")}

    # Another study does not go into the same folder.
    code, told = run(study(sets, seeds=[5]))
    assert code == 2 and "holds a study with other settings" in told["error"]


def test_what_cannot_be_done_is_told_and_the_rest_is(sets, run, tmp_path):
    settings = study(sets)
    settings["sets"]["gone"] = {"kind": "real", "data": "nowhere"}
    settings["parts"] = [settings["parts"][1], {"task": "gender", "real": "gone"}, {"task": "landmarks", "real": "site"}]  # fmt: skip
    code, told = run(settings)
    assert code == 2 and told["records"] == 2 and not told["complete"]
    assert [one["what"] for one in told["failed"]] == ["set gone", "part 2 (gender)", "part 3 (landmarks)"]
    assert "say where it is with --set gone=FOLDER" in told["failed"][0]["why"]
    assert "Not done: part 3 (landmarks)" in (tmp_path / "out" / "study.md").read_text()


def test_sets_can_be_elsewhere(sets, run, tmp_path):
    moved = shutil.copytree(sets["site"], tmp_path / "moved")
    settings = study({"site": "nowhere", "made": sets["made"]}, parts=[{"task": "detect", "real": "site"}])
    code, told = run(settings, "--set", f"site={moved}")
    assert code == 0, told.get("failed") or told
    code, told = run(settings, "--set", f"siet={moved}")
    assert code == 2 and "did you mean 'site'" in told["error"]
    code, told = run(settings, "--dry-run")
    assert code == 0 and "which is not there" in "\n".join(told["plan"])


def test_people_named_as_those_who_are_trained_on_are_told(sets, run, tmp_path):
    """Ten of the names of `more` are those of `site`, of whom eight are trained on; both of `same` are."""
    folders = sets | {"more": write_set(tmp_path / "more", people("a", 14)), "same": write_set(tmp_path / "same", people("a", 2))}  # fmt: skip
    told = {one: {"kind": "stand-in", "data": str(folders[one])} for one in ("site", "more", "same")}
    seed = next(k for k in range(99) if not {"a0", "a1"} & set(part_people(k)))
    part = {"task": "detect", "real": "site", "tests": ["more", "same"]}
    code, told = run({"title": "Namesakes", "seeds": [seed], "draws": 100, "sets": told, "parts": [part]})
    assert code == 2 and told["records"] == 2
    assert [one["what"] for one in told["failed"]] == [f"part 1, seed {seed}: test on same"]
    assert "named as people of site who are trained on" in told["failed"][0]["why"]
    assert any("16 images of more show people named as those who are trained on" in one for one in told["notes"])


def part_people(seed):
    """Who of `site` is tested."""
    return split_people({f"a{k}": "person" for k in range(10)}, seed).test


def test_a_given_model_of_the_simulators_same_people_is_refused(run, portraits, tmp_path):
    folders = {}
    for seed in (SEED, SEED + 1):
        gender_by_contrast(tmp_path / f"net{seed}" / "model.onnx")
        folders[seed] = str(write_info(tmp_path / f"net{seed}", "gender", "gender", people={"simulator": seed}))
    models = [{"name": f"seed {seed}", "given": folder} for seed, folder in folders.items()]
    part = {"task": "gender", "real": "made", "split": "own", "models": models}
    made = {"kind": "stand-in", "data": str(portraits), "every": 30}
    code, told = run({"title": "Given", "seeds": [0], "draws": 100, "sets": {"made": made}, "parts": [part]})
    assert code == 2 and told["records"] == 3 + 1
    (failed,) = told["failed"]
    assert f"simulator's people of seed {SEED}, and" in failed["why"]


@pytest.mark.parametrize(("text", "says"), [("a: [", "is not valid YAML"), ("title: x", "sets is missing"), (None, "does not exist")])  # fmt: skip
def test_files_that_are_none(text, says, tmp_path, capsys):
    if text is not None:
        (tmp_path / "s.yaml").write_text(text)
    assert main(["study", str(tmp_path / "s.yaml"), "--out", str(tmp_path / "o")]) == 2
    assert says in capsys.readouterr().err and not (tmp_path / "o").exists()
