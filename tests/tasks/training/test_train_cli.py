"""The verb as a user meets it: a run folder, killed and started again, and mistakes in one sentence."""

import json
import os
import shutil
import signal
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from tasks.made_sets import row, write_set

from thermvision.cli import main
from thermvision.tasks.models import read_model_info
from thermvision.tasks.training.checkpoint import CHECKPOINT
from thermvision.tasks.training.files.read import read_sets
from thermvision.tasks.training.files.shelf import Shelf
from thermvision.tasks.training.history import read_history

QUICK = ["--every", "5", "--batch-size", "4", "--threads", "1"]


def environment():
    return {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}


def changed_columns(dataset, clip, **changes):
    """Rewrite columns of a clip: a function of each column's list of values."""
    path = dataset / "clips" / clip / "frames.parquet"
    table = pq.read_table(path)
    for name, change in changes.items():
        place = table.schema.get_field_index(name)
        values = pa.array(change(table.column(name).to_pylist()), table.schema.field(name).type)
        table = table.set_column(place, table.schema.field(name), values)
    pq.write_table(table, path)
    marker = path.with_name("clip.json")
    told = json.loads(marker.read_text())
    told["bytes"][path.name] = path.stat().st_size
    marker.write_text(json.dumps(told))


@pytest.fixture
def copied(portraits, tmp_path):
    return shutil.copytree(portraits, tmp_path / "copied")


KILLED = """
import os, signal, sys
from pathlib import Path
from thermvision.tasks.training.config import make_train_config
from thermvision.tasks.training.run import train
def progress(what, done, total, note=""):
    if what == "steps" and done == 7:
        os.kill(os.getpid(), signal.SIGKILL)
settings = {"every": 5, "batch_size": 4, "threads": 1, "steps": 12, "save_every": 2, "validate_every": 4}
train(make_train_config({"task": "gender", "data": (sys.argv[1],), "out": Path(sys.argv[2]), **settings}, "test"), on_progress=progress)
"""


def test_killed_and_started_again_equals_uninterrupted(portraits, tmp_path):
    """kill -9 in the middle of a real run, after a step that no checkpoint holds; afterwards every bit is what it would have been."""
    words = ["train", "gender", "--data", str(portraits), *QUICK, "--steps", "12", "--save-every", "2", "--validate-every", "4", "--out"]  # fmt: skip
    killed = [sys.executable, "-c", KILLED, str(portraits), str(tmp_path / "killed")]
    done = subprocess.run(killed, env=environment(), capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert torch.load(tmp_path / "killed" / CHECKPOINT, weights_only=True)["step"] == 6
    assert len(read_history(tmp_path / "killed")) == 7
    for name in ("killed", "whole"):
        assert main([*words, str(tmp_path / name)]) == 0
    one, other = (torch.load(tmp_path / name / CHECKPOINT, weights_only=True) for name in ("whole", "killed"))
    for part in ("net", "mean", "best"):
        assert all(torch.equal(one[part][name], other[part][name]) for name in one[part]), part
    assert one["best_rank"] == other["best_rank"] and one["step"] == other["step"] == 12
    assert (tmp_path / "whole/model.onnx").read_bytes() == (tmp_path / "killed/model.onnx").read_bytes()
    kept = [
        [(one["step"], one["loss"], one.get("validation")) for one in read_history(tmp_path / name)]
        for name in ("whole", "killed")
    ]
    assert kept[0] == kept[1] and len(kept[0]) == 12
    for name in ("config.yaml", "model.json", "card.md", "loss.png", "tensorboard"):
        assert (tmp_path / "killed" / name).exists(), name
    info = read_model_info(tmp_path / "killed")
    assert len(info.train_people) == 2 and all(one.startswith("simulated-5/") for one in info.seen_people)


def test_another_run_starts_from_an_earlier_ones_weights(portraits, tmp_path):
    words = ["train", "gender", "--data", str(portraits), *QUICK, "--steps", "2", "--out"]
    assert main([*words, str(tmp_path / "first")]) == 0
    assert main([*words, str(tmp_path / "second"), "--start", str(tmp_path / "first"), "--learning-rate", "1e-9"]) == 0
    one, other = (torch.load(tmp_path / name / CHECKPOINT, weights_only=True) for name in ("first", "second"))
    name = "head.3.weight"
    assert torch.allclose(one["best"][name], other["net"][name], atol=1e-6)


def test_damaged_images_and_clips_are_skipped_counted_and_listed(copied, tmp_path, capsys, caplog):
    clips = sorted(path.name for path in (copied / "clips").iterdir())

    def damage(images):
        return [{**one, "bytes": one["bytes"][:200]} if k in (0, 5) else one for k, one in enumerate(images)]

    changed_columns(copied, clips[0], image=damage)
    broken = copied / "clips" / clips[1] / "frames.parquet"
    broken.write_bytes(bytes(broken.stat().st_size))
    (copied / "clips" / clips[4] / "frames.parquet").write_bytes(b"half a clip")
    assert (
        main(
            [
                "train",
                "detect",
                "--data",
                str(copied),
                *QUICK,
                "--input-px",
                "96",
                "--steps",
                "1",
                "--out",
                str(tmp_path / "run"),
            ]
        )
        == 0
    )
    left_out = read_model_info(tmp_path / "run").more["learnt_from"]["left_out"]
    assert sorted(name for name, _ in left_out) == [f"{clips[0]}/00000", f"{clips[0]}/00005", clips[1], clips[4]]
    assert "4 images or clips could not be used" in caplog.text


def test_two_sets_whose_people_have_the_same_names(tmp_path, settings):
    """Other people, other genders, dealt otherwise: nobody of a name learns in one set and chooses in the other."""
    kinds = ("female", "male")

    def made(name, count, turned):
        clips = {f"coco_{k}": [row(f"coco_{k}", 10 * k + n, gender=kinds[(k + turned) % 2], split="") for n in range(2)] for k in range(count)}  # fmt: skip
        return write_set(tmp_path / name, clips)

    folders = [made("one", 8, 0), made("other", 14, 1)]
    for seed in range(4):
        shelf = Shelf(tmp_path)
        source = read_sets(folders, settings("gender", every=1, seed=seed), shelf)
        assert set(source.people["train"]) and not set(source.people["train"]) & set(source.people["validation"])
        assert any("8 people are named in several data sets (coco_0, coco_1, coco_2, ...)" in one for one in source.notes)  # fmt: skip
        seen = {one.people[0] for one in source.draws.draw(0, 100, np.random.default_rng(0))}
        assert seen <= set(source.people["train"]) and 0.3 < source.male_share < 0.7
        shelf.close()


def one_class(dataset):
    for clip in (dataset / "clips").iterdir():
        if clip.name.startswith("F"):
            shutil.rmtree(clip)


def without_labels(dataset):
    def forget(values):
        return [None] * len(values)

    for clip in (dataset / "clips").iterdir():
        changed_columns(dataset, clip.name, faces=forget, bbox_xyxy_px=forget, gender=forget)


def in_two_parts(dataset):
    def moved(values):
        return ["validation" if k % 10 else "train" for k in range(len(values))]

    changed_columns(dataset, next((dataset / "clips").iterdir()).name, split=moved)


DATA = {  # what happened to the data -> (task, change, what is said)
    "one class": ("gender", one_class, "hold only male; expected female and male"),
    "no labels": ("detect", without_labels, "none of the 36 images of .* is labelled with faces"),
    "no gender": ("gender", without_labels, "is labelled with a gender"),
    "a person in both": ("landmarks", in_two_parts, "is in train and in validation"),
}


@pytest.mark.parametrize(("task", "change", "said"), DATA.values(), ids=DATA)
def test_data_that_will_not_do_is_refused_in_one_sentence(task, change, said, copied, tmp_path, capsys):
    import re

    change(copied)
    assert main(["train", task, "--data", str(copied), *QUICK, "--out", str(tmp_path / "run")]) == 2
    told = capsys.readouterr().err.strip()
    assert re.search(said, told) and "\n" not in told and told.startswith("thermvision: error: ")
    assert not (tmp_path / "run" / CHECKPOINT).exists()


WORDS = {  # arguments (SET: the data set, RUN: a new folder) -> what is said
    "no such set": (["gender", "--data", "nowhere", "--out", "RUN"], "nowhere holds no finished clip"),
    "no task": (["--data", "SET", "--out", "RUN"], "train: "),
    "no such task": (["smile", "--data", "SET", "--out", "RUN"], "train: "),
    "no data": (["gender", "--out", "RUN"], "--data is missing"),
    "weights": (["gender", "--data", "SET", "--weights", "1", "2", "--out", "RUN"], "--weights has 2 numbers for 1 data sets"),
    "network": (["gender", "--data", "SET", "--model", "resnet18", "--out", "RUN"], "did you mean 'resnet-18'"),
    "detector": (["detect", "--data", "SET", "--model", "no/such", "--out", "RUN"], "--model no/such cannot be made into a detector"),
    "start": (["gender", "--data", "SET", "--start", "nowhere", "--out", "RUN"], "--start nowhere holds no checkpoint.pt"),
    "input": (["detect", "--data", "SET", "--input-px", "100", "--out", "RUN"], "--input-px is 100; expected a multiple of 32"),
    "full folder": (["gender", "--data", "SET", "--out", "SET"], "config.yaml that is not ours"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "said"), WORDS.values(), ids=WORDS)
def test_mistakes_are_told_in_one_sentence(words, said, portraits, tmp_path, capsys):
    places = {"SET": str(portraits), "RUN": str(tmp_path / "run")}
    assert main(["train", *(places.get(word, word) for word in words), *QUICK]) == 2
    told = capsys.readouterr().err.strip()
    assert said in told and "\n" not in told


def test_a_real_process_ends_with_2_and_no_traceback(tmp_path):
    words = [
        sys.executable,
        "-m",
        "thermvision.cli",
        "train",
        "gender",
        "--data",
        str(tmp_path),
        "--out",
        str(tmp_path / "run"),
    ]
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "Traceback" not in done.stderr


def test_a_dry_run_reads_and_writes_nothing(portraits, tmp_path, capsys):
    assert (
        main(
            [
                "train",
                "landmarks",
                "--data",
                str(portraits),
                "--every",
                "5",
                "--out",
                str(tmp_path / "run"),
                "--dry-run",
                "--json",
            ]
        )
        == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert told["people"] == {"train": 2, "validation": 2} and told["images"] == 12 and not (tmp_path / "run").exists()


def test_shelved_pictures_come_back(tmp_path):
    from thermvision.tasks.training.samples import Sample

    nothing = (
        np.zeros((0, 4), np.float32),
        np.zeros(0, np.float32),
        np.zeros((0, 68, 2), np.float32),
        None,
        np.zeros((0, 3), np.float32),
    )
    pictures = [np.full((8, 9), 300.12, np.float32), np.linspace(0, 1, 80, dtype=np.float32).reshape(8, 10)]
    shelf = Shelf(tmp_path)
    kept = [shelf.put(Sample(one, k == 0, *nothing, np.zeros(0, np.float32), ())) for k, one in enumerate(pictures)]
    shelf.finish()
    for one, picture, off in zip(kept, pictures, (0.006, 1e-5), strict=True):
        assert np.abs(shelf.sample(one).picture - picture).max() < off
    shelf.close()
    assert not list(tmp_path.iterdir())
