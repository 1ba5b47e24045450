"""`thermvision annotate` as users call it: what it writes, what it skips, what it refuses, and how it stops."""

import csv
import json
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from animate.still_files import call
from annotate.files import write_grey, write_palette, write_photograph, write_video
from PIL import Image

from thermvision.annotate.writers.partial_file import partial_of
from thermvision.cli import main
from thermvision.faces import networks
from thermvision.thermal.png16 import encode_png16
from thermvision.thermal.radiometric_files import TLinear, write_tlinear


@pytest.fixture(scope="session")
def folder(woman, man, tmp_path_factory):
    """Four pictures with a face, one without, a photograph, and two files that cannot be used."""
    folder = tmp_path_factory.mktemp("pictures")
    write_tlinear(folder / "kelvin.tiff", woman, TLinear())
    write_grey(folder / "sub" / "grey.png", man)
    write_palette(folder / "iron.png", woman, "iron")
    Image.fromarray(np.tile(np.arange(128, dtype=np.uint8), (96, 1))).save(folder / "slope.png")
    write_photograph(folder / "photo.png")
    (folder / "corrupt.png").write_bytes(b"\x89PNG\r\n\x1a\nand then nothing")
    Image.new("L", (1, 1)).save(folder / "one.png")
    return folder


def test_a_folder_of_everything(folder, tmp_path):
    out, overlays = tmp_path / "results" / "faces.json", tmp_path / "overlays"
    done = call("annotate", folder, "--out", out, "--overlay", overlays, "--json")
    assert done.returncode == 2, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["pictures"], summary["files"], summary["without_face"]) == (5, 7, 2)
    assert sorted(one["file_name"] for one in summary["skipped"]) == ["corrupt.png", "one.png"]
    assert [one["file_name"] for one in summary["warnings"]] == ["photo.png"]
    assert "Traceback" not in done.stderr and "corrupt.png cannot be read" in done.stderr
    told = json.loads(out.read_text())
    images = {image["file_name"]: image for image in told["images"]}
    assert list(images) == ["iron.png", "kelvin.tiff", "photo.png", "slope.png", "sub/grey.png"]
    assert [len(image["faces"]) for image in images.values()] == [1, 1, 0, 0, 1]
    assert sorted(image["image_id"] for image in images.values()) == [2, 3, 5, 6, 7]  # skipped ones are counted
    assert images["iron.png"]["palette"] == "iron" and images["kelvin.tiff"]["kelvin"]
    regions = images["kelvin.tiff"]["faces"][0]["region_temperature_k"]
    assert 300 < regions["forehead_centre"] < 310 and images["iron.png"]["faces"][0]["region_temperature_k"] == {}
    assert sorted(str(path.relative_to(overlays)) for path in overlays.rglob("*.png")) == [
        "iron.png", "kelvin.tiff.png", "photo.png", "slope.png", "sub/grey.png",
    ]  # fmt: skip


def test_no_torch_no_mediapipe_and_the_same_bytes_again(folder, tmp_path):
    code = (
        "import sys; from thermvision.cli import main; "
        "code = main(sys.argv[1:]); loaded = [one for one in ('torch', 'mediapipe', 'transformers') if one in sys.modules]; "
        "print('LOADED', code, loaded)"
    )
    words = ["annotate", str(folder / "kelvin.tiff"), str(folder / "sub"), "--out"]
    run = [sys.executable, "-c", code, *words, str(tmp_path / "a.json")]
    done = subprocess.run(run, capture_output=True, text=True, timeout=120, check=True)
    assert "LOADED 0 []" in done.stdout
    assert main([*words, str(tmp_path / "b.json")]) == 0
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


@pytest.mark.parametrize(
    ("name", "more", "kind"),
    [("r.csv", [], "csv"), ("r.json", ["--format", "coco"], "coco"), ("labels", ["--format", "yolo", "--landmarks", "5"], "yolo")],
)  # fmt: skip
def test_each_format(folder, tmp_path, name, more, kind):
    assert main(["annotate", str(folder / "sub"), str(folder / "slope.png"), "--out", str(tmp_path / name), *more]) == 0
    if kind == "csv":
        with open(tmp_path / name, newline="") as file:
            (row,) = csv.DictReader(file)
        assert row["file_name"] == "sub/grey.png" and float(row["x_67"]) > 0
    elif kind == "coco":
        (found,) = json.loads((tmp_path / name).read_text())
        assert len(found["keypoints"]) == 3 * 68 and found["bbox"][2] > 30
    else:
        assert len((tmp_path / name / "sub" / "grey.txt").read_text().split()) == 5 + 15
        assert (tmp_path / name / "slope.txt").read_text() == ""


@pytest.mark.parametrize(("more", "told"), [((), True), (("--no-gender",), False)])
def test_gender_is_told_unless_it_is_left_out(folder, tmp_path, more, told):
    out = tmp_path / "faces.json"
    assert main(["annotate", str(folder / "sub"), "--out", str(out), *more]) == 0
    (face,) = json.loads(out.read_text())["images"][0]["faces"]
    assert (face["male_probability"] is not None) == told


def test_tracks_in_a_video_and_in_numbered_pictures(woman, man, tmp_path):
    both = np.concatenate([woman, man], axis=1)
    frames = [np.roll(both, 2 * step, axis=1) for step in range(4)]
    (tmp_path / "in").mkdir()
    write_video(tmp_path / "in" / "walk.mkv", frames, "ffv1")
    for number, frame in ((8, frames[0]), (9, frames[1]), (10, frames[2])):
        write_grey(tmp_path / "in" / f"shot_{number}.png", frame)
    out = tmp_path / "r.json"
    assert main(["annotate", str(tmp_path / "in"), "--out", str(out), "--track", "--format", "coco"]) == 0
    sides = {}
    for one in json.loads(out.read_text()):
        sides.setdefault(one["track_id"], []).append((one["file_name"].split("#")[0], one["bbox"][0] > 128))
    assert set(sides) == {1, 2, 3, 4}
    for found in sides.values():  # one number, one person, one sequence
        assert len({side for _, side in found}) == 1
        assert len({name.split("_")[0] for name, _ in found}) == 1
    assert sorted(len(found) for found in sides.values()) == [3, 3, 4, 4]


def test_a_data_set_of_our_own(woman, tmp_path):
    clip = tmp_path / "data" / "clips" / "F001_S01_headpose"
    clip.mkdir(parents=True)
    png = encode_png16(np.rint(woman * 100).astype(np.uint16))
    rows = [{"image": {"bytes": png, "path": None}, "frame": k, "time_s": k / 30, "temperature_source": "physics"} for k in range(2)]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), clip / "frames.parquet")
    (clip / "clip.json").write_text(json.dumps({"bytes": {"frames.parquet": (clip / "frames.parquet").stat().st_size}}))
    out = tmp_path / "r.json"
    assert main(["annotate", str(tmp_path / "data"), "--out", str(out)]) == 0
    images = json.loads(out.read_text())["images"]
    assert [image["file_name"] for image in images] == [f"clips/F001_S01_headpose#00000{k}" for k in range(2)]
    assert images[0]["temperature_source"] == "physics" and len(images[1]["faces"][0]["region_temperature_k"]) > 15


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.png", "--out", "r.json"], ["nowhere.png does not exist"]),
        (["empty", "--out", "r.json"], ["empty holds no picture"]),
        (["one.png", "--out", "empty"], ["is a folder"]),
        (["one.png", "--out", "one.png/r.json"], ["one.png, a file"]),
        (["one.png", "--out", "r.png"], ["picture's ending", ".json"]),
        (["one.png", "--out", "there.json"], ["is there already", "--overwrite"]),
        (["one.png", "--out", "full", "--format", "yolo"], ["files in it", "--overwrite"]),
        (["one.png", "--out", "r.json", "--overlay", "r.json"], ["two places"]),
        (["one.png", "--out", "r.json", "--overlay", "one.png"], ["one.png, a file"]),
        (["one.png", "--out", "r.json", "--min-score", "2"], ["--min-score", "0.1 to 1"]),
        (["one.png", "--out", "r.json", "--format", "cocoo"], ["did you mean 'coco'"]),
        (["one.png", "--out", "r.json", "--landmarks", "69"], ["--landmarks", "68"]),
        (["--out", "r.json"], ["no input"]),
        (["one.png"], ["--out", "missing"]),
        (["one.png", "--out", "r.json", "--trak"], ["--track"]),
    ],
)  # fmt: skip
def test_what_is_refused_before_the_work(tmp_path, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.txt").write_text("mine")
    (tmp_path / "there.json").write_text("mine")
    Image.new("L", (40, 40)).save("one.png")
    assert main(["annotate", *arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith("thermvision: error: ") and said.count("\n") == 1
    for word in words:
        assert word in said
    assert (tmp_path / "there.json").read_text() == (tmp_path / "full" / "a.txt").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "full", "one.png", "there.json"]


def test_overwrite_and_dry_run(folder, tmp_path, capsys):
    out = tmp_path / "r.csv"
    out.write_text("old")
    command = ["annotate", str(folder / "slope.png"), "--out", str(out), "--overwrite"]
    assert main([*command, "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"out": str(out), "format": "csv", "files": {"picture": 1}}
    assert out.read_text() == "old"
    assert main(command) == 0
    assert out.read_text().startswith("image_id,")
    assert list(tmp_path.iterdir()) == [out]


def test_without_onnx_runtime_the_right_extra_is_named(folder, tmp_path, monkeypatch, capsys):
    networks._session.cache_clear()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert main(["annotate", str(folder), "--out", str(tmp_path / "r.json")]) == 2
    assert "thermvision[annotate]" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_keeps_what_is_finished(woman, tmp_path):
    for number in range(150):
        write_grey(tmp_path / "in" / f"{number:03d}.png", woman)
    out = tmp_path / "faces.json"
    command = [sys.executable, "-m", "thermvision.cli", "annotate", str(tmp_path / "in"), "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        partial, until = partial_of(out), time.monotonic() + 60
        while time.monotonic() < until and not (partial.exists() and partial.stat().st_size > 200_000):
            time.sleep(0.02)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=60)
    assert run.returncode == 2
    assert "stopped after" in said and str(partial) in said and "Traceback" not in said
    told = json.loads(partial.read_text())
    assert not out.exists() and told["complete"] is False
    assert 2 <= len(told["images"]) < 150 and all(image["faces"] for image in told["images"])


def test_a_file_that_cannot_grow_keeps_what_is_finished(woman, tmp_path, capsys):
    for number in range(4):
        write_grey(tmp_path / "in" / f"{number}.png", woman)
    out, (_, most) = tmp_path / "faces.json", resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, most))  # bytes; a picture with a face takes some 21,000
    try:
        code = main(["annotate", str(tmp_path / "in"), "--out", str(out)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert code == 2 and "large" in capsys.readouterr().err
    told = json.loads(partial_of(out).read_text())
    assert 1 <= len(told["images"]) < 4 and told["complete"] is False and not out.exists()


def test_a_full_disk_is_said(folder, tmp_path, capsys):
    out = tmp_path / "r.json"
    partial_of(out).symlink_to("/dev/full")
    assert main(["annotate", str(folder / "slope.png"), "--out", str(out)]) == 2
    assert "is full" in capsys.readouterr().err
