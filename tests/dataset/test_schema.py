"""The files of a data set as other people's tools read them, and the split."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermvision.config import make_config
from thermvision.dataset.read import clip_folders, read_rows, temperature_k
from thermvision.dataset.schema import columns
from thermvision.dataset.split import split_subjects
from thermvision.pipeline import build
from thermvision.types import InputError


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    out = tmp_path_factory.mktemp("dataset") / "set"
    build(
        make_config(
            {"out": out, "subjects": 2, "motions": ["expression"], "frames": 70, "size": 128, "workers": 1}, "test"
        )
    )
    return out


def test_columns_begin_as_agreed():
    names = [column.name for column in columns(("a",))]
    assert names[:10] == [
        "image", "subject", "session", "motion", "frame", "time_s", "gender", "bbox_xyxy_px", "landmarks_68_px", "landmarks_68_visible",
    ]  # fmt: skip
    assert all(column.meaning for column in columns(("a",)))


def test_hugging_face_datasets_opens_it_offline(dataset, monkeypatch, tmp_path):
    """load_dataset("parquet"): images decode to 16 bits, pixel * 0.01 is kelvin."""
    datasets = pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    files = [str(path) for path in sorted(dataset.glob("clips/*/frames.parquet"))]
    data = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path))
    assert len(data) == 140
    row = data[3]
    kelvin = np.asarray(row["image"]) * 0.01
    assert kelvin.shape == (128, 128) and 285 < kelvin.min() < 302 and 305 < kelvin.max() < 312
    assert np.asarray(row["landmarks_68_px"]).shape == (68, 2)
    assert set(np.unique(np.asarray(row["face_mask"]))) == {0, 255}
    ours = temperature_k(list(read_rows(clip_folders(dataset)[0]))[3])
    assert ours == pytest.approx(kelvin)


def test_rows_hold_what_they_say(dataset):
    for clip in clip_folders(dataset):
        marker = json.loads((clip / "clip.json").read_text())
        rows = list(read_rows(clip))
        assert [row["frame"] for row in rows] == list(range(70))
        for row in rows[::23]:
            x0, y0, x1, y1 = row["bbox_xyxy_px"]
            assert 0 <= x0 < x1 <= 128 and 0 <= y0 < y1 <= 128
            inner = np.array(row["landmarks_68_px"])[17:]
            assert (inner[:, 0] >= x0 - 1e-3).all() and (inner[:, 1] <= y1 + 1e-3).all()
            assert row["gender"] == marker["subject"]["gender"] and row["split"] == "train"
            assert row["region_temperature_k"]["inner_canthus_max"] > 306
            assert row["temperature_source"] == "physics" and row["label_source"] == "geometry"
        assert len({row["expression"] for row in rows}) > 3


def test_the_face_is_warm_and_the_wall_is_not(dataset):
    import io

    from PIL import Image

    from thermvision.thermal.png16 import decode_centikelvin  # noqa: F401  (the mask is read the same way by Pillow)

    row = next(read_rows(clip_folders(dataset)[0]))
    mask = np.asarray(Image.open(io.BytesIO(row["face_mask"]["bytes"]))) > 0
    kelvin = temperature_k(row)
    assert 0.05 < mask.mean() < 0.5
    assert np.median(kelvin[mask]) > np.percentile(kelvin[~mask], 60) + 3


def test_compression_keeps_row_groups_small(dataset):
    with pq.ParquetFile(clip_folders(dataset)[0] / "frames.parquet") as file:
        assert file.metadata.num_row_groups == 2


def test_pictures_and_card_are_there(dataset):
    card = (dataset / "README.md").read_text()
    assert card.startswith("---\n") and "license: cc0-1.0" in card and "`landmarks_478_px`" in card
    index = json.loads((dataset / "dataset.json").read_text())
    assert (index["clips"], index["frames"], index["split"]["train"]) == (2, 140, ["F001", "M001"])
    assert (dataset / "contact_sheet.png").stat().st_size > 20_000


def test_a_folder_without_clips_says_how_to_make_some(tmp_path):
    with pytest.raises(InputError, match="thermvision build"):
        clip_folders(tmp_path)


@given(st.integers(0, 99), st.integers(0, 60), st.integers(0, 60))
def test_the_split_is_disjoint_complete_and_balanced(seed, women, men):
    ids = {"female": [f"F{i:03d}" for i in range(women)], "male": [f"M{i:03d}" for i in range(men)]}
    split = split_subjects(seed, ids)
    assert set(split) == {*ids["female"], *ids["male"]}
    for members in ids.values():
        for part in ("validation", "test"):
            share = sum(split[one] == part for one in members)
            assert share == (max(1, round(len(members) / 10)) if len(members) >= 3 else 0)


def test_the_split_depends_on_the_seed():
    ids = {"female": [f"F{i:03d}" for i in range(30)]}
    assert split_subjects(0, ids) != split_subjects(1, ids)
