"""The real command in a process of its own: what it says when something is wrong, and how fast it answers."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

SMALL = ["--subjects", "1", "--motions", "natural", "--frames", "30", "--size", "64", "--workers", "1"]


def call(*arguments, cwd=None, **environment):
    command = [sys.executable, "-m", "thermvision", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, env={**os.environ, **environment}, timeout=300, check=False
    )


def refused(result, *fragments):
    """Exit 2 with one sentence that holds the fragments, and no traceback."""
    assert result.returncode == 2, result.stdout + result.stderr
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("thermvision: error: "), result.stderr
    for fragment in fragments:
        assert fragment in lines[0], lines[0]


def test_help_is_fast_and_names_the_verbs():
    call("--help")
    times = []
    for _ in range(5):
        started = time.perf_counter()
        result = call("--help")
        times.append(time.perf_counter() - started)
    assert result.returncode == 0 and all(verb in result.stdout for verb in ("build", "track", "weights", "doctor"))
    assert sorted(times)[2] <= 0.5


@pytest.mark.parametrize("verb", ["build", "track", "portraits", "import", "check", "lora", "weights", "doctor"])
def test_every_verb_explains_itself(verb):
    result = call(verb, "--help")
    assert result.returncode == 0 and "--json" in result.stdout.replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (["bild"], ["'bild'", "did you mean 'build'"]),
        (["build"], ["--out", "missing"]),
        (["build", "--out", "x", "--subject", "3"], ["--subject", "did you mean --subjects"]),
        (["build", "--out", "x", "--subjects", "many"], ["--subjects", "'many'", "whole number"]),
        (["build", "--out", "x", "--subjects", "0"], ["--subjects is 0", "from 1 to 100000"]),
        (["build", "--out", "x", "--size", "99999"], ["--size", "2048"]),
        (["build", "--out", "x", "--size", "66"], ["size is 66", "multiple of 4"]),
        (["build", "--out", "x", "--seed", "-1"], ["--seed", "-1"]),
        (["build", "--out", "x", "--motions", "hedpose"], ["'hedpose'", "did you mean 'headpose'"]),
        (["build", "--out", "x", "--motions", "gaze", "gaze"], ["once"]),
        (["build", "--out", "x", "--camera", "kodak"], ["'kodak'", "generic"]),
        (["build", "--out", "x", "--source", "simulatr"], ["simulatr", "simulator"]),
        (["build", "--out", "x", "--driving", "none.mp4"], ["none.mp4", "does not exist"]),
        (["build", "--config", "none.yaml"], ["none.yaml", "does not exist"]),
        (["track", "--out", "x.npz"], ["missing"]),
        (["track", "none.mp4", "--out", "x.npz"], ["none.mp4", "does not exist"]),
        (["weights", "fetch", "foo"], ["'foo'", "face-landmarker"]),
        (["build", "--out"], ["--out has no value"]),
        (["build", "--out", ""], ["--out has no value"]),
        (["build", "--out", "x", "--motions", "--frames", "40"], ["--motions has no value"]),
        (["build", "--out", "x", "--frames="], ["--frames has no value", "from 30 to 100000"]),
        (["build", "--out", "x", "--room-temperature-c", "80"], ["--room-temperature-c is 80", "from 10 to 40"]),
        (["build", "--out", "x", "--size", "5"], ["--size is 5", "from 64 to 2048"]),
        (["build", "--out", "x", "--frames", "1"], ["--frames is 1", "30"]),
        (["build", "--out", "x", "--workers", "-3"], ["--workers is -3", "from 0"]),
        (["build", "--out", "x", "--rate-hz", "0"], ["--rate-hz is 0", "from 5 to 240"]),
        (["build", "--out", "x", "--rate-hz", "nan"], ["--rate-hz is nan", "from 5 to 240"]),
        (
            ["build", "--out", "x", "--framing", "widl"],
            ["--framing is 'widl'", "portrait, wild", "did you mean 'wild'"],
        ),
        (["build", "--out", "x", "--camera", "Bosn_640"], ["'Bosn_640'", "did you mean 'boson_640'"]),
        (["build", "--out", "x", "y"], ["'y' is one word too many"]),
        (["build", "--out", "x", "--foo", "3"], ["unknown option --foo;"]),
        (["check"], ["a path is missing"]),
        (["check", "none", "--dry-run"], ["check: none does not exist"]),
        (["check", "none", "--span", "20"], ["--span is '20'", "2 numbers"]),
        (["check", ".", "--span", "-400", "20"], ["--span is -400 20", "-100 to 1000"]),
        (["check", ".", "--span", "nan", "20"], ["--span is nan 20"]),
        (["weights"], ["list or fetch", "missing"]),
        (["weights", "lst"], ["'lst'", "list, fetch"]),
        (["weights", "fetch"], ["needs a name"]),
    ],
)
def test_mistakes_get_one_sentence(tmp_path, arguments, fragments):
    refused(call(*arguments, cwd=tmp_path), *fragments)
    assert not list(tmp_path.iterdir())  # and nothing is left behind


@pytest.mark.parametrize(
    ("content", "fragments"),
    [
        ("subjects: [", ["not valid YAML"]),
        ("- 1\n- 2\n", ["name: value"]),
        ("subjetcs: 3\nout: x\n", ["subjetcs", "did you mean 'subjects'"]),
        ("subjects: 0\nout: x\n", ["subjects", "0"]),
        ("subjects: 3\n", ["out is missing"]),
        ("", ["c.yaml is empty", "name: value"]),
        ("1: 2\nout: x\n", ["setting '1' is not known"]),
        ("subjects: many\nout: x\n", ["c.yaml", "subjects is 'many'", "a whole number from 1 to 100000"]),
        ("subjects: yes\nout: x\n", ["c.yaml", "subjects is true", "whole number"]),
        ("seed: null\nout: x\n", ["seed is empty", "whole number"]),
        ("motions: gaze\nout: x\n", ["motions is 'gaze'", "a list"]),
        ("motions: [hedpose]\nout: x\n", ["c.yaml: motion 'hedpose'", "did you mean 'headpose'"]),
        ("subjects: 2\nsubjects: 3\nout: x\n", ["'subjects' stands there twice"]),
        ("hash: a\ncontent: {}\n", ["record of a run", "content"]),
    ],
)
def test_mistakes_in_a_config_file(tmp_path, content, fragments):
    (tmp_path / "c.yaml").write_text(content)
    refused(call("build", "--config", "c.yaml", cwd=tmp_path), *fragments)


def test_errors_are_readable_by_programs_too(tmp_path):
    result = call("check", "none", "--json", cwd=tmp_path)
    assert result.returncode == 2 and "does not exist" in json.loads(result.stdout)["error"]
    assert result.stderr == f"thermvision: error: {json.loads(result.stdout)['error']}\n"


@pytest.mark.parametrize(("module", "verb"), [("tyro", "doctor"), ("pyarrow", "build --out x --frames 30")])
def test_a_missing_package_is_named(tmp_path, module, verb):
    code = (
        f"import sys; sys.modules['{module}'] = None; from thermvision.cli import main; sys.exit(main({verb.split()}))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    refused(result, module, "pip install")


def test_a_bad_driver_binds_nobody(tmp_path):
    """It is refused before anything is written, in a trial run too; and a run that made no clip leaves its folder free."""
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "junk.npz").write_bytes(b"junk")
    for name, word in (("empty.mp4", "0 bytes"), ("junk.npz", "no motion file")):
        for more in ([], ["--dry-run"]):
            refused(call("build", "--out", "set", "--driving", name, *more, cwd=tmp_path), word)
            assert not (tmp_path / "set").exists()
    (tmp_path / "set").mkdir()
    (tmp_path / "set/config.yaml").write_text("hash: a\ncontent: {seed: 5}\n")
    assert call("build", "--out", "set", *SMALL, cwd=tmp_path).returncode == 0


def test_the_same_driver_twice(tmp_path):
    from thermvision.motion.formats import save_motion
    from thermvision.motion.programs import make_program
    from thermvision.rng import rng

    motion = save_motion(tmp_path / "nod.npz", make_program("natural", rng(0), 30))
    refused(call("build", "--out", tmp_path / "set", "--driving", motion, motion), "nod.npz", "once")


def test_motions_of_other_programs_drive(tmp_path):
    """A Live Link Face table and a LivePortrait template; one that would run something is refused and runs nothing."""
    from motion.template_files import write_template

    from thermvision.motion.live_link_csv import write_live_link_csv
    from thermvision.motion.programs import make_program
    from thermvision.rng import rng

    drivers = [
        write_live_link_csv(tmp_path / "talk.csv", make_program("talking", rng(0), 30)),
        write_template(tmp_path / "wink.pkl", frames=12),
    ]
    out = tmp_path / "set"
    made = call("build", "--out", out, "--subjects", "1", "--size", "128", "--driving", *drivers, "--json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["frames"] > 20
    (tmp_path / "bad.pkl").write_bytes(b"cos\nsystem\n(S'touch ran'\ntR.")
    refused(call("build", "--out", "other", "--driving", "bad.pkl", cwd=tmp_path), "bad.pkl")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.pkl", "set", "talk.csv", "wink.pkl"]


def test_clips_that_are_damaged(tmp_path):
    out = tmp_path / "set"
    flags = ["--out", out, *SMALL, "--motions", "gaze", "natural"]
    assert call("build", *flags).returncode == 0
    clip = out / "clips/F001_S01_gaze"
    before = (clip / "frames.parquet").read_bytes()
    (clip / "preview.mp4").unlink()
    checked = call("check", out)
    assert "not whole" in checked.stderr and clip.name in checked.stderr
    assert json.loads(call("build", *flags, "--json").stdout)["new_frames"] == 30
    (clip / "frames.parquet").write_bytes(before[:1000])
    assert json.loads(call("build", *flags, "--json").stdout)["new_frames"] == 30
    assert (clip / "frames.parquet").read_bytes() == before
    (clip / "frames.parquet").write_bytes(bytes(400) + before[400:])  # the size tells nothing
    for verb in (["check", out], ["build", *flags]):
        refused(call(*verb), str(clip), "damaged", "delete that folder")


def test_files_that_could_not_be_written_are_refused_before_the_work(tmp_path):
    (tmp_path / "a.npz").mkdir()
    (tmp_path / "file").write_text("x")
    refused(call("track", "v.mp4", "--out", "a.npz", cwd=tmp_path), "--out a.npz is a folder")
    refused(call("track", "v.mp4", "--out", "file/a.npz", cwd=tmp_path), "a file")


def test_flags_win_over_the_config_file(tmp_path):
    (tmp_path / "c.yaml").write_text("out: a\nsubjects: 3\nmotions: [gaze]\n")
    result = call("build", "--config", "c.yaml", "--subjects", "1", "--dry-run", "--json", cwd=tmp_path)
    assert json.loads(result.stdout) == {"out": "a", "clips": ["F001_S01_gaze"]}
    assert not (tmp_path / "a").exists()


def test_settings_without_effect_are_named(tmp_path):
    from thermvision.motion.formats import save_motion
    from thermvision.motion.programs import make_program
    from thermvision.rng import rng

    motion = save_motion(tmp_path / "nod.npz", make_program("natural", rng(0), 30))
    result = call(
        "build", "--out", tmp_path / "set", "--driving", motion, "--frames", "50", "--model", "x.task", "--dry-run"
    )
    assert result.returncode == 0, result.stderr
    assert (
        result.stderr.count("warning") == 2
        and "frames has no effect" in result.stderr
        and "model has no effect" in result.stderr
    )


def test_build_says_where_how_many_and_how_fast(tmp_path):
    result = call("build", "--out", tmp_path / "set", *SMALL)
    assert result.returncode == 0, result.stderr
    assert (
        str(tmp_path / "set") in result.stdout
        and "clips: 1   frames: 30" in result.stdout
        and "frames/s" in result.stdout
    )
    again = call("build", "--out", tmp_path / "set", *SMALL, "--json")
    assert json.loads(again.stdout)["new_frames"] == 0


def test_an_output_folder_with_something_else_in_it(tmp_path):
    out = tmp_path / "set"
    assert call("build", "--out", out, *SMALL).returncode == 0
    refused(call("build", "--out", out, *SMALL, "--seed", "5"), "other settings", "seed 0 (now 5)")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/cat.jpg").write_bytes(b"x")
    refused(call("build", "--out", tmp_path / "photos", *SMALL), "not empty")
    refused(call("build", "--out", tmp_path / "photos/cat.jpg", *SMALL), "is a file")


@pytest.mark.skipif(os.geteuid() != 0 or not Path("/bin/mount").exists(), reason="needs root to mount a small disk")
def test_a_full_disk_loses_no_finished_clip(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        flags = ["--subjects", "6", "--motions", "natural", "--frames", "60", "--size", "128", "--workers", "1"]
        refused(call("build", "--out", disk / "set", *flags), "full", "same command")
        clips = [path.name for path in (disk / "set/clips").iterdir()]
        assert clips and not [name for name in clips if name.startswith(".tmp")]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_doctor_reports(tmp_path):
    result = call("doctor", "--json", THERMVISION_CACHE=str(tmp_path), THERMVISION_FACE_LANDMARKER="")
    findings = {finding["what"]: finding for finding in json.loads(result.stdout)["findings"]}
    assert result.returncode == 0 and findings["head model"]["ok"]
    assert (
        not findings["weights face-landmarker"]["ok"]
        and "weights fetch" in findings["weights face-landmarker"]["remedy"]
    )


def test_doctor_tells_what_does_not_load():
    code = "import sys; sys.modules['mediapipe'] = None; from thermvision.cli import main; sys.exit(main(['doctor']))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    line = next(line for line in result.stdout.splitlines() if "mediapipe" in line)
    assert result.returncode == 0 and line.startswith("absent") and "pip install 'thermvision[track]'" in line


def write_video(path, frames, rate=25):
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.height, stream.width, stream.pix_fmt = frames[0].shape[0], frames[0].shape[1], "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))


def test_files_that_are_no_driving_video(tmp_path):
    """None of these needs the tracker: they are refused before a model is looked for."""
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "text.mp4").write_text("this is not a video\n" * 50)
    grey = [np.full((64, 64, 3), 90 + i, np.uint8) for i in range(40)]
    write_video(tmp_path / "good.mp4", grey)
    whole = (tmp_path / "good.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    from PIL import Image

    Image.fromarray(grey[0]).save(tmp_path / "photo.png")
    Image.fromarray(grey[0]).save(tmp_path / "photo.jpg")
    for name, fragment in (
        ("empty.mp4", "empty"), ("text.mp4", "not a video"), ("cut.mp4", "damaged"), ("photo.png", "photo"), ("photo.jpg", "photo"), (".", "folder"),
    ):  # fmt: skip
        refused(call("track", tmp_path / name, "--out", tmp_path / "m.npz"), fragment)
    refused(call("track", tmp_path / "good.mp4", "--out", tmp_path / "m.txt"), ".npz")


@pytest.fixture(scope="module")
def landmarker(shared_dir):
    pytest.importorskip("mediapipe", reason="needs the extra [track]")
    return shared_dir / "models/face_landmarker.task"


def read_video(path):
    import av

    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def test_videos_of_no_two_and_lost_faces(tmp_path, shared_dir, landmarker):
    face = [frame[::2, ::2].copy() for frame in read_video(shared_dir / "data/driving/d19.mp4")]
    blank = np.full_like(face[0], 60)
    write_video(tmp_path / "nobody.mp4", [blank] * 40)
    write_video(tmp_path / "two.mp4", [np.concatenate([frame, frame], axis=1) for frame in face[:40]])
    write_video(tmp_path / "lost.mp4", face[:60] + [blank] * 90 + face[60:120], rate=30)
    write_video(tmp_path / "blink.mp4", face[:40] + [blank] * 12 + face[52:90], rate=30)
    out = tmp_path / "m.npz"
    for name, fragments in (("nobody", ["no face"]), ("two", ["two faces"]), ("lost", ["lost for", "2.0 s to 5"])):
        refused(call("track", tmp_path / f"{name}.mp4", "--out", out, "--model", landmarker), *fragments)
        assert not out.exists()
    result = call("track", tmp_path / "blink.mp4", "--out", out, "--model", landmarker, "--json")
    assert result.returncode == 0, result.stderr
    assert 8 <= json.loads(result.stdout)["bridged"] <= 14


def test_missing_and_wrong_model(tmp_path, shared_dir, landmarker):
    video, nowhere = (
        shared_dir / "data/driving/d19.mp4",
        {"THERMVISION_CACHE": str(tmp_path), "THERMVISION_FACE_LANDMARKER": ""},
    )
    refused(
        call("track", video, "--out", tmp_path / "m.npz", **nowhere),
        "missing",
        "thermvision weights fetch face-landmarker",
    )
    wrong = tmp_path / "face_landmarker.task"
    wrong.write_bytes(landmarker.read_bytes()[:-10])
    refused(call("track", video, "--out", tmp_path / "m.npz", "--model", wrong), "SHA-256", "fetch")
    refused(
        call("track", video, "--out", tmp_path / "m.npz", **nowhere), "SHA-256"
    )  # the damaged one lies in the cache


def test_tracking_a_real_video(tmp_path, shared_dir, landmarker):
    result = call(
        "track", shared_dir / "data/driving/d3.mp4", "--out", tmp_path / "d3.npz", "--model", landmarker, "--json"
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["frames"] == 354 and json.loads(result.stdout)["bridged"] == 0
    assert result.stderr == ""
