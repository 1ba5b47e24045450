"""`thermvision check` in a process of its own: exit codes, one sentence for mistakes, and the page."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image


def call(*arguments):
    command = [sys.executable, "-m", "thermvision.cli", "check", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=dict(os.environ), timeout=300, check=False)


def test_a_data_set_is_checked_and_reported(small_set):
    result = call(small_set, "--json")
    assert result.returncode in (0, 1) and not result.stderr
    answer = json.loads(result.stdout)
    assert answer["failed"] == (result.returncode == 1)
    assert all(one["verdict"] in ("pass", "fail", "n/a") and one["sentence"] for one in answer["findings"])
    page = (small_set / "check.html").read_text()
    assert page.startswith("<!doctype html>") and "data:image/png;base64," in page
    assert "http" not in page and all(one["name"] in page for one in answer["findings"] if "'" not in one["name"])


def test_images_fail_and_pass(tmp_path):
    stream = np.random.default_rng(0)
    noise = stream.normal(120, 20, (96, 96)).clip(1, 254).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "grey.png")
    Image.fromarray(np.stack([noise, noise // 2 + 40, noise], axis=2)).save(tmp_path / "tint.png")
    assert call(tmp_path / "grey.png").returncode == 0
    report = tmp_path / "report.html"
    result = call(tmp_path / "grey.png", tmp_path / "tint.png", "--report", report)
    assert result.returncode in (0, 1) and report.is_file() and "grey.png" in result.stdout
    (tmp_path / "black.png").unlink(missing_ok=True)
    Image.fromarray(np.zeros((96, 96), np.uint8)).save(tmp_path / "black.png")
    assert call(tmp_path / "black.png").returncode == 1  # clipped everywhere


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [([], "missing"), (["nowhere.png"], "does not exist"), (["."], "neither clips nor images"), (["text.png"], "cannot be read"),
     (["text.png", "--report", "x.txt"], ".html"), (["text.png", "--reprot", "x.html"], "--reprot"),
     (["raw.png"], "--span"), (["text.png", "--span", "40", "20"], "rising"), (["clip.mp4"], "video"), (["unfinished"], "no finished clip")],
)  # fmt: skip
def test_mistakes_get_one_sentence(tmp_path, arguments, fragment):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "text.png").write_text("no picture")
    (tmp_path / "bare").mkdir()
    (tmp_path / "empty" / "unfinished" / "clips" / "F001_S01_x").mkdir(parents=True)
    (tmp_path / "empty" / "clip.mp4").write_bytes(b"no video")
    Image.fromarray(np.full((64, 64), 9000, np.uint16)).save(tmp_path / "empty" / "raw.png")
    where = tmp_path / ("bare" if arguments == ["."] else "empty")
    given = [where / a if a.endswith((".png", ".mp4", "unfinished")) else where if a == "." else a for a in arguments]
    result = call(*given)
    assert result.returncode == 2, result.stdout + result.stderr
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("thermvision: error: ") and fragment in lines[0]


def test_dry_run_writes_nothing(tmp_path, small_set):
    page = tmp_path / "new.html"
    assert call(small_set, "--report", page, "--dry-run").returncode == 0
    assert not page.exists()
