"""The real command: portraits and drivers in, a data set out; refusals one by one, resuming, stopping, mistakes."""

import json
import os
import signal
import subprocess
import sys
import time

import av
import numpy as np
import pytest
from animate.still_files import call

from thermvision.dataset.read import read_rows, temperature_k
from thermvision.dataset.write import finished
from thermvision.motion.formats import save_motion
from thermvision.motion.programs import make_program
from thermvision.rng import rng

SMALL = ["--frames", "30", "--workers", "1"]


@pytest.fixture(scope="module")
def made(stills, tmp_path_factory):
    """A woman who can be moved and a man whose landmarks are no face's, by a built-in motion and by a motion file."""
    folder = tmp_path_factory.mktemp("animate")
    stream = np.random.default_rng(3)
    np.savez(folder / "junk.npz", landmarks_px=stream.uniform(20, 100, (478, 2)))
    save_motion(folder / "nod.npz", make_program("headpose", rng(1), 30))
    woman, man = stills["female"], stills["male"]
    command = ["animate", man.tiff, woman.tiff, "--landmarks", folder / "junk.npz", woman.landmarks, "--driving", "talking",
               folder / "nod.npz", "--gender", "female", "--out", folder / "out", *SMALL]  # fmt: skip
    return folder, command, call(*command)


def test_a_refused_portrait_is_told_and_the_others_are_made(made):
    folder, _, result = made
    assert result.returncode == 2
    (sentence,) = result.stderr.strip().splitlines()[-1:]
    assert (
        sentence.startswith("thermvision: error: male: the landmarks are no one face's")
        and "Traceback" not in result.stderr
    )
    assert "clips: 2 of 4   frames: 60" in result.stdout
    assert sorted(path.name for path in (folder / "out/clips").iterdir()) == ["female_nod", "female_talking"]
    index = json.loads((folder / "out/dataset.json").read_text())
    assert index["refused"] == [sentence.removeprefix("thermvision: error: ")] and index["clips"] == 2
    assert (folder / "out/contact_sheet.png").is_file() and "female.tiff" in (folder / "out/README.md").read_text()


def test_the_clips_are_a_data_set(made):
    folder, _, _ = made
    clip = folder / "out/clips/female_talking"
    rows = list(read_rows(clip))
    assert [row["frame"] for row in rows] == list(range(30))
    first = rows[0]
    assert (first["subject"], first["gender"], first["motion"]) == ("F002", "female", "talking")
    assert {row["temperature_source"] for row in rows} == {"measured"}
    assert {row["label_source"] for row in rows} == {"geometry"}
    assert first["camera"] == "none"
    kelvin = temperature_k(first)
    assert kelvin.shape == (128, 128) and 285 < kelvin.min() < kelvin.max() < 313
    marker = finished(clip)
    assert marker["portrait"]["file"] == "female.tiff" and marker["portrait"]["fit"]["landmark_error_share"] < 0.02
    assert set(marker["bytes"]) == {"frames.parquet", "preview.mp4", "side_by_side.mp4"}
    datasets = pytest.importorskip("datasets")
    loaded = datasets.load_dataset(
        "parquet", data_files=str(folder / "out/clips/*/frames.parquet"), split="train", cache_dir=str(folder / "cache")
    )
    assert len(loaded) == 60 and np.asarray(loaded[0]["image"]).max() > 28000


def test_the_first_frame_is_the_portrait(made, stills):
    row = next(iter(read_rows(made[0] / "out/clips/female_talking", only={0})))
    still = stills["female"]
    shown = np.array(row["landmarks_478_px"])
    eyes = np.linalg.norm(still.points_px[33] - still.points_px[263])
    assert np.linalg.norm(shown - still.points_px, axis=1)[still.seen].mean() < 0.02 * eyes
    off = np.abs(temperature_k(row) - still.temperature_k)
    assert np.median(off) < 0.3 and np.median(off[40:80, 45:80]) < 0.3  # K


def test_driver_portrait_and_result_stand_side_by_side(made):
    with av.open(str(made[0] / "out/clips/female_nod/side_by_side.mp4")) as video:
        frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
    assert len(frames) == 30 and frames[0].shape == (128, 3 * 128 + 2 * 8, 3)
    assert frames[0][:, 130:134].max() < 12  # the gap is black
    driver, portrait, result = (np.stack([f[:, at : at + 128] for f in frames]).astype(float) for at in (0, 136, 272))
    assert driver.std(axis=0).max() > 20 and result.std(axis=0).max() > 20  # they move
    assert portrait.std(axis=0).max() < 6
    assert np.corrcoef(portrait[0].ravel(), result[0].ravel())[0, 1] > 0.9


def test_check_reads_it(made):
    result = call("check", made[0] / "out", "--json")
    told = {one["name"]: one["verdict"] for one in json.loads(result.stdout)["findings"]}
    assert told["not saturated"] == "pass" and told["picture agrees with labels"] == "pass"


def test_the_same_command_goes_on_and_other_settings_are_refused(made):
    folder, command, _ = made
    clip = folder / "out/clips/female_nod"
    before = {path.name: path.read_bytes() for path in clip.iterdir()}
    for path in clip.iterdir():
        path.unlink()
    clip.rmdir()
    kept = (folder / "out/clips/female_talking/clip.json").stat().st_mtime_ns
    again = call(*command)
    assert again.returncode == 2 and "clips: 2 of 4" in again.stdout  # the man is refused again
    assert {path.name: path.read_bytes() for path in clip.iterdir()} == before
    assert (folder / "out/clips/female_talking/clip.json").stat().st_mtime_ns == kept
    other = call(*command, "--strength", "0.5")
    assert other.returncode == 2 and "strength 1.0 (now 0.5)" in other.stderr
    assert not list((folder / "out/clips").glob(".tmp-*"))


def test_if_all_are_refused_nothing_stays(made, stills):
    folder = made[0]
    result = call("animate", stills["male"].tiff, "--landmarks", folder / "junk.npz", "--driving", "gaze", "--out", folder / "none", *SMALL)  # fmt: skip
    assert result.returncode == 2 and result.stderr.count("\n") == 1 and "no one face's" in result.stderr
    assert not (folder / "none").exists()


def test_ctrl_c_leaves_whole_clips(stills, tmp_path):
    woman, out = stills["female"], tmp_path / "out"
    command = ["animate", woman.tiff, "--landmarks", woman.landmarks, "--driving", "natural", "gaze", "--frames", "150",
               "--workers", "1", "--out", out]  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-m", "thermvision.cli", *map(str, command)], stderr=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        deadline = time.monotonic() + 300
        while not (out / "clips/.tmp-female_natural/frames.parquet").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 2 and "the same command goes on from there" in said
    assert all(finished(clip) for clip in (out / "clips").glob("*")) if out.exists() else True


def test_a_clip_is_a_portrait_whose_landmarks_are_known(made, tmp_path):
    clip = made[0] / "out/clips/female_nod"
    result = call("animate", clip, "--driving", "gaze", "--frame", "3", "--size", "96", "--background", "10", "--camera", "boson_640",
                  "--regions", "eyes", "--out", tmp_path / "out", "--json", *SMALL)  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["frames"] == 30
    rows = list(read_rows(tmp_path / "out/clips/female-nod_gaze", only={0, 20}))
    kelvin = temperature_k(rows[0])
    assert kelvin.shape == (96, 96) and abs(np.median(kelvin[:12, :12]) - 283.15) < 1.5
    assert np.std(temperature_k(rows[1])[:12, :12] - kelvin[:12, :12]) > 0.01  # fresh noise
    assert rows[0]["gender"] == "female" and rows[0]["camera"] == "boson_640"
    assert rows[1]["yaw_deg"] == pytest.approx(rows[0]["yaw_deg"], abs=1e-4)  # the head rests


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["out is missing"]),
        (["x.png", "--out", "o"], ["driving is missing"]),
        (["--driving", "gaze", "--out", "o"], ["a portrait is missing"]),
        (["x.png", "--driving", "gaze", "--out", "o"], ["portrait x.png does not exist"]),
        (["x.png", "--driving", "gazee", "--out", "o"], ["driving 'gazee'", "did you mean 'gaze'"]),
        (["x.png", "--driving", "gaze", "gaze", "--out", "o"], ["each may be named once"]),
        (["x.png", "--driving", "gaze", "--size", "70", "--out", "o"], ["multiple of 4"]),
        (["x.png", "--driving", "gaze", "--size", "20", "--out", "o"], ["--size is 20", "from 64 to 4096"]),
        (["x.png", "--driving", "gaze", "--strength", "9", "--out", "o"], ["--strength is 9", "from 0 to 3"]),
        (["x.png", "--driving", "gaze", "--regions", "nose", "--out", "o"], ["'nose'", "all, expression, pose"]),
        (["x.png", "--driving", "gaze", "--span", "40", "20", "--out", "o"], ["span is 40 to 20 C"]),
        (["x.png", "--driving", "gaze", "--background", "warm", "--out", "o"], ["background is 'warm'", "keep"]),
        (["x.png", "--driving", "gaze", "--camera", "kodak", "--out", "o"], ["'kodak'"]),
        (["x.png", "--driving", "gaze", "--retarget", "magic", "--out", "o"], ["'magic'", "mesh, liveportrait"]),
        (["x.png", "--driving", "gaze", "--poalrity", "auto", "--out", "o"], ["--poalrity", "did you mean --polarity"]),
        (["{still}", "--driving", "none.mp4", "--out", "o"], ["none.mp4 does not exist"]),
        (["{still}", "{still}", "--driving", "gaze", "--out", "o"], ["holds the same as"]),
        (["{still}", "--landmarks", "a", "b", "--driving", "gaze", "--out", "o"], ["2 files and there are 1 portraits"]),
        (["{still}", "--landmarks", "a.npz", "--driving", "gaze", "--out", "o"], ["a.npz does not exist"]),
        (["{empty}", "--driving", "gaze", "--out", "o"], ["holds no picture and no finished clip"]),
        (["{still}", "--driving", "gaze", "--out", "{still}"], ["is a file; give a folder"]),
        (["{still}", "--driving", "gaze", "--absolute", "--face", "0", "--out", "o"], ["--face is 0"]),
    ],
)  # fmt: skip
def test_mistakes_get_one_sentence(stills, tmp_path, arguments, words):
    (tmp_path / "empty").mkdir()
    named = {"still": str(stills["female"].tiff), "empty": str(tmp_path / "empty")}
    result = call("animate", *(word.format(**named) for word in arguments), cwd=tmp_path)
    assert result.returncode == 2, result.stdout
    (line,) = result.stderr.strip().splitlines()
    assert line.startswith("thermvision: error: ")
    for word in words:
        assert word in line, line
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]
