"""Which files are looked at, under which names, in which order, and what counts as a sequence."""

import json
from pathlib import Path

import pytest

from thermvision.annotate.inputs import in_order, sources
from thermvision.types import InputError


@pytest.fixture
def tree(tmp_path) -> Path:
    for name in (
        "b/frame_10.png", "b/frame_2.png", "b/frame_2_left.png", "a.TIF", "walk.mp4", "notes.txt", "b/.hidden.png", ".cache/c.png", "b/c/d.jpeg",
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def make_clip(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "frames.parquet").write_bytes(b"12345")
    (folder / "clip.json").write_text(json.dumps({"bytes": {"frames.parquet": 5}}))
    return folder


def names(found):
    return [source.name for source in found]


def test_a_folder_is_searched_beneath_and_sorted_by_the_value_of_numbers(tree):
    wanted = ["a.TIF", "b/c/d.jpeg", "b/frame_2.png", "b/frame_2_left.png", "b/frame_10.png", "walk.mp4"]
    assert sorted(names(sources([tree])), key=in_order) == names(sources([tree]))
    assert sorted(names(sources([tree]))) == sorted(wanted)
    places = {name: place for place, name in enumerate(names(sources([tree])))}
    assert places["b/frame_2.png"] < places["b/frame_10.png"]


def test_names_are_told_beneath_what_the_inputs_have_in_common(tree):
    assert names(sources([tree / "a.TIF"])) == ["a.TIF"]
    assert sorted(names(sources([tree / "b" / "c", tree / "a.TIF"]))) == ["a.TIF", "b/c/d.jpeg"]


def test_a_file_named_twice_is_looked_at_once(tree):
    assert names(sources([tree / "a.TIF", tree / "a.TIF"])) == ["a.TIF"]
    assert len(sources([tree, tree / "b"])) == 6


def test_pictures_that_differ_in_their_last_number_are_one_sequence(tree):
    found = {source.name: source for source in sources([tree])}
    two, ten, left = (found[f"b/{name}.png"] for name in ("frame_2", "frame_10", "frame_2_left"))
    assert two.sequence == ten.sequence != left.sequence
    assert (two.number, ten.number) == (2, 10)
    assert len({source.sequence for source in found.values()}) == 5


def test_clips_of_a_data_set_are_taken_for_its_pictures(tmp_path):
    make_clip(tmp_path / "data" / "clips" / "F001_a")
    (tmp_path / "data" / "contact_sheet.png").write_bytes(b"x")
    (tmp_path / "own.png").write_bytes(b"x")
    kinds = {source.name: source.kind for source in sources([tmp_path])}
    assert kinds == {"data/clips/F001_a": "clip", "own.png": "picture"}
    assert [source.kind for source in sources([tmp_path / "data" / "clips" / "F001_a"])] == ["clip"]


def test_what_the_run_writes_is_no_input(tree):
    assert "b/frame_2.png" not in names(sources([tree], [tree / "b"]))


def test_a_file_with_a_foreign_ending_is_tried_as_a_video_if_it_is_named(tree):
    assert [source.kind for source in sources([tree / "notes.txt"])] == ["video"]


@pytest.mark.parametrize("make", [None, "empty", "only text"])
def test_nothing_to_look_at(tmp_path, make):
    folder = tmp_path / "pictures"
    if make is not None:
        folder.mkdir()
    if make == "only text":
        (folder / "a.txt").write_text("x")
    with pytest.raises(InputError, match="does not exist" if make is None else "holds no picture") as error:
        sources([folder])
    assert "\n" not in str(error.value)


def test_a_link_that_leads_in_circles_ends(tree):
    (tree / "b" / "round").symlink_to(tree)
    assert len(sources([tree])) == 6
