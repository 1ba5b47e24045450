"""Class-per-folder trees as a source: genders from folders, people only where something says them, and the leak told."""

import io

import numpy as np
import pytest
from PIL import Image

from thermvision.tasks.training.class_folders import class_tree, is_class_tree
from thermvision.tasks.training.files.read import read_sets
from thermvision.tasks.training.files.shelf import Shelf
from thermvision.thermal.palettes import colour
from thermvision.types import InputError


def picture(number):
    y, x = np.mgrid[:64, :48]
    inside = ((x - 24) / 15) ** 2 + ((y - 32) / 21) ** 2 < 1
    noise = np.random.default_rng(number).normal(0, 3, (64, 48))
    return np.clip(np.where(inside, 190 + number % 20, 60) + noise, 0, 255).astype(np.uint8)


def write(root, files):
    for name, pixels in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(pixels, bytes):
            path.write_bytes(pixels)
        else:
            held = io.BytesIO()
            Image.fromarray(pixels).save(held, "PNG")
            path.write_bytes(held.getvalue())
    return root


def published(root, parts=("train", "test"), people=4, each=3):
    """ROOT/{train,test}/{female,male}/Subject-N_frame.png, women and men both counted from 1."""
    return write(
        root,
        {
            f"{part}/{kind}/Subject-{10 * p + who}_{frame:04d}.png": picture(100 * who + frame)
            for p, part in enumerate(parts) for kind in ("female", "male") for who in range(1, people + 1) for frame in range(each)
        },
    )  # fmt: skip


def read(root, settings, **changed):
    shelf = Shelf()
    config = settings("gender", every=1, **changed).model_copy(update={"data": (str(root),)})
    return read_sets([root], config.filled(), shelf)


def test_published_tree_without_people_is_read_and_its_leak_told(tmp_path, settings):
    source = read(published(tmp_path / "faces"), settings)
    assert any("image-level split: leak" in note and "24 images" not in note for note in source.notes), source.notes
    assert source.people == {"train": [], "validation": []}
    assert source.male_share == pytest.approx(0.5, abs=0.1)
    samples = source.draws.draw(0, 40, np.random.default_rng(0))
    assert {float(one.male[0]) for one in samples} == {0.0, 1.0}
    for one in samples:
        assert not one.radiometric and one.picture.min() >= 0 and one.picture.max() <= 1
        assert one.picture.shape == (64, 48) and np.isnan(one.landmarks_68_px).all()
    source.close()


def test_pattern_tells_people_of_each_class_apart(tmp_path, settings):
    source = read(published(tmp_path / "faces"), settings, subject_pattern=r"(Subject-\d+)_")
    assert not any("leak" in note for note in source.notes)
    names = set(source.people["train"]) | set(source.people["validation"])
    assert names == {
        f"faces/{kind}-Subject-{who}" for kind in ("female", "male") for who in range(1, 5)
    }  # none of the test part
    assert not set(source.people["train"]) & set(source.people["validation"])
    source.close()


def test_table_tells_people(tmp_path, settings):
    root = published(tmp_path / "faces", parts=("train",), people=3)
    rows = [f"{path.name},{path.name.split('_')[0]}" for path in sorted(root.rglob("*.png"))]
    table = tmp_path / "people.csv"
    table.write_text("file,subject\n" + "\n".join(rows) + "\n")
    source = read(root, settings, subjects_csv=table)
    assert len(source.people["train"]) == 4 and len(source.people["validation"]) == 2
    assert not any("leak" in note for note in source.notes)
    source.close()


def test_kelvin_palettes_and_damage(tmp_path, settings):
    root = published(tmp_path / "faces", parts=("train",), people=2)
    kelvin = np.where(picture(1) > 120, 30715, 29615).astype(np.uint16)
    write(root, {"train/male/Subject-9_0.png": kelvin, "train/female/Subject-9_0.png": colour(picture(2), "iron"), "train/male/broken.png": b"nothing"})  # fmt: skip
    source = read(root, settings)
    assert [name for name, _ in source.skipped] == ["train/male/broken.png"]
    samples = source.draws.draw(0, 300, np.random.default_rng(1)) + source.validation
    warm = [one for one in samples if one.radiometric]
    assert warm and all(one.picture.min() > 295 and one.picture.max() < 308 for one in warm)
    source.close()


def test_other_words_need_to_be_explained(tmp_path, settings):
    files = {f"{kind}/{k}.png": picture(k) for kind in ("0", "1") for k in range(8)}
    root = write(tmp_path / "faces", files)
    assert not is_class_tree(root)
    source = read(root, settings, classes=("0=female", "1=male"))
    assert {float(one.male[0]) for one in source.draws.draw(0, 30, np.random.default_rng(0))} == {0.0, 1.0}
    assert any("leak" in note for note in source.notes)
    source.close()


@pytest.mark.parametrize("task", ["detect", "landmarks"])
def test_other_tasks_are_refused(tmp_path, settings, task):
    root = published(tmp_path / "faces", people=1)
    with pytest.raises(InputError, match="nothing but gender is labelled"):
        class_tree(root, settings(task))


def test_one_class_is_refused(tmp_path, settings):
    root = write(tmp_path / "faces", {f"female/{k}.png": picture(k) for k in range(8)})
    with pytest.raises(InputError, match="male"):
        read(root, settings)


def test_missing_table_is_told(tmp_path, settings):
    root = published(tmp_path / "faces", people=1)
    with pytest.raises(InputError, match=r"subjects_csv .*people.csv does not exist"):
        read(root, settings, subjects_csv=tmp_path / "people.csv")
