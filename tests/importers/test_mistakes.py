"""What users and their files get wrong: one sentence, or left out, counted and named."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest
from importers.trees import TREES, as_folder, as_zip, encoded, picture, yolo
from PIL import Image

from thermvision.cli import main
from thermvision.dataset.read import clip_folders, read_rows


def refused(run, *arguments, says):
    code, answer, error = run(*arguments)
    assert code == 2 and error.count("\n") == 0 and answer["error"] in error
    for fragment in says:
        assert fragment in error, error


@pytest.mark.parametrize(("given", "asked"), [("carl", "eurecom"), ("tufts", "carl"), ("sf-tl54", "charlotte"), ("charlotte", "tfw"), ("tfw", "sf-tl54"),
                                              ("yolo", "thermvision-db"), ("thermvision-db", "tufts"), ("folders", "carl")])  # fmt: skip
def test_the_wrong_format_is_answered_with_the_right_one(run, tmp_path, given, asked):
    source = as_folder(TREES[given](), tmp_path / "source")
    refused(run, asked, source, "--out", tmp_path / "out", says=[f"format {asked}", f"looks like {given}"])
    assert not (tmp_path / "out").exists()


def test_arguments(run, tmp_path):
    source = as_folder(yolo(), tmp_path / "source")
    out = ("--out", tmp_path / "out")
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").write_text("x")
    (tmp_path / "bad.csv").write_text("subject,gender\nP0,unknown\n")
    for arguments, says in [
        (["sftl54", source, *out], ["'sftl54'", "sf-tl54"]),
        (["yolo", tmp_path / "nowhere", *out], ["nowhere", "does not exist"]),
        (["yolo", tmp_path / "empty", *out], ["is empty"]),
        (["yolo", tmp_path / "text.txt", *out], ["no zip"]),
        (["yolo", source], ["out", "missing"]),
        (["yolo", source, *out, "--span", 40, 20], ["span is 40 to 20"]),
        (["yolo", source, *out, "--polarity", "hot"], ["--polarity", "white-hot"]),
        (["yolo", source, *out, "--classes", "a=b"], ["--classes", "a=b"]),
        (["yolo", source, *out, "--subject-pattern", "P(\\d"], ["regular expression"]),
        (["yolo", source, *out, "--subject-pattern", "P\\d"], ["has no group"]),
        (["yolo", source, *out, "--subjects-csv", tmp_path / "bad.csv"], ["'unknown'", "female or male"]),
        (["yolo", source, *out, "--subjects-csv", tmp_path / "none.csv"], ["none.csv", "does not exist"]),
        (["yolo", source, *out, "--limit", 0], ["--limit", "1 or more"]),
        (["yolo", source, "--out", source], ["not empty"]),
        (["yolo", source, "--out", tmp_path / "text.txt"], ["is a file"]),
    ]:
        refused(run, *arguments, says=says)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(run, tmp_path):
    source = as_folder(yolo(), tmp_path / "source")
    (tmp_path / "locked").mkdir(mode=0o500)
    refused(run, "yolo", source, "--out", tmp_path / "locked" / "out", says=["cannot be written"])


def test_corrupt_files_among_good_ones_are_named_and_left_out(run, tmp_path):
    files = yolo()
    for number in range(3, 40):
        files[f"images/train/P{number}.png"] = encoded(picture(number))
    good = files["images/train/P0_train.png"]
    bad = {
        "images/train/torn.png": good[: len(good) // 2], "images/train/text.png": b"no picture", "images/train/nothing.png": b"",
        "images/train/dot.png": encoded(np.zeros((1, 1), np.uint8)), "images/train/photo.png": encoded(_photo()),
        "images/train/raw.png": encoded(np.full((48, 64), 9000, np.uint16)), "images/train/cmyk.tif": _cmyk(),
        "images/train/huge.png": _declared_huge(),
    }  # fmt: skip
    files |= bad
    files["labels/train/P3.txt"] = b"0 0.5 nonsense\n0 1.4 1.4 0.2 0.2\n"
    code, answer, _ = run("yolo", as_folder(files, tmp_path / "source"), "--out", tmp_path / "out")
    assert code == 0 and answer["frames"] == 43 and {name for name, _ in answer["skipped"]} == set(bad)
    assert sorted(map(tuple, json.loads((tmp_path / "out/dataset.json").read_text())["imported"]["skipped"])) == sorted(
        map(tuple, answer["skipped"])
    )
    (odd,) = [
        row
        for clip in clip_folders(tmp_path / "out")
        for row in read_rows(clip, ["source_file", "faces"])
        if row["source_file"].endswith("P3.png")
    ]
    assert odd["faces"] is None and sum("no label" in what for what in answer["odd"]) == 1


def test_when_nothing_can_be_read_it_says_why(run, tmp_path):
    files = {name: b"torn" if name.endswith(".png") else data for name, data in yolo().items()}
    refused(
        run,
        "yolo",
        as_folder(files, tmp_path / "source"),
        "--out",
        tmp_path / "out",
        says=["none of the 6", "cannot be read as an image"],
    )


def test_eight_bits_are_no_charlotte(run, tmp_path):
    files = {
        name: encoded(picture(), "TIFF") if name.endswith(".tiff") else data
        for name, data in TREES["charlotte"]().items()
    }
    refused(run, "charlotte", as_folder(files, tmp_path / "source"), "--out", tmp_path / "out", says=["8 bits"])


@pytest.mark.parametrize("name", ["../escape.png", "/absolute.png", "a/../../b.png", "C:/x.png"])
def test_a_zip_that_leads_out_of_itself_is_refused(run, tmp_path, name):
    packed = as_zip({**yolo(), name: encoded(picture())}, tmp_path / "set.zip")
    refused(run, "yolo", packed, "--out", tmp_path / "out", says=["leads out of it"])
    assert not (tmp_path / "escape.png").exists()


def test_a_zip_bomb_is_not_unpacked(run, tmp_path, monkeypatch):
    from thermvision.dataset.importers import source as module

    monkeypatch.setattr(module, "MAX_FILE_BYTES", 1 << 20)
    packed = as_zip({**yolo(), "images/train/bomb.png": b"\0" * (8 << 20)}, tmp_path / "set.zip")
    code, answer, _ = run("yolo", packed, "--out", tmp_path / "out")
    assert code == 0 and [name for name, _ in answer["skipped"]] == ["images/train/bomb.png"]
    lying = bytearray(packed.read_bytes())  # the head promises 100 bytes
    for signature, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = lying.rfind(
            signature, 0, lying.rfind(b"bomb.png") if signature == b"PK\x01\x02" else lying.find(b"bomb.png")
        )
        lying[place + at : place + at + 4] = (100).to_bytes(4, "little")
    (tmp_path / "lying.zip").write_bytes(lying)
    code, answer, _ = run("yolo", tmp_path / "lying.zip", "--out", tmp_path / "out2")
    assert code == 0 and [name for name, _ in answer["skipped"]] == ["images/train/bomb.png"]


def test_damaged_zips(run, tmp_path):
    (tmp_path / "set.zip").write_bytes(b"PK\x03\x04 torn")
    refused(run, "yolo", tmp_path / "set.zip", "--out", tmp_path / "out", says=["no zip file that can be read"])
    packed = bytearray(as_zip(yolo(), tmp_path / "half.zip").read_bytes())
    with zipfile.ZipFile(tmp_path / "half.zip") as inside:
        at = inside.getinfo("images/train/P1_train.png").header_offset
    packed[at + 90 : at + 200] = b"\xff" * 110
    (tmp_path / "half.zip").write_bytes(packed)
    code, answer, _ = run("yolo", tmp_path / "half.zip", "--out", tmp_path / "out")
    assert code == 0 and [name for name, _ in answer["skipped"]] == ["images/train/P1_train.png"]


def test_a_folder_of_zips_is_one_source(run, tmp_path):
    files = TREES["thermvision-db"]()
    for sex in ("Female", "Male"):
        (tmp_path / "source").mkdir(exist_ok=True)
        as_zip(
            {name: data for name, data in files.items() if name.startswith(sex)},
            tmp_path / "source" / f"{sex} Subjects.zip",
        )
    code, answer, _ = run("thermvision-db", tmp_path / "source", "--out", tmp_path / "out")
    assert code == 0 and (answer["clips"], answer["frames"]) == (4, 16)


def test_zips_without_the_folder_that_names_them(run, tmp_path):
    """Tufts' zip files hold the participants' folders only; together or one alone, their own names say the rest."""
    files = TREES["tufts"]()
    (tmp_path / "source").mkdir()
    for part in ("TD_IR_A_Set1", "TD_IR_E_Set1", "TD_IR_A_Set2", "TD_IR_E_Set2"):
        inside = {name.removeprefix(f"{part}/"): data for name, data in files.items() if name.startswith(part)}
        as_zip(inside, tmp_path / "source" / f"{part}.zip")
    (tmp_path / "source" / "bounding-boxes.csv").write_bytes(files["bounding-boxes.csv"])
    code, answer, _ = run("tufts", tmp_path / "source", "--out", tmp_path / "out")
    assert code == 0 and (answer["frames"], answer["labelled_frames"], answer["subjects"]) == (42, 41, 3)
    alone = tmp_path / "source" / "TD_IR_E_Set1.zip"
    code, answer, _ = run(
        "tufts", alone, "--out", tmp_path / "one", "--labels", tmp_path / "source" / "bounding-boxes.csv"
    )
    assert code == 0 and (answer["frames"], answer["labelled_frames"]) == (10, 10)


def test_a_part_of_a_set_may_be_given(run, tmp_path):
    source = as_folder(TREES["thermvision-db"](), tmp_path / "source")
    code, answer, _ = run("thermvision-db", source / "Male Subjects", "--out", tmp_path / "out")
    assert code == 0 and (answer["clips"], answer["subjects"]) == (2, 1)
    tfw = as_folder(TREES["tfw"](), tmp_path / "tfw")
    code, answer, _ = run("tfw", tfw / "TFW" / "val", "--out", tmp_path / "out2")
    assert code == 0 and answer["frames"] == 5


def test_links_are_followed_once(run, tmp_path):
    real = as_folder(yolo(), tmp_path / "elsewhere")
    (tmp_path / "source").mkdir()
    for name in ("images", "labels", "data.yaml"):
        (tmp_path / "source" / name).symlink_to(real / name)
    (tmp_path / "source" / "round").symlink_to(tmp_path / "source")
    (tmp_path / "source" / "images" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    code, answer, _ = run("yolo", tmp_path / "source", "--out", tmp_path / "out")
    assert code == 0 and answer["frames"] == 6


def test_xml_with_entities_is_not_expanded(run, tmp_path):
    files = TREES["carl"]()
    files["Carl_annotations/bomb.xml"] = (
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><dataset><images/></dataset>'
    )
    code, answer, _ = run("carl", as_folder(files, tmp_path / "source"), "--out", tmp_path / "out")
    assert code == 0 and any("entities" in why for _, why in answer["skipped"])


def test_a_second_run_goes_on_and_other_settings_are_refused(run, tmp_path):
    source = as_folder(TREES["carl"](), tmp_path / "source")
    out = ("--out", tmp_path / "out")
    assert run("carl", source, *out)[1]["new_frames"] == 6
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert run("carl", source, *out)[1]["new_frames"] == 0
    (tmp_path / "out/clips/carl_20_S1/preview.mp4").unlink()
    code, answer, _ = run("carl", source, *out)
    assert (code, answer["new_frames"], answer["frames"]) == (0, 3, 6) and len(answer["skipped"]) == 2
    assert before == {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    refused(
        run, "carl", source, *out, "--polarity", "black-hot", says=["other settings", "polarity auto (now black-hot)"]
    )
    (source / "20/session_1/thermal_bmp/20S1BAR1.bmp").unlink()
    refused(run, "carl", source, *out, says=["other settings: source"])


def test_stopped_in_the_middle_it_goes_on(tmp_path):
    files = {
        f"images/{split}/{n}.png": encoded(picture(n, 160, 120))
        for split in ("train", "val", "test")
        for n in range(100)
    }
    source = as_folder({**files, "labels/train/0.txt": b"0 0.5 0.5 0.2 0.2"}, tmp_path / "source")
    command = [sys.executable, "-m", "thermvision.cli", "import", "yolo", str(source), "--out", str(tmp_path / "out")]
    going = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
    until = time.monotonic() + 60
    while (
        not list((tmp_path / "out").glob("clips/[!.]*/clip.json")) and going.poll() is None and time.monotonic() < until
    ):
        time.sleep(0.01)
    going.send_signal(signal.SIGINT)
    said = going.communicate(timeout=60)[1]
    assert going.returncode == 2 and "goes on from there" in said
    kept = len(list((tmp_path / "out").glob("clips/[!.]*")))
    assert 1 <= kept < 3 and not list((tmp_path / "out").glob("clips/.tmp-*"))
    assert main(command[3:]) == 0
    assert sum(1 for clip in clip_folders(tmp_path / "out") for _ in read_rows(clip, ["frame"])) == 300


def test_dry_run_and_limit(run, tmp_path):
    source = as_folder(TREES["tufts"](), tmp_path / "source")
    code, answer, _ = run("tufts", source, "--out", tmp_path / "out", "--dry-run")
    assert code == 0 and (len(answer["clips"]), answer["frames"], answer["subjects"]) == (6, 42, 3)
    assert not (tmp_path / "out").exists()
    code, answer, _ = run("tufts", source, "--out", tmp_path / "out", "--limit", 8)
    assert code == 0 and (answer["clips"], answer["frames"]) == (6, 8)


def _photo() -> np.ndarray:
    """Colours of a face in visible light: no palette has skin, green and blue at once."""
    y, x = np.mgrid[:48, :64]
    photo = np.stack([120 + x, 60 + 2 * y, 160 - 2 * x], axis=2)
    photo[10:40, 20:44] = (215, 160, 130)
    return photo.clip(0, 255).astype(np.uint8)


def _cmyk() -> bytes:
    import io

    target = io.BytesIO()
    Image.new("CMYK", (64, 48)).save(target, "TIFF")
    return target.getvalue()


def _declared_huge() -> bytes:
    data = bytearray(encoded(picture()))
    data[16:24] = (60000).to_bytes(4, "big") * 2
    return bytes(data)
