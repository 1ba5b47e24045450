"""Each published layout, imported by the command from a miniature tree and read back by our reader."""

import json
import math

import numpy as np
import pytest
from importers.trees import TREES, as_folder, as_zip, centikelvin, grey_rgb, picture

from thermvision.dataset.read import clip_folders, read_rows, temperature_k

NEVER_KNOWN = ("arkit", "gaze_deg", "region_temperature_k", "yaw_deg", "pitch_deg", "roll_deg", "core_temperature_c", "face_mask",
               "visible_share", "expression_intensity", "hair_style", "background", "camera", "landmarks_68_px", "landmarks_478_px")  # fmt: skip


def grey_of(row, low_c=20.0, high_c=38.0):
    return np.rint(255 * (temperature_k(row) - 273.15 - low_c) / (high_c - low_c))


@pytest.mark.parametrize("name", TREES)
def test_what_no_source_says_is_null(imported, name):
    rows = imported(name).rows.values()
    assert rows and all(row[column] is None for row in rows for column in NEVER_KNOWN)
    assert {row["temperature_source"] for row in rows} == {"measured" if name == "charlotte" else "assumed"}
    assert all(
        row["label_source"] == ("detector" if name == "thermvision-db" else "annotated")
        for row in rows
        if row["faces"] is not None
    )
    assert all(
        (imported(name).out / "clips" / clip / "preview.mp4").stat().st_size > 500
        for clip in imported(name).index["clip_names"]
    )


def test_sf_tl54(imported):
    made = imported("sf-tl54")
    row = made.row("gray/train/images/1_1_1_5_71_1.png")
    assert (row["subject"], row["gender"], row["session"], row["split"]) == ("speakingfaces_001", "male", "T1", "train")
    assert row["bbox_xyxy_px"] == [20, 12, 44, 44] and (row["glasses"], row["headwear"]) == ("glasses", "")
    points = np.array(row["landmarks_54_px"])
    assert points == pytest.approx(np.array([[20 + i / 3, 12 + i / 2] for i in range(54)]), abs=1e-4)
    assert row["landmarks_54_visible"] is None and len(row["faces"]) == 1
    assert (grey_of(row) == grey_rgb(2)[..., 0]).all()  # nothing is lost of the 8 bits
    other = made.row("101_1_1_5_71_1.png")
    assert (other["glasses"], other["headwear"], other["split"], other["gender"]) == (
        "glasses",
        "hat",
        "validation",
        "female",
    )
    assert made.row("121_1_1_5_71_1.png")["headwear"] == "veil"
    unlabelled = made.row("121_2_1_5_72_1.png")
    assert unlabelled["faces"] is None and unlabelled["bbox_xyxy_px"] is None
    assert not any("iron" in name for name in made.rows)
    assert made.index["split"] == {
        "train": ["speakingfaces_001"],
        "validation": ["speakingfaces_101"],
        "test": ["speakingfaces_121"],
    }
    assert json.loads(row["source_facts"])["position"] == "5"


def test_tfw(imported):
    made = imported("tfw")
    several = made.row("train/outdoor_gray/3312.png")
    boxes = [face["bbox_xyxy_px"] for face in several["faces"]]
    assert boxes == [[20, 12, 44, 44], [2, 3, 10, 14]] and several["bbox_xyxy_px"] == boxes[0]  # the largest first
    assert several["subject"] is None and several["gender"] is None
    assert (
        several["landmarks_5_px"]
        == several["faces"][0]["landmarks_5_px"]
        == [[27, 22], [37, 22], [32, 28], [28, 35], [36, 35]]
    )
    person = made.row("train/indoor_gray/103_1_1_4_451_1.png")
    assert person["subject"] == "speakingfaces_103" and person["bbox_xyxy_px"] == [50, 12, 64, 44]  # cut to 64 px
    assert made.row("train/outdoor_gray/4076.png")["faces"] is None  # its box lies outside
    assert made.row("train/outdoor_gray/9.png")["faces"] is None
    odd = made.index["imported"]["odd"]
    assert [odd[key] for key in odd] and sum("cut" in key and odd[key] == 3 for key in odd) == 1
    assert ["val/outdoor/5000.png", "has labels and no image"] in made.index["imported"]["skipped"]


def test_tufts(imported, run, tmp_path):
    made = imported("tufts")
    row = made.row("TD_IR_E_Set1/2/TD_IR_E_5.jpg")
    assert (row["subject"], row["gender"], row["glasses"], row["expression"]) == ("tufts_002", None, "sunglasses", None)
    assert row["bbox_xyxy_px"] == [20, 12, 44, 44]
    assert [made.row(f"Set1/1/TD_IR_E_{i}.jpg")["expression"] for i in (1, 2, 3, 4)] == [
        "neutral",
        "happy",
        None,
        "surprised",
    ]
    assert made.row("TD_IR_A_Set2/30/TD_IR_A_9.jpg")["faces"] is None
    files = TREES["tufts"]()
    boxes = tmp_path / "elsewhere.csv"
    boxes.write_bytes(files.pop("bounding-boxes.csv"))
    genders = tmp_path / "people.csv"
    genders.write_text("Participant;Sex\n1;F\n002;Male\n")
    code, answer, _ = run(
        "tufts",
        as_folder(files, tmp_path / "source"),
        "--out",
        tmp_path / "out",
        "--labels",
        boxes,
        "--subjects-csv",
        genders,
    )
    assert code == 0 and answer["labelled_frames"] == 41
    found = {
        row["subject"]: row["gender"]
        for clip in clip_folders(tmp_path / "out")
        for row in read_rows(clip, ["subject", "gender"])
    }
    assert found == {"tufts_001": "female", "tufts_002": "male", "tufts_030": None}


def test_carl(imported):
    made = imported("carl")
    row = made.row("20S4BIR1.bmp")
    assert (row["subject"], row["session"]) == ("carl_20", "S4")
    assert row["bbox_xyxy_px"] == [50, 20, 110, 110]  # labels were drawn at twice the size
    assert np.array(row["landmarks_6_px"])[0] == pytest.approx([61, 52]) and len(row["faces"]) == 1
    assert made.row("20S1BNA1.bmp")["faces"] is None
    assert len(made.rows) == 6 and not any("classic" in name or "opy" in name for name in made.rows)
    assert (
        len(made.index["imported"]["skipped"]) == 2
        and sum("double" in key for key in made.index["imported"]["odd"]) == 1
    )


def test_charlotte_holds_kelvin(imported):
    made = imported("charlotte")
    row = made.row("R11185.tiff")
    assert (row["subject"], row["room_temperature_c"], row["bbox_xyxy_px"]) == (
        "charlotte_S01",
        pytest.approx(20.9),
        None,
    )
    assert temperature_k(row) == pytest.approx(centikelvin(85) * 0.01, abs=1e-3)
    assert np.array(row["landmarks_72_px"]).shape == (72, 2) and row["landmarks_43_px"] is None
    assert json.loads(row["source_facts"]) == {"Sensation": -1.0, "Air Temperature": 20.9, "RH": 45.0, "Distance": 1.0}
    profile = made.row("R11186.tiff")
    assert profile["landmarks_72_px"] is None and np.array(profile["landmarks_43_px"]).shape == (43, 2)
    broken, without = made.row("R11187.tiff"), made.row("R11188.tiff")
    assert broken["landmarks_72_px"] is None and len(broken["faces"]) == 1 and without["faces"] is None
    assert made.row("R20001.tiff")["subject"] == "charlotte_S10" and not any("N1" in name for name in made.rows)
    assert made.index["imported"]["temperature_sources"] == {"measured": 5}


def test_eurecom(imported, run, tmp_path):
    made = imported("eurecom")
    row = made.row("TH_050_1_02_EH.bmp")
    assert (row["subject"], row["expression"], row["faces"]) == ("eurecom_050", "happy", None)
    assert made.row("TH_001_1_06_AEC.bmp")["expression"] is None and len(made.rows) == 8
    from importers.trees import dlib

    labels = as_zip({"x/001.xml": dlib({"001/TH/TH_001_1_01_NN.bmp": [(37.5, 10.5, 87, 96)]})}, tmp_path / "labels.zip")
    source = as_folder(TREES["eurecom"](), tmp_path / "source")
    assert run("eurecom", source, "--out", tmp_path / "out", "--labels", labels)[0] == 0
    (labelled,) = [row for clip in clip_folders(tmp_path / "out") for row in read_rows(clip) if row["faces"]]
    assert labelled["bbox_xyxy_px"] == [37.5, 10.5, 124.5, 106.5] and len(labelled["landmarks_6_px"]) == 6


def test_thermvision_db_in_all_its_spellings(imported):
    made = imported("thermvision-db")
    assert made.index["clip_names"] == [
        "thermvision-db_F01_headpose", "thermvision-db_F01_expression", "thermvision-db_M05_headpose", "thermvision-db_M05_expression_2",
    ]  # fmt: skip
    rows = list(read_rows(made.out / "clips" / "thermvision-db_M05_headpose"))
    assert [row["time_s"] for row in rows] == pytest.approx([0, 1 / 30, 2 / 30, 3 / 30])
    assert [None if row["faces"] is None else len(row["faces"]) for row in rows] == [1, 1, 2, None]
    assert rows[0]["bbox_xyxy_px"] == pytest.approx([20, 12, 44, 44], abs=0.01)
    assert {row["gender"] for row in rows} == {"male"} and {row["motion"] for row in rows} == {"headpose"}
    assert np.abs(grey_of(rows[0]) - grey_rgb(0)[..., 0]).max() <= 1  # the tint is averaged away


def test_thermvision_db_from_films(run, tmp_path):
    from thermvision.dataset.preview import PreviewWriter

    folder = tmp_path / "source/Female Subjects/Set 1 Cropped Headpose Variations/Subject-2"
    (folder / "Thermal Animations").mkdir(parents=True)
    with PreviewWriter(folder / "Thermal Animations" / "subject21.mp4", 64, 48, 30.0) as film:
        for number in range(5):
            film.write(picture(number))
    labels = folder / "Thermal Face Detection/labels"
    labels.mkdir(parents=True)
    (labels / "frame_0003.txt").write_text("0 0.5 0.58333 0.375 0.66667\n")
    code, answer, _ = run("thermvision-db", tmp_path / "source", "--out", tmp_path / "out")
    assert code == 0 and answer["frames"] == 5 and answer["labelled_frames"] == 1
    rows = list(read_rows(clip_folders(tmp_path / "out")[0]))
    assert rows[3]["bbox_xyxy_px"] is not None and np.abs(grey_of(rows[3]) - picture(3)).mean() < 4


def test_yolo(imported):
    made = imported("yolo")
    row = made.row("P0_train.png")
    assert row["bbox_xyxy_px"] == pytest.approx([20, 12, 44, 44], abs=0.01) and row["split"] == "train"
    assert made.row("P1_val.png")["faces"] == [] and made.row("P1_val.png")["split"] == "validation"
    assert made.row("P2_train.png")["faces"] is None


@pytest.mark.parametrize(
    ("names", "kept"),
    [("[face]", 1), ("[person, face]", 0), ("{0: face, 1: car}", 1), ("[person, car]", 1), ("[male, face]", 1)],
)
def test_only_faces_of_several_classes_are_taken(run, tmp_path, names, kept):
    files = TREES["yolo"]() | {"data.yaml": f"names: {names}".encode()}
    assert run("yolo", as_folder(files, tmp_path / "source"), "--out", tmp_path / "out")[0] == 0
    rows = [
        row
        for clip in clip_folders(tmp_path / "out")
        for row in read_rows(clip)
        if row["source_file"].endswith("P0_train.png")
    ]
    assert len(rows[0]["faces"]) == kept and rows[0]["gender"] == ("male" if "male" in names else None)


@pytest.mark.parametrize(
    ("points", "column", "foreign"),
    [(5, "landmarks_5_px", False), (68, "landmarks_68_px", False), (6, "landmarks_6_px", True)],
)
def test_yolo_pose(run, tmp_path, points, column, foreign):
    code, _, _ = run("yolo", as_folder(TREES["yolo"](points), tmp_path / "source"), "--out", tmp_path / "out")
    rows = [row for clip in clip_folders(tmp_path / "out") for row in read_rows(clip) if row["faces"]]
    assert code == 0 and np.array(rows[0][column])[1] == pytest.approx([64 * 0.32, 48 * (0.4 + 1 / 60)], abs=0.01)
    assert ("landmarks_6_px" in rows[0]) == foreign


def test_coco(imported):
    made = imported("coco")
    row = made.row("a.jpg")
    assert [face["bbox_xyxy_px"] for face in row["faces"]] == [[20, 12, 44, 44], [2, 3, 10, 14]]  # not the car
    points = row["landmarks_6_px"]
    assert points[0] == [24, 20] and math.isnan(points[2][0]) and row["landmarks_6_visible"] == [True, False, False] * 2
    assert made.row("b.jpg")["faces"] is None  # a crowd: faces are there, no box for each
    assert made.row("c.jpg")["faces"] is None and row["split"] == "train"
    assert ["d.jpg", "is listed and not there"] in made.index["imported"]["skipped"]


def test_folders(imported, run, tmp_path):
    made = imported("folders")
    row = made.row("test/male/S2_1.jpg")
    assert (row["gender"], row["split"], row["subject"], row["faces"], row["label_source"]) == (
        "male",
        "test",
        None,
        None,
        "annotated",
    )
    files = {name.replace("female", "0").replace("male", "1"): data for name, data in TREES["folders"]().items()}
    source = as_folder(files, tmp_path / "source")
    code, answer, error = run("folders", source, "--out", tmp_path / "out")
    assert code == 2 and "--classes" in error
    code, answer, _ = run(
        "folders",
        source,
        "--out",
        tmp_path / "out",
        "--classes",
        "0=female",
        "1=male",
        "--subject-pattern",
        r"/S(\d+)_",
    )
    assert code == 0 and answer["subjects"] == 2 and "not disjoint" in answer["notes"][0]
    assert {(row["subject"], row["gender"]) for clip in clip_folders(tmp_path / "out") for row in read_rows(clip)} == {
        ("folders_1", "female"),
        ("folders_2", "male"),
    }


@pytest.mark.parametrize("name", ["sf-tl54", "carl", "charlotte", "thermvision-db", "coco"])
def test_a_zip_gives_what_its_folder_gives(imported, run, tmp_path, name):
    packed = as_zip({f"set/{file}": data for file, data in TREES[name]().items()}, tmp_path / "set.zip")
    assert run(name, packed, "--out", tmp_path / "out")[0] == 0
    assert (tmp_path / "out" / "clips").is_dir() and not (tmp_path / "set").exists()
    for clip in clip_folders(imported(name).out):
        ours, theirs = (list(read_rows(folder)) for folder in (clip, tmp_path / "out" / "clips" / clip.name))
        for row in theirs:
            row["source_file"] = row["source_file"].removeprefix("set/")
        assert repr(ours) == repr(theirs)


def test_hugging_face_datasets_reads_an_imported_set(imported, monkeypatch, tmp_path):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    files = [str(path) for path in sorted(imported("tfw").out.glob("clips/*/frames.parquet"))]
    data = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path))
    rows = {row["source_file"]: row for row in data}
    row = rows["TFW/train/outdoor_gray/3312.png"]
    assert (
        np.asarray(row["image"]).shape == (48, 64)
        and len(row["faces"]) == 2
        and row["arkit"] is None
        and row["face_mask"] is None
    )
    assert np.asarray(row["landmarks_5_px"]).shape == (5, 2) and rows["TFW/train/outdoor_gray/9.png"]["faces"] is None
