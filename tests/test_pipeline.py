"""The whole way: the same bytes however it is run, and a run that was killed goes on."""

import hashlib
import os
import signal
import subprocess
import sys
import time

import pytest

from thermvision.config import make_config
from thermvision.pipeline import build

SETTINGS = {"subjects": 2, "motions": ["expression", "natural"], "frames": 40, "size": 96}
FLAGS = ["--subjects", "2", "--motions", "expression", "natural", "--frames", "40", "--size", "96"]


def digest(out):
    """Content of every file of a data set but the settings of the machine."""
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def run(out, **changes):
    return build(make_config({"out": out, "workers": 1, **SETTINGS, **changes}, "test"))


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    out = tmp_path_factory.mktemp("reference") / "set"
    report = run(out)
    assert (report.clips, report.frames, report.new_frames) == (4, 160, 160)
    return digest(out)


def test_two_workers_give_the_same_bytes(reference, tmp_path):
    run(tmp_path / "set", workers=2)
    assert digest(tmp_path / "set") == reference


def test_another_seed_gives_other_bytes(reference, tmp_path):
    run(tmp_path / "set", seed=1)
    other = digest(tmp_path / "set")
    frames = [name for name in reference if name.endswith("frames.parquet")]
    assert len(frames) == 4 and all(reference[name] != other[name] for name in frames)


def test_killed_in_the_middle_and_resumed_gives_the_same_bytes(reference, tmp_path):
    """kill -9 of the whole process group once a clip is finished and another one is half-written."""
    out = tmp_path / "set"
    command = [sys.executable, "-m", "thermvision.cli", "build", "--out", str(out), "--workers", "1", *FLAGS]
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if list(out.glob("clips/[!.]*/clip.json")) and list(out.glob("clips/.tmp-*")):
            break
        assert process.poll() is None, "finished before it could be killed"
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    finished = {path.parent.name: path.stat().st_mtime_ns for path in out.glob("clips/[!.]*/clip.json")}
    assert 1 <= len(finished) < 4
    again = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert again.returncode == 0, again.stderr
    assert digest(out) == reference
    for name, written in finished.items():
        assert (out / f"clips/{name}/clip.json").stat().st_mtime_ns == written, "a finished clip was made again"
    assert not list(out.glob("clips/.tmp-*"))


def test_ctrl_c_keeps_what_is_finished_and_says_so(tmp_path):
    out = tmp_path / "set"
    command = [
        sys.executable,
        "-m",
        "thermvision.cli",
        "build",
        "--out",
        str(out),
        "--workers",
        "2",
        *FLAGS[:-4],
        "--frames",
        "400",
        "--size",
        "96",
    ]
    process = subprocess.Popen(
        command,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not list(out.glob("clips/.tmp-*/frames.parquet")):
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "goes on" in errors and "Traceback" not in errors


def test_a_damaged_clip_is_made_again(reference, tmp_path):
    out = tmp_path / "set"
    run(out)
    victim = out / "clips/F001_S01_natural/frames.parquet"
    victim.write_bytes(victim.read_bytes()[:1000])
    report = run(out)
    assert report.new_frames == 40
    assert digest(out) == reference


def test_a_second_run_has_nothing_to_do(tmp_path):
    run(tmp_path / "set", subjects=1, motions=["natural"])
    started = time.perf_counter()
    assert run(tmp_path / "set", subjects=1, motions=["natural"]).new_frames == 0
    assert time.perf_counter() - started < 3
