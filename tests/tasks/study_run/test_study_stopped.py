"""Ctrl-C in the middle of a study: what is finished is reported, and the same command goes on."""

import json
import os
import signal
import subprocess
import sys
import time

import yaml
from tasks.made_sets import row, write_set

from thermvision.tasks.study_run.run import run_study
from thermvision.tasks.study_run.spec import make_study
from thermvision.tasks.training.config import make_train_config
from thermvision.tasks.training.history import read_history
from thermvision.tasks.training.run import train


def people(prefix, count):
    return {f"{prefix}{k}": [row(f"{prefix}{k}", 10 * k + n, gender=("female", "male")[k % 2], split="") for n in range(2)] for k in range(count)}  # fmt: skip


def command(folder):
    return [sys.executable, "-m", "thermvision.cli", "study", str(folder / "study.yaml"), "--out", str(folder / "out"), "--threads", "1", "--json"]  # fmt: skip


def test_ctrl_c_leaves_a_report_of_what_is_finished(tmp_path):
    told = {
        "title": "Stopped", "seeds": [0], "draws": 100,
        "sets": {"site": {"kind": "stand-in", "data": str(write_set(tmp_path / "site", people("a", 8)))}},
        "parts": [
            {"task": "detect", "real": "site"},
            {"task": "gender", "real": "site", "models": [{"name": "net"}], "regimes": [{"name": "real-only"}],
             "training": {"steps": 100000, "batch_size": 2, "validate_every": 100000, "save_every": 100000}},
        ],
    }  # fmt: skip
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(told))
    running = subprocess.Popen(command(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    history = tmp_path / "out" / "runs" / "part2_net_real-only_seed0" / "history.jsonl"
    end = time.monotonic() + 240
    while time.monotonic() < end and running.poll() is None and not (history.is_file() and history.read_text().count("\n") >= 2):  # fmt: skip
        time.sleep(0.2)
    running.send_signal(signal.SIGINT)
    out, error = running.communicate(timeout=240)
    assert running.returncode == 2 and "Traceback" not in error, error
    said = json.loads(out)
    assert said["records"] == 1 + 3 and not said["complete"]  # the constant box, and the baselines of gender
    assert "stopped; what is finished is in" in error and "The study was stopped before its end" in said["notes"][0]
    assert (tmp_path / "out" / "study.html").is_file()
    assert (tmp_path / "out" / "runs" / "part2_net_real-only_seed0" / "checkpoint.pt").is_file()


def test_started_again_it_trains_only_what_is_not_done_and_goes_on_in_the_middle(tmp_path):
    told = {
        "title": "Twice", "seeds": [0, 1], "draws": 100,
        "sets": {"site": {"kind": "stand-in", "data": str(write_set(tmp_path / "site", people("a", 8)))}},
        "parts": [
            {"task": "gender", "real": "site", "models": [{"name": "net"}], "regimes": [{"name": "real-only"}],
             "training": {"steps": 4, "batch_size": 2, "validate_every": 2, "save_every": 100}},
        ],
    }  # fmt: skip
    study, out, first_steps = make_study(told, "study"), tmp_path / "out", []

    def run(stop_in=None):
        def trainer(settings, source, on_progress):
            def progress(what, done, total, note=""):
                if what == "steps":
                    first_steps[-1] = min(first_steps[-1], (settings["out"].name, done))
                    if (settings["out"].name, done) == stop_in:
                        os.kill(os.getpid(), signal.SIGINT)

            first_steps.append((settings["out"].name, 10**6))
            return train(make_train_config({"threads": 1, **settings}, "training"), source, progress)

        first_steps.clear()
        return run_study(study, out, trainer, lambda *told: None)

    done, stopped = "part1_net_real-only_seed0", "part1_net_real-only_seed1"
    halted = run(stop_in=(stopped, 2))
    assert halted.stopped and first_steps == [(done, 1), (stopped, 1)]
    model = out / "runs" / done / "model.onnx"
    before, history = model.stat().st_mtime_ns, read_history(out / "runs" / stopped)
    again = run()
    assert not again.stopped and not again.failed and first_steps == [(stopped, 3)]
    assert model.stat().st_mtime_ns == before
    whole = read_history(out / "runs" / stopped)
    assert [row["step"] for row in whole] == [1, 2, 3, 4] and whole[:2] == history
    assert again.records == halted.records + 1  # the model that was missing
